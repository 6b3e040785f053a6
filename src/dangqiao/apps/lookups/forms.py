"""What people fill in, as values; and whether it is filled in well enough. What is looked for is judged later."""

from dataclasses import dataclass, field
from uuid import UUID

from dangqiao.core import categories
from dangqiao.core.categories import Category
from dangqiao.core.errors import N_, BadInput
from dangqiao.core.lookup.policy import Delivery
from dangqiao.core.lookup.states import Outcome
from dangqiao.core.sealing.content import DeliverableKind
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.dates import FIRST_YEAR, LAST_YEAR, parse_partial_date
from dangqiao.core.vocabulary.entitlement import ApplicantKind, Material
from dangqiao.core.vocabulary.names import DISPLAY_LIMIT
from dangqiao.core.vocabulary.purpose import PURPOSES_OF_APPLICANTS, Purpose

PORTAL, COUNTER = "portal", "counter"
MOST_PERSONS, MOST_MATERIALS, MOST_SERVED = 6, 20, 1000
LARGEST_FILE = 10 * 1024 * 1024
"""Bytes of one uploaded material."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks. `identity_number` of whatever document `identity_kind` names."""

    name: str
    identity_kind: str = "identity_card"
    identity_number: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class PersonSought:
    """Somebody named in the record. `role` is a party role of the category; empty where it is not known."""

    name: str
    role: str = ""
    former_names: tuple[str, ...] = ()
    sex: str = ""
    birth_date: str = ""
    identity_number: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for.

    Attributes:
        persons: first the person whose record it is, then the others as far as they are known.
        event_date: as well as it is known: 1987, 1987-03, 1987-03-05.
        place: where it was registered: a division's code or name, or an office in words.
        other_place: a second place, where a record may lie in two (educated youth: left, and sent to).
        act: the kind that is meant, a word of the category's field `act` (离婚); empty: not said.
    """

    persons: tuple[PersonSought, ...]
    event_date: str = ""
    event_year: int | None = None
    place: str = ""
    other_place: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class MaterialShown:
    """A document that was shown or uploaded.

    Attributes:
        kind: of `core.vocabulary.entitlement.Material`.
        content: the file's bytes; None where a clerk saw the original and took no copy.
        seen_by: who saw the original; at a counter the clerk themself, whatever is said here.
    """

    kind: str
    file_name: str = ""
    media_type: str = "application/octet-stream"
    content: bytes | None = None
    seen_by: str = ""


@dataclass(frozen=True, slots=True)
class SubmissionForm:
    """An application (查档申请) as filled in.

    Attributes:
        archive_code: the custodian, if the applicant knows it; empty: it is looked for.
        inquiry_consent: whether other platforms may be asked blindly if the custodian is not known.
        channel: `portal` or `counter`.
        related_to: number of another application for the same thing.
        persons_served: 人次, for the yearbook.
        left_out: paths of fields that a certificate or extract is not to show (`Category.may_be_left_out`).
    """

    category: str
    applicant_kind: str
    applicant: Applicant
    query: Sought
    purpose_of_use: str
    purpose_note: str = ""
    kind_wanted: str = "copy"
    mode_wanted: str = "download"
    postal_address: str = ""
    archive_code: str = ""
    inquiry_consent: bool = False
    materials: tuple[MaterialShown, ...] = ()
    channel: str = PORTAL
    acceptance_point: str = ""
    related_to: str = ""
    persons_served: int = 1
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplementForm:
    """What the applicant brings when asked (补正). `query`: None where nothing is corrected."""

    materials: tuple[MaterialShown, ...] = ()
    query: Sought | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class EntryCited:
    """A catalogue entry at a revision, by identity within the archive."""

    category: str
    reference_code: str
    item_number: int = 1
    revision: int = 1

    def as_list(self) -> list[str | int]:
        """As events and rows have it."""
        return [self.category, self.reference_code, self.item_number, self.revision]


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """What a handler decides.

    Attributes:
        kind: of deliverable; empty: what the applicant wants, or none where the outcome gives none.
        entries: what was found.
        reason_code: of `core.lookup.reasons`, where the outcome needs one.
        note: for the applicant. remark: for colleagues.
        where_to_ask: for `not_yet_handed_over`.
    """

    outcome: Outcome
    kind: str = ""
    entries: tuple[EntryCited, ...] = ()
    reason_code: str = ""
    note: str = ""
    remark: str = ""
    where_to_ask: str = ""


@dataclass(frozen=True, slots=True)
class WorklistFilter:
    """Which referrals a worklist shows. Empty: all that are being worked on."""

    stages: tuple[str, ...] = ()
    category: str = ""
    archive_code: str = ""
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct in a form: `field` by its path, `code`, and an English sentence (msgid)."""

    field: str
    code: str
    sentence: str


_SENTENCES: dict[str, str] = {
    "missing": N_("Please fill this in."),
    "too_long": N_("This is too long."),
    "unknown": N_("Please choose one of the values offered."),
    "unreadable_date": N_("Write the date as 1987-03-05, 1987-03 or 1987, or leave it empty if it is unknown."),
    "not_of_copies": N_("A copy shows the whole page: choose a certificate or an extract, or leave nothing out."),
    "too_many": N_("These are too many."),
    "file_missing": N_("Please upload the document."),
    "file_too_large": N_("The file is too large."),
}


