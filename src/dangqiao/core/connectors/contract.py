"""What a connector is: a Protocol, the values that go through it, and the three ways in which it fails.

    PlatformUnreachable  connector.unreachable  it does not answer now: the same call may succeed later
    PlatformRefused      connector.refused      it answers and says no: the operator must change something
    ContentUnreadable    connector.content      it answers, and what it says is not what the mapping file expects

"Not found" is never an error and an error is never "not found": `search` gives an empty tuple or raises.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from dangqiao.core.errors import N_, BadInput, Malformed, Refused, Unavailable
from dangqiao.core.vocabulary.dates import UNKNOWN, PartialDate


class Capability(StrEnum):
    """What a connector may be able to do; a mapping file names those that the platform allows."""

    HARVEST = "harvest"
    """Give the entries that changed since a mark."""
    SEARCH = "search"
    """Answer a query with candidate records, at once."""
    HAND_OVER = "hand_over"
    """Take a query, let the platform's own people look, and answer later."""


@dataclass(frozen=True, slots=True)
class Question:
    """Whom somebody looks for, in clear: the old platform cannot read our hashes. Empty is not known.

    Attributes:
        others: names of the other persons of the record.
        archive: code of the archive that is asked.
    """

    name: str
    identity_number: str = ""
    birth: PartialDate = UNKNOWN
    others: tuple[str, ...] = ()
    event_year: int | None = None
    event_date: PartialDate = UNKNOWN
    place: str = ""
    archive: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One record in the platform's own words: its field names, its codes, its dates. Unknown is absent or empty.

    Attributes:
        id: where the protocol itself names the record (OAI-PMH); else the mapping says which field is the id.
        deleted: where the protocol itself says so; such a record may have no values.
    """

    values: Mapping[str, str]
    id: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that are settled together. `records` can be read once.

    Attributes:
        mark: where the next harvest begins once this batch is settled; only the connector reads it.
        source: what the batch came from, for reports: a file's name, a page.
    """

    records: Iterable[Record]
    mark: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was not taken in. Codes and columns, never what the record says.

    Attributes:
        record: the platform's id of it, or its place in the batch (`row 7`).
    """

    record: str
    columns: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch: told to the platform where it can be told anything (file drop)."""

    received: int
    accepted: int
    unchanged: int = 0
    withdrawn: int = 0
    rejections: tuple[Rejection, ...] = ()


class AnswerState(StrEnum):
    """Where a question that was handed over stands."""

    WAITING = "waiting"
    FOUND = "found"
    NOT_FOUND = "not_found"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """The platform's answer to a question that was handed over."""

    state: AnswerState
    records: tuple[Record, ...] = field(default=())


class Connector(Protocol):
    """A platform that exists already. Made for one mapping file, used by one thread at a time.

    Every method raises PlatformUnreachable, PlatformRefused or ContentUnreadable and nothing else of the platform's;
    one that the platform does not offer raises BadInput (`connector.cannot`). The contract tests hold all to it.
    """

    capabilities: frozenset[Capability]

    def check(self) -> str:
        """Reaches the platform without reading a person's data; one line about what answered."""
        ...

    def harvest(self, mark: str) -> Iterator[Batch]:
        """What changed since `mark` (empty: everything), in batches. A record may come twice and never not at all;
        whoever stops after a batch goes on with its mark. The caller reads a batch, then tells `settled`, then goes
        on."""
        ...

    def settled(self, batch: Batch, receipt: Receipt) -> None:
        """Hears what became of a batch. Telling it again is harmless."""
        ...

    def search(self, question: Question) -> tuple[Record, ...]:
        """Candidate records, at most some hundreds; an empty tuple if the platform has none."""
        ...

    def hand_over(self, key: str, question: Question) -> str:
        """Hands a question to the platform's people; the ticket to `poll` with. The same key twice is one request
        where the platform can tell; it is always sent along."""
        ...

    def poll(self, ticket: str) -> Answer:
        """Where a question stands that was handed over."""
        ...

    def close(self) -> None:
        """Lets go of connections."""
        ...


class PlatformUnreachable(Unavailable):
    """The platform does not answer now."""

    def __init__(self, connector: str, problem: str) -> None:
        super().__init__(
            "connector.unreachable",
            N_("The platform behind the connector {connector} does not answer ({problem})."),
            N_("It is tried again by itself. Look whether that platform runs and can be reached from this machine."),
            connector=connector,
            problem=problem,
        )


class PlatformRefused(Refused):
    """The platform answers, and the answer is no."""

    def __init__(self, connector: str, problem: str) -> None:
        super().__init__(
            "connector.refused",
            N_("The platform behind the connector {connector} refuses ({problem})."),
            N_("Check the account, its rights and the secret's file."),
            connector=connector,
            problem=problem,
        )


class ContentUnreadable(Malformed):
    """The platform's answer is not what the mapping file expects. `problem` never quotes the answer."""

    def __init__(self, connector: str, problem: str) -> None:
        super().__init__(
            "connector.content",
            N_("The platform behind the connector {connector} answers what cannot be read ({problem})."),
            N_("Has that platform changed? Compare its answer with the mapping file."),
            connector=connector,
            problem=problem,
        )


def cannot(connector: str, capability: Capability) -> BadInput:
    """The error where a connector is asked what its platform does not offer."""
    return BadInput(
        "connector.cannot",
        N_("The connector {connector} cannot do this: {capability}."),
        N_("The key `can` of its mapping file names what it can."),
        connector=connector,
        capability=capability.value,
    )
