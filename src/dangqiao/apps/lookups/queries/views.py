"""What pages and programs get to see of requests and referrals. Values only; sentences are English msgids."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dangqiao.apps.connectors.queries import Provenance
from dangqiao.apps.holdings.records import Record
from dangqiao.apps.lookups.forms import Applicant, Sought
from dangqiao.core.lookup.entitlement import EntitlementVerdict
from dangqiao.core.lookup.policy import Policy
from dangqiao.core.lookup.progress import RequestProgress
from dangqiao.core.lookup.referral import Holder, ReferralState
from dangqiao.core.lookup.states import Act, Outcome, Stage
from dangqiao.core.matching import Reason
from dangqiao.core.vocabulary import identity


@dataclass(frozen=True, slots=True)
class EventLine:
    """One step: who did what when, and what the reader may know of it."""

    sequence: int
    act: Act
    at: datetime
    side: str
    role: str
    actor: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document that answers a referral.

    Attributes:
        ready: it stands, and can be opened in these `formats` (pdf, ofd); `paper`: handed out with the physical seal.
        copy: which copy (第N份).
        revoked_at, revoked_because (English msgid), revocation_note: None and empty while it stands.
    """

    id: UUID
    kind: str
    serial: str
    archive_code: str
    issued_at: datetime | None
    ready: bool
    formats: tuple[str, ...] = ()
    copy: int = 1
    paper: bool = False
    revoked_at: datetime | None = None
    revoked_because: str = ""
    revocation_note: str = ""


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """A material that was shown. `ready`: its file can be opened here."""

    id: int
    kind: str
    file_name: str
    round: int
    seen_by: str
    ready: bool


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request in a list."""

    number: str
    category: str
    received_at: datetime
    progress: RequestProgress
    applicant: str = ""
    """Name; only in the list of an acceptance point."""


@dataclass(frozen=True, slots=True)
class ReferralView:
    """One archive's part as the applicant may see it.

    Attributes:
        holder: who has it and since when.
        outcome: only when it is final.
        undelivered: the archive's node has not confirmed for too long.
        refused: the code by which the archive's node could not take it; operators of both sides see it.
        told: what the applicant must know: materials asked for, note, complaint body, where else to ask.
        reason: the coded reason of a refusal, extension or transfer, as it is printed in Chinese and English.
    """

    id: UUID
    archive_code: str
    archive_name: str
    stage: Stage
    holder: Holder
    outcome: Outcome | None
    sent_at: datetime
    due_at: datetime | None
    provisional: bool
    undelivered: bool
    overdue: bool
    told: Mapping[str, Any]
    reason: tuple[str, str] | None
    transferred_to: str
    withdrawal_refused: bool
    events: tuple[EventLine, ...]
    documents: tuple[DocumentLine, ...]
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Nowhere:
    """No archive could be asked: why, in sentences, and custodians outside the archives, in words."""

    sentences: tuple[str, ...]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request with all its parts, for its applicant or the counter that received it."""

    number: str
    category: str
    channel: str
    acceptance_point: str
    received_at: datetime
    applicant: Applicant
    applicant_kind: str
    query: Sought
    purpose_of_use: str
    kind_wanted: str
    left_out: tuple[str, ...]
    mode_wanted: str
    progress: RequestProgress
    withdrawal_asked: bool
    referrals: tuple[ReferralView, ...]
    nowhere: Nowhere | None
    materials: tuple[MaterialLine, ...]


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A referral in a worklist. `days_left` counts working days; None where no limit runs."""

    id: UUID
    number: str
    archive_code: str
    category: str
    applicant: str
    purpose_of_use: str
    stage: Stage
    since: datetime
    due_at: datetime | None
    days_left: int | None
    warning: bool
    overdue: bool
    level: str


@dataclass(frozen=True, slots=True)
class CandidateView:
    """An entry that may be the one, with the table of reasons. `record`: None if it has gone since."""

    citation: str
    revision: int
    probability: float
    event: int
    reasons: tuple[Reason, ...]
    record: Record | None
    origin: Provenance | None = None
    """The existing platform that it came from; None for what was imported from files."""


@dataclass(frozen=True, slots=True)
class SearchView:
    """One search and what it found. Sentences: `question`, which fact to ask the applicant for; `must_look`, why a
    person must look."""

    id: int
    by: str
    at: datetime
    outcome: str
    sentence: str
    question: str
    complete: bool
    range_searched: str
    query: Sought
    must_look: tuple[str, ...]
    candidates: tuple[CandidateView, ...]


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision of one round."""

    round: int
    outcome: str
    kind: str
    entries: tuple[tuple[str, str, int, int], ...]
    reason_code: str
    note: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class WorkView:
    """A referral with everything that whoever works on it needs.

    Attributes:
        acts: what this reader may do now.
    """

    id: UUID
    number: str
    asking_platform: str
    archive_code: str
    category: str
    received_at: datetime
    applicant: Applicant
    applicant_kind: str
    assurance: int
    query: Sought
    purpose_of_use: str
    purpose_note: str
    persons_served: int
    kind_wanted: str
    left_out: tuple[str, ...]
    mode_wanted: str
    postal_address: str
    state: ReferralState
    holder: Holder
    days_left: int | None
    policy: Policy
    entitlement: EntitlementVerdict
    acts: tuple[Act, ...]
    events: tuple[EventLine, ...]
    searches: tuple[SearchView, ...]
    decisions: tuple[DecisionView, ...]
    materials: tuple[MaterialLine, ...]
    documents: tuple[DocumentLine, ...]

    @property
    def masked_number(self) -> str:
        """The applicant's identity number for a screen."""
        return identity.mask(self.applicant.identity_number)
