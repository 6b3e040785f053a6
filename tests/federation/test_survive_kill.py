"""`kill -9` of the archive's worker and web server in the middle of a request: it completes as if nothing had been."""

import json
from functools import partial

import pytest

from dangqiao.cli.demo import nodes
from tests.federation.acts import Asked, Referral, accepted, at_home, decide, genuine, said_in
from tests.federation.data import HUANGPU, KILLED, of_marriage
from tests.federation.world import ANHUI, SHANGHAI, Node, World, eventually

DOCUMENTS = "SELECT id, serial, state FROM deliverables_deliverable WHERE referral_id = ?"
FILES = (
    "SELECT f.format, coalesce(e.sha256, f.sha256) FROM deliverables_deliverablefile f"
    " LEFT JOIN deliverables_earlierform e ON e.file_id = f.id WHERE f.deliverable_id = ? ORDER BY f.id"
)
"""As they were registered; a PDF is lengthened in the background."""


@pytest.fixture(scope="module")
def answered(world: World) -> tuple[Asked, Referral, bytes]:
    """A request during which everything that was at work at the archive was killed, twice."""
    asked = at_home(world, ANHUI, KILLED.wife, "marriage", of_marriage(KILLED))
    world[SHANGHAI].kill()
    nodes.wait_until_it_answers(world[SHANGHAI])
    handler = world.staff(SHANGHAI, "handler")
    decide(handler, accepted(handler, asked.number))
    world[SHANGHAI].kill()
    part = asked.agreed(SHANGHAI, HUANGPU, "closed")
    [document] = asked.documents()
    world.settle()
    return asked, part, document


def test_the_request_completes(world: World, answered: tuple[Asked, Referral, bytes]) -> None:
    asked, part, document = answered
    assert part.acts == ["deliver", "accept", "decide", "seal"]
    assert genuine(document, asked.node).serial == part.state["told"]["serial"]


def test_there_is_one_document_of_its_serial(world: World, answered: tuple[Asked, Referral, bytes]) -> None:
    asked, part, _document = answered
    [there], [here] = (node.rows(DOCUMENTS, part.id) for node in (world[SHANGHAI], asked.node))
    assert there[1:] == here[1:] and there[2] == "registered"
    assert there[1] == part.state["told"]["serial"]
    for node in (world[SHANGHAI], asked.node):
        assert node.count("deliverables_deliverable", "archive_code = ? AND serial = ?", HUANGPU, there[1]) == 1


def test_both_ledgers_show_it(world: World, answered: tuple[Asked, Referral, bytes]) -> None:
    asked, part, _document = answered
    for node in (world[SHANGHAI], asked.node):
        [[document, _serial, _state]] = node.rows(DOCUMENTS, part.id)
        files = dict(node.rows(FILES, document))
        registered = _evidence(node, f"deliverable:{_hyphenated(document)}", "deliverable.registered")
        assert files.keys() == {"pdf", "ofd"} and set(registered) == set(files.values())
        assert _evidence(node, f"referral:{_hyphenated(part.id)}", "referral.event") == [
            each[3] for each in part.events
        ]
    for sender, receiver in ((asked.node, world[SHANGHAI]), (world[SHANGHAI], asked.node)):
        messages = _messages(sender, part.id, receiver.platform)
        assert messages
        for message, status in messages:
            got, given = _evidence(sender, message, "receipt.got"), _evidence(receiver, message, "receipt.given")
            assert len(_evidence(sender, message, "message.sent")) == len(got) == len(given) == 1
            assert len(_evidence(receiver, message, "message.received")) == 1
            # A receipt that was lost with the killed process was given anew: `duplicate`, and not evidence again.
            assert got == given or status == "duplicate"


def test_nothing_is_left_wrong(world: World, answered: tuple[Asked, Referral, bytes]) -> None:
    for node in (world[SHANGHAI], answered[0].node):
        eventually(partial(node.has_none, "ledger_evidence", "leaf_index IS NULL"), "all evidence is in the log")
        findings = node.doctor()
        assert not findings, json.dumps(findings, ensure_ascii=False, indent=1)


def _hyphenated(uuid: str) -> str:
    return "-".join((uuid[:8], uuid[8:12], uuid[12:16], uuid[16:20], uuid[20:]))


def _evidence(node: Node, subject: str, kind: str) -> list[str]:
    rows = "SELECT digest FROM ledger_evidence WHERE subject = ? AND kind = ? ORDER BY at"
    return [digest for [digest] in node.rows(rows, subject, kind)]


def _messages(node: Node, referral: str, receiver: str) -> list[tuple[str, str]]:
    """The messages about a referral, each with what its receipt says."""
    rows = "SELECT id, receipt FROM exchange_sentmessage WHERE receiver = ? AND subject LIKE ?"
    found = node.rows(rows, receiver, f"%{_hyphenated(referral)}%")
    return [(f"message:{_hyphenated(message)}", said_in(receipt)["status"]) for message, receipt in found]