@dataclass
class _Problems:
    found: list[Problem] = field(default_factory=list)

    def when(self, wrong: bool, where: str, code: str) -> None:
        if wrong:
            self.found.append(Problem(where, code, _SENTENCES[code]))


def problems_of(form: SubmissionForm) -> list[Problem]:
    """Everything that must be corrected before the form can be received, in the order of the form."""
    found = _Problems()
    category = categories.known().get(form.category)
    if category is None:
        found.when(True, "category", "unknown")
        return found.found
    found.when(form.applicant_kind not in tuple(ApplicantKind), "applicant_kind", "unknown")
    found.when(not form.applicant.name.strip(), "applicant.name", "missing")
    found.when(len(form.applicant.name) > DISPLAY_LIMIT, "applicant.name", "too_long")
    _check_sought(found, form.query, category)
    found.when(form.purpose_of_use not in PURPOSES_OF_APPLICANTS, "purpose_of_use", "unknown")
    found.when(form.purpose_of_use == Purpose.OTHER and not form.purpose_note.strip(), "purpose_note", "missing")
    found.when(len(form.purpose_note) > 500, "purpose_note", "too_long")
    found.when(form.kind_wanted not in category.deliverables, "kind_wanted", "unknown")
    found.when(not set(form.left_out) <= set(category.may_be_left_out), "left_out", "unknown")
    found.when(bool(form.left_out) and form.kind_wanted == DeliverableKind.COPY, "left_out", "not_of_copies")
    found.when(form.mode_wanted not in tuple(Delivery), "mode_wanted", "unknown")
    found.when(form.mode_wanted == Delivery.POST and not form.postal_address.strip(), "postal_address", "missing")
    found.when(len(form.postal_address) > 300, "postal_address", "too_long")
    found.when(form.channel not in (PORTAL, COUNTER), "channel", "unknown")
    found.when(form.channel == COUNTER and not form.acceptance_point, "acceptance_point", "missing")
    found.when(not 1 <= form.persons_served <= MOST_SERVED, "persons_served", "unknown")
    _check_materials(found, form.materials, form.channel)
    return found.found


def check(form: SubmissionForm) -> Category:
    """The category of a form that is filled in well. Raises BadInput (`lookups.form_unfit`) with all problems."""
    refuse(problems_of(form))
    return categories.get(form.category)


def check_supplement(form: SupplementForm, category: Category, channel: str) -> None:
    """Raises BadInput (`lookups.form_unfit`, `lookups.supplement_empty`)."""
    if not (form.materials or form.query or form.note.strip()):
        raise BadInput("lookups.supplement_empty", N_("There is nothing in this supplement."))
    found = _Problems()
    if form.query:
        _check_sought(found, form.query, category)
    found.when(len(form.note) > 2000, "note", "too_long")
    _check_materials(found, form.materials, channel)
    refuse(found.found)


def refuse(problems: list[Problem]) -> None:
    """Raises BadInput (`lookups.form_unfit`) if there are any; the fact `problems` has them all."""
    if problems:
        raise BadInput(
            "lookups.form_unfit",
            N_("The form is not complete: {fields}."),
            fields=", ".join(problem.field for problem in problems),
            problems=tuple(problems),
        )


def _check_sought(found: _Problems, sought: Sought, category: Category) -> None:
    roles = {party.role for party in category.parties} | {""}
    found.when(not sought.persons, "query.persons", "missing")
    found.when(len(sought.persons) > MOST_PERSONS, "query.persons", "too_many")
    for number, person in enumerate(sought.persons):
        where = f"query.persons.{number}"
        found.when(not person.name.strip(), f"{where}.name", "missing")
        names = (person.name, *person.former_names)
        found.when(any(len(name) > DISPLAY_LIMIT for name in names), f"{where}.name", "too_long")
        found.when(person.role not in roles, f"{where}.role", "unknown")
        found.when(person.sex not in tuple(identity.Sex), f"{where}.sex", "unknown")
        found.when(not _date(person.birth_date), f"{where}.birth_date", "unreadable_date")
        found.when(len(person.identity_number) > 40, f"{where}.identity_number", "too_long")
    found.when(not _date(sought.event_date), "query.event_date", "unreadable_date")
    year = sought.event_year
    found.when(year is not None and not FIRST_YEAR <= year <= LAST_YEAR, "query.event_year", "unreadable_date")
    found.when(max(len(sought.place), len(sought.other_place)) > 120, "query.place", "too_long")
    found.when(bool(sought.act) and sought.act not in category.acts, "query.act", "unknown")


def _check_materials(found: _Problems, materials: tuple[MaterialShown, ...], channel: str) -> None:
    found.when(len(materials) > MOST_MATERIALS, "materials", "too_many")
    for number, material in enumerate(materials):
        where = f"materials.{number}"
        found.when(material.kind not in tuple(Material), f"{where}.kind", "unknown")
        found.when(channel == PORTAL and not material.content, f"{where}.file", "file_missing")
        found.when(len(material.content or b"") > LARGEST_FILE, f"{where}.file", "file_too_large")


def _date(text: str) -> bool:
    try:
        parse_partial_date(text)
    except BadInput:
        return False
    return True


def request_id_of(text: str) -> UUID:
    """A UUID from the outside. Raises BadInput (`lookups.id_unreadable`)."""
    try:
        return UUID(text)
    except ValueError:
        raise BadInput("lookups.id_unreadable", N_("This is not an id that can be read.")) from None
