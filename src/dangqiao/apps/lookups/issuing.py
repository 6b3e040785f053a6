"""From a decision that stands to a document being made: what it cites is read again, frozen, and handed to sealing."""

from collections.abc import Collection
from uuid import UUID

from dangqiao.apps.deliverables import services as deliverables
from dangqiao.apps.deliverables.models import Kind
from dangqiao.apps.deliverables.services import Draft
from dangqiao.apps.holdings import queries as holdings
from dangqiao.apps.holdings.records import Citation, Page, Record, text
from dangqiao.apps.lookups import records
from dangqiao.apps.lookups.models import Decision, Referral
from dangqiao.core import categories
from dangqiao.core.categories import Category, FieldKind
from dangqiao.core.errors import N_, BadInput, Conflict
from dangqiao.core.sealing.content import Fact, Mask, PageImage, Release
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose

PURPOSES_ON_PAPER: dict[str, str] = {
    Purpose.HOUSING: "购房、房产过户",
    Purpose.PENSION: "养老、工龄认定",
    Purpose.HOUSEHOLD: "户籍、落户",
    Purpose.SCHOOLING: "入学、升学",
    Purpose.INHERITANCE: "继承、公证",
    Purpose.MARRIAGE: "婚姻登记、补领",
    Purpose.ALLOWANCE: "奖励扶助、补贴",
    Purpose.LITIGATION: "诉讼、仲裁",
    Purpose.OFFICIAL: "公务",
    Purpose.OTHER: "其他",
}


def issue(row: Referral, actor: Actor, purpose: str) -> None:
    """Reserves the document of the last decision of a locked referral, in the caller's transaction.

    Raises:
        Conflict: `lookups.entry_changed`; NotThere: an entry is gone; BadInput: of `core.sealing.wording.check`,
        `check_kind`.
    """
    decision = row.decisions.order_by("-round")[0]
    request, category = row.request, categories.get(row.request.category)
    kind = Kind(decision.kind)
    check_kind(row, kind)
    entries = [] if kind is Kind.NOT_FOUND_NOTICE else cited(actor, purpose, row, decision)
    draft = Draft(
        referral=row.id,
        round=decision.round,
        archive=row.archive_code,
        category=category.id,
        kind=kind,
        applicant=records.applicant_of(request).name,
        purpose=PURPOSES_ON_PAPER[request.purpose_of_use],
        reference_codes=tuple(dict.fromkeys(entry.citation.reference_code for entry in entries)),
        facts=tuple(fact for entry in entries for fact in facts_of(category, entry, request.left_out)),
        left_out=tuple(request.left_out) if entries else (),
        pages=tuple(page for entry in entries for page in pages_of(entry)) if kind is Kind.COPY else (),
        range_searched="；".join(row.state_data["told"].get("searched", ())),
    )
    deliverables.reserve(actor, Purpose(purpose), draft)


def check_kind(row: Referral, kind: str) -> None:
    """Raises BadInput (`lookups.copy_shows_all`) for a copy where the applicant wants something left out."""
    if kind == Kind.COPY and row.request.left_out:
        raise BadInput(
            "lookups.copy_shows_all",
            N_("The applicant wants fields left out; a copy shows the whole page."),
            N_("Issue a certificate or an extract, or ask the applicant."),
        )


def cited(actor: Actor, purpose: str, row: Referral, decision: Decision) -> list[Record]:
    """The entries that a decision cites, as they stand. Raises Conflict (`lookups.entry_changed`), NotThere."""
    found = []
    for category, reference_code, item_number, revision in decision.entries:
        citation = Citation(row.archive_code, category, reference_code, item_number)
        record = holdings.entry(actor, Purpose(purpose), citation, subject=f"referral:{row.id}")
        if record.revision != revision:
            raise Conflict(
                "lookups.entry_changed",
                N_("The catalogue entry was corrected after the decision."),
                N_("Return the decision, look at the entry again and decide anew."),
            )
        found.append(record)
    return found


def facts_of(category: Category, entry: Record, left_out: Collection[str] = ()) -> list[Fact]:
    """The lines of an entry as recorded; what it does not say is empty, and prints as 未著录.

    Args:
        left_out: paths of fields (`Category.by_path`) that get no line.
    """
    recorded = {"": entry.fields} | {party.role: party.values for party in entry.parties}
    lines = []
    for path, field in category.by_path().items():
        value = text(field, recorded.get(path.rpartition(".")[0], {}).get(field.key))
        if field.shown and path not in left_out and (value or not field.optional_column):
            shown = identity.mask(value) if field.kind is FieldKind.IDENTITY_NUMBER else value
            lines.append(Fact(category.label_of(path).zh, shown))
    return lines


def pages_of(entry: Record) -> list[PageImage]:
    """The pages that may leave the archive as pictures, masked where the rule says so."""
    return [
        PageImage(page.sha256, page.number, Release(page.release), _masks(page))
        for page in entry.images
        if page.release != Release.EXTRACT_ONLY
    ]


def _masks(page: Page) -> tuple[Mask, ...]:
    """What is removed of a page, in pixels of the picture."""
    return tuple(Mask(*mask) for mask in page.masks) if page.release == Release.MASKED else ()


def measure(row: Referral, *, pages: int, certificates: int) -> None:
    """Counts what the yearbook wants: files used (卷次), pages copied, certificates issued. The caller saves."""
    decision = row.decisions.order_by("-round").first()
    row.files_used = len({entry[1] for entry in decision.entries}) if decision else 0
    row.pages_copied, row.certificates_issued = pages, certificates


def round_of(referral_id: UUID) -> int:
    """Number of the next decision of a referral."""
    last = Decision.objects.filter(referral=referral_id).order_by("-round").values_list("round", flat=True).first()
    return (last or 0) + 1
