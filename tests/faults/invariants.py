"""What must hold after every run, read from the nodes' databases: nothing lost, nothing twice, nothing stuck, both
sides equal, ledgers true. A few queries a node, however many requests there were."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from dangqiao.cli.demo import nodes
from tests.federation.world import Node

REFERRALS = """SELECT q.number, r.id, r.state, r.sequence, r.chain, r.holder_platform
 FROM lookups_referral r JOIN lookups_lookuprequest q ON q.id = r.request_id"""
REQUESTS = "SELECT number, routing, routing_state FROM lookups_lookuprequest WHERE asking_platform = ?"
ENDED = frozenset({"withdrawn", "closed", "not_accepted", "lapsed"})
AUDIT_SECONDS = 1800
PASSING_SECONDS = 90


@dataclass
class Found:
    """What was found. Every list should be empty.

    Attributes:
        states: how many requests ended how.
    """

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    ledgers: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether everything holds."""
        return not (self.lost or self.doubled or self.stuck or self.differing or self.ledgers)


def look(members: dict[str, Node], numbers: list[str]) -> Found:
    """Looks at every request.

    Args:
        numbers: of the requests that were received.
    """
    found = Found()
    sides = {platform: _referrals(node) for platform, node in members.items()}
    asked = {platform: _requests(platform, node) for platform, node in members.items()}
    for number in numbers:
        asking = number[:6]
        here = sides[asking].get(number, [])
        if number not in asked[asking]:
            found.lost.append(f"{number}: the request itself")
            continue
        if not here and asked[asking][number]:
            _count(found, "taken back before it left")
            continue
        if len(here) != 1:
            (found.lost if not here else found.doubled).append(f"{number}: {len(here)} referrals where it was asked")
            continue
        _id, state, sequence, chain, holder = here[0]
        _count(found, state)
        there = sides[holder].get(number, [])
        if len(there) != 1:
            (found.lost if not there else found.doubled).append(f"{number}: {len(there)} referrals at {holder}")
            continue
        if there[0][:4] != (_id, state, sequence, chain):
            found.differing.append(f"{number}: {state}/{sequence} here, {there[0][1]}/{there[0][2]} at {holder}")
        if state not in ENDED:
            found.stuck.append(f"{number}: {state}")
    for platform, node in members.items():
        known = {number for number in numbers if number[:6] == platform}
        found.doubled += [f"{number}: nobody asked for it" for number in asked[platform].keys() - known]
        found.doubled += _doubled(platform, node)
        found.stuck += _stuck_for_long(platform, node)
    with ThreadPoolExecutor(2) as pool:
        found.ledgers += [said for some in pool.map(_ledger, members, members.values()) for said in some]
    return found


def _count(found: Found, state: str) -> None:
    found.states[state] = found.states.get(state, 0) + 1


def _requests(platform: str, node: Node) -> dict[str, bool]:
    """The requests that were made at a node, and whether the applicant was faster than the routing: then no archive was
    asked, and none may be."""
    seen: dict[str, bool] = {}
    for number, routing, state in node.rows(REQUESTS, platform):
        said = json.loads(routing) if isinstance(routing, str) else routing
        seen[number] = state == "done" and said.get("withdrawn") is True
    return seen


def _referrals(node: Node) -> dict[str, list[tuple[str, str, int, str, str]]]:
    by_number: dict[str, list[tuple[str, str, int, str, str]]] = {}
    for number, *referral in node.rows(REFERRALS):
        by_number.setdefault(number, []).append(tuple(referral))
    return by_number


def _doubled(platform: str, node: Node) -> list[str]:
    """Acts that took place twice. An act may come again after another (supplement); never straight after itself."""
    twice = node.rows(
        "SELECT referral_id, act, count(*) FROM lookups_referralevent WHERE act IN ('deliver', 'withdraw', 'seal')"
        " GROUP BY referral_id, act HAVING count(*) > 1"
    )
    papers = node.rows(
        "SELECT referral_id, count(*) FROM deliverables_deliverable WHERE state = 'registered'"
        " GROUP BY referral_id HAVING count(*) > 1"
    )
    return [f"{platform}: {row[0]} {row[1]}" for row in [*twice, *papers]]


def _stuck_for_long(platform: str, node: Node) -> list[str]:
    """What does not go away: nodes go on talking to each other by themselves, be it about their logs."""
    end = time.monotonic() + PASSING_SECONDS
    while (found := _stuck(platform, node)) and time.monotonic() < end:
        time.sleep(1)
    return found


def _stuck(platform: str, node: Node) -> list[str]:
    jobs = node.rows(
        "SELECT kind, state, last_error FROM work_job WHERE state IN ('dead', 'running', 'ready')"
        " AND key NOT LIKE 'periodic:%' AND (state = 'dead' OR key NOT LIKE 'lengthen:%')"
    )
    letters = node.rows("SELECT type, state, last_error FROM exchange_sentmessage WHERE state <> 'delivered'")
    refused = node.rows("SELECT type, state, error FROM exchange_receivedmessage WHERE state <> 'processed'")
    return [f"{platform}: {' '.join(map(str, row))}" for row in [*jobs, *letters, *refused]]


def _ledger(platform: str, node: Node) -> list[str]:
    done = subprocess.run(
        nodes.command(node, "ledger", "audit"), text=True, capture_output=True, check=False, timeout=AUDIT_SECONDS
    )
    return [] if done.returncode == 0 else [f"{platform}: {(done.stdout + done.stderr)[-300:]}"]
