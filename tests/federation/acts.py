"""What people do on the pages and what is then true everywhere."""

import base64
import gettext
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from dangqiao.adapters.pdf.trust import load_trust
from dangqiao.adapters.verifying import verify_file
from dangqiao.cli.demo.browser import Page
from dangqiao.cli.demo.people import Files, Person
from dangqiao.core.sealing.content import Claim
from dangqiao.core.sealing.verdict import Outcome
from tests.federation.data import Human
from tests.federation.world import Node, World, eventually

zh = gettext.translation("django", str(files("dangqiao") / "locale"), languages=["zh_Hans"]).gettext
"""A sentence of the program as its pages show it."""

_REFERRALS = (
    "SELECT r.archive_code, r.id, r.state, r.outcome, r.sequence, r.chain, r.state_data FROM lookups_referral r"
    " JOIN lookups_lookuprequest q ON q.id = r.request_id WHERE q.number = ? ORDER BY r.archive_code"
)
_EVENTS = "SELECT sequence, act, actor, digest FROM lookups_referralevent WHERE referral_id = ? ORDER BY sequence"


@dataclass(frozen=True)
class Referral:
    """One archive's part of a request, as a node's database has it."""

    archive: str
    id: str
    stage: str
    outcome: str
    sequence: int
    chain: str
    state: Mapping[str, Any]
    events: tuple[tuple[Any, ...], ...]

    @property
    def acts(self) -> list[str]:
        """What happened, in order."""
        return [event[1] for event in self.events]


def referrals(node: Node, number: str) -> dict[str, Referral]:
    """The parts of a request that a node knows, by archive."""
    found = {}
    for archive, referral, stage, outcome, sequence, chain, state in node.rows(_REFERRALS, number):
        known = json.loads(state) if isinstance(state, str) else state
        events = tuple(node.rows(_EVENTS, referral))
        found[archive] = Referral(archive, referral, stage, outcome, sequence, chain, known, events)
    return found


@dataclass(frozen=True)
class Asked:
    """A request that somebody made at a node."""

    world: World
    node: Node
    person: Person
    path: str
    number: str

    def page(self) -> Page:
        """How it stands."""
        return self.person.browser.open(self.path)

    def shows(self, *words: str, seconds: float = 60) -> Page:
        """The page, as soon as it shows all these words."""
        return self.person.wait_for(self.path, lambda page: all(each in page.text for each in words), seconds)

    def documents(self, count: int = 1) -> list[bytes]:
        """The documents, as soon as so many can be downloaded."""
        return [pdf for pdf, _ofd in self.files(count)]

    def files(self, count: int = 1) -> list[tuple[bytes, bytes]]:
        """The documents as PDF and OFD, as soon as so many can be downloaded."""
        found = self.person.wait_for(self.path, lambda page: len(_downloads(page, "pdf")) == count)
        pdfs, ofds = (
            [self.person.browser.open(href).body for href in _downloads(found, kind)] for kind in ("pdf", "ofd")
        )
        assert all(body.startswith(b"%PDF-") for body in pdfs)
        assert all(body.startswith(b"PK") for body in ofds)
        return list(zip(pdfs, ofds, strict=True))

    def agreed(self, holder: str, archive: str, stage: str = "") -> Referral:
        """An archive's part, as soon as both nodes have the same of it (and it has come to a stage)."""

        def look() -> Referral | None:
            here, there = (referrals(node, self.number).get(archive) for node in (self.node, self.world[holder]))
            same = here and there and (here.chain, here.events) == (there.chain, there.events)
            return there if same and there and stage in ("", there.stage) else None

        found = eventually(look, f"both nodes agree on {archive} of {self.number} {stage}")
        assert found.sequence == len(found.events) and found.chain == found.events[-1][3]
        return found


def _downloads(page: Page, kind: str) -> list[str]:
    return [href for href, _words in page.links if "/documents/" in href and href.endswith(f"/{kind}/")]


def at_counter(world: World, platform: str, point: str, category: str, answers: Mapping[str, str]) -> Asked:
    """A clerk receives an application."""
    clerk = world.staff(platform, "clerk")
    number = clerk.apply(f"/counter/{point}/apply/{category}/who/", answers)
    return Asked(world, world[platform], clerk, f"/counter/{point}/requests/{number}/", number)


def at_home(
    world: World, platform: str, who: Human, category: str, answers: Mapping[str, str], files: Files | None = None
) -> Asked:
    """A citizen applies with their phone."""
    person = world.citizen(platform, who)
    number = person.apply(f"/apply/{category}/who/", answers, files=files)
    return Asked(world, world[platform], person, f"/requests/{number}/", number)


def opened(staff: Person, number: str, candidates: int = 1) -> Page:
    """The workbench page of a request, once it has come in and the machine has searched."""
    page = staff.referral(number)
    page = staff.wait_for(page.url, lambda page: zh("Nothing has been searched yet.") not in page.text)
    assert page.body.count(b'class="candidate"') == candidates
    return page


def accepted(staff: Person, number: str, candidates: int = 1) -> Page:
    """The handler accepts; the page with the acts that follow."""
    return staff.act(opened(staff, number, candidates), "accept")


def decide(staff: Person, page: Page, outcome: str = "provided", **said: str | list[str]) -> Page:
    """The handler decides, with the first candidate where the outcome gives a record."""
    form = staff.offered(page, "decide")
    if outcome.startswith("provided"):
        said.setdefault("entries", form.choices["decide-entries"][:1])
    return staff.act(page, "decide", {"outcome": outcome, **said})


def genuine(document: bytes, node: Node, after: timedelta = timedelta(seconds=1)) -> Claim:
    """What a document says about itself, if it is genuine by a node's trust list. `after`: from now."""
    moment = datetime.now(UTC) + after
    said = verify_file(document, load_trust(node.folder / "trust", moment), moment)
    assert said.outcome is Outcome.VALID and said.claim, said.reasons
    return said.claim


def verdict_of_command(document: bytes, folder: Path, trust: Path | None = None) -> dict[str, Any]:
    """What `dangqiao verify` says of a document, in `folder`."""
    path = folder / ("document.pdf" if document.startswith(b"%PDF-") else "document.ofd")
    path.write_bytes(document)
    words = [
        sys.executable,
        "-m",
        "dangqiao",
        "verify",
        str(path),
        "--json",
        *(["--trust", str(trust)] if trust else []),
    ]
    done = subprocess.run(words, text=True, capture_output=True, check=False, cwd=folder)
    found: dict[str, Any] = json.loads(done.stdout)[0]
    return found


def verdict_on_page(node: Node, document: bytes) -> tuple[str, str]:
    """What a node's verification page says to anybody: the outcome and the page's words."""
    browser = Person(node.url).browser
    page = browser.open("/verify/")
    form = next(form for form in page.forms if "multipart" in form.enctype)
    page = browser.submit(page, form, files={"document": ("document.pdf", document, "application/pdf")})
    said = re.search(rb'data-outcome="(\w+)"', page.body)
    assert said, page.text
    return said.group(1).decode(), page.text


def said_in(token: str) -> dict[str, Any]:
    """The content of a signed token; its signature is other tests' matter."""
    payload = token.split(".")[1]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return content
