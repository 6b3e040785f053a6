"""Nodes that were apart for hours, stood still, lost a message or changed their keys: nothing is lost, nobody helps."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path

from dangqiao.cli.demo import nodes
from tests.federation.world import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG, Node, World, eventually

SEND = """
from uuid import uuid4
from django.db import transaction
from dangqiao.apps.exchange import services
from dangqiao.apps.fields import now
from dangqiao.core.federation.messages import Probed
with transaction.atomic():
    for _ in range({count}):
        print(services.send({receiver!r}, Probed(probe=str(uuid4()), sent_at=now())))
"""
LOSE = """
from dangqiao.apps.exchange.models import ReceivedMessage
print(ReceivedMessage.objects.filter(id={id!r}).delete()[0])
"""


def _send(node: Node, receiver: str, count: int = 1) -> list[str]:
    """Ids of messages without effect, as hex digits."""
    return [line.replace("-", "") for line in node.inside(SEND.format(receiver=receiver, count=count)).split()]


def _delivered(node: Node, messages: list[str]) -> bool:
    found = {row[0] for row in node.rows("SELECT id FROM exchange_sentmessage WHERE state = 'delivered'")}
    return set(messages) <= found


def _run(node: Node, *words: str, exit_codes: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(nodes.command(node, *words), text=True, capture_output=True, check=False)
    assert done.returncode in exit_codes, done.stdout + done.stderr
    return done.stdout


def test_a_partition_of_three_hours_heals_by_itself(world: World) -> None:
    with world.without(ZHEJIANG):
        waiting = _send(world[ANHUI], ZHEJIANG, 30)
        tried = "receiver = ? AND attempts > 0"
        eventually(lambda: world[ANHUI].count("exchange_sentmessage", tried, ZHEJIANG), "delivery was tried")
        elsewhere = _send(world[ANHUI], SHANGHAI, 5)
        eventually(lambda: _delivered(world[ANHUI], elsewhere), "the others are not held up", 30)
        world._shift(timedelta(hours=3))
        eventually(
            lambda: world[ANHUI].count("exchange_peerstate", "platform = ? AND failures > 1", ZHEJIANG), "tried later"
        )
    try:
        eventually(lambda: _delivered(world[ANHUI], waiting), "everything arrived", 90)
        got = {
            row[0] for row in world[ZHEJIANG].rows("SELECT id FROM exchange_receivedmessage WHERE sender = ?", ANHUI)
        }
        assert set(waiting) <= got
        world.settle()
    finally:
        world._shift(timedelta(0))


def test_a_node_that_stands_still_for_maintenance_loses_nothing(world: World) -> None:
    try:
        assert "left to deliver: 0" in _run(world[JIANGSU], "exchange", "drain", "--seconds", "30")
        sent = _send(world[ANHUI], JIANGSU, 5)
        tried = "receiver = ? AND state = 'waiting' AND attempts > 0"
        eventually(lambda: world[ANHUI].count("exchange_sentmessage", tried, JIANGSU), "it was told to wait")
        assert json.loads(_run(world[JIANGSU], "node", "status", "--json"))["exchange_paused"] == "* (drain)"
        assert "exchange.paused" in {finding["code"] for finding in world[JIANGSU].doctor()}
    finally:
        _run(world[JIANGSU], "exchange", "resume")
    _send(world[JIANGSU], ANHUI)  # whoever speaks is back
    eventually(lambda: _delivered(world[ANHUI], sent), "everything arrived", 90)


def test_a_message_that_the_receiver_lost_is_found_and_delivered_again(world: World) -> None:
    sent = _send(world[JIANGSU], SHANGHAI, 3)
    eventually(lambda: _delivered(world[JIANGSU], sent), "they arrived")
    lost = sent[1]
    there = "sender = '320000' AND state = 'processed'"
    eventually(lambda: world[SHANGHAI].count("exchange_receivedmessage", there) >= 3, "they took effect")
    assert world[SHANGHAI].inside(LOSE.format(id=lost)).strip() == "1"
    with world.later(minutes=5):
        report = _run(world[JIANGSU], "exchange", "reconcile", "--today", "--days", "0", "--peer", SHANGHAI)
        assert "mended" in report
        rows = "SELECT id FROM exchange_receivedmessage WHERE sender = '320000'"
        eventually(lambda: (lost,) in world[SHANGHAI].rows(rows), "it is there again")
        world.settle()
        report = _run(world[JIANGSU], "exchange", "reconcile", "--today", "--days", "0", "--peer", SHANGHAI)
        assert "agreed" in report
    assert SHANGHAI in _run(world[JIANGSU], "exchange", "reconcile", "--report", "--days", "1", exit_codes=(0, 1))


def test_members_sign_under_each_others_logs(world: World) -> None:
    assert "only grew" in _run(world[JIANGSU], "ledger", "witness", "--peer", SHANGHAI)
    signed = "SELECT count(*) FROM ledger_cosignature WHERE witness = ?"
    eventually(lambda: world[SHANGHAI].rows(signed, JIANGSU)[0][0], "Shanghai has Jiangsu's signature")
    assert "last signed by another member: 2" in _run(world[SHANGHAI], "ledger", "audit")


def test_keys_change_while_messages_are_on_their_way(world: World, tmp_path: Path) -> None:
    changing, entry, proposal = world[JIANGSU], str(tmp_path / "entry.json"), str(tmp_path / "proposal")
    under_the_old_key = _send(changing, ANHUI, 3)
    _run(changing, "directory", "rotate")
    _run(changing, "directory", "member", entry)
    _run(changing, "directory", "propose", proposal, entry)
    for platform in (JIANGSU, SHANGHAI, ANHUI):
        _run(world[platform], "directory", "sign", proposal, "--yes")
    _run(changing, "directory", "accept", proposal)
    in_between = _send(changing, ANHUI, 3)
    for platform in (SHANGHAI, ZHEJIANG, ANHUI):
        _run(world[platform], "directory", "update")
    shown = _run(changing, "directory", "keys")
    assert "signs now" in shown and "not listed" not in shown
    kids = [row.split()[0] for row in shown.splitlines() if " sig " in row]
    assert len(kids) == 2 and kids[0] in next(row for row in shown.splitlines() if "signs now" in row)
    under_the_new_key = _send(changing, ANHUI, 3)
    back = _send(world[ANHUI], JIANGSU, 3)
    everything = under_the_old_key + in_between + under_the_new_key
    eventually(lambda: _delivered(changing, everything) and _delivered(world[ANHUI], back), "all arrived", 120)
    eventually(
        lambda: not world[ANHUI].count("exchange_receivedmessage", "sender = ? AND state = 'stored'", JIANGSU),
        "all took effect",
    )
    assert "ledger.rewritten" not in {finding["code"] for finding in changing.doctor()}
