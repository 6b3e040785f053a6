"""Acts on the catalogue: taking in files, attaching pages, checking against the original, correcting."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from dangqiao.apps.audit import services as audit
from dangqiao.apps.directory.models import Archive
from dangqiao.apps.fields import cipher, now
from dangqiao.apps.holdings import bulk, contents, index, pages
from dangqiao.apps.holdings.composing import FLAGS, compose
from dangqiao.apps.holdings.features import Counts, additions
from dangqiao.apps.holdings.importing import run
from dangqiao.apps.holdings.importing.cells import Unfit, other_document_number, reader
from dangqiao.apps.holdings.importing.columns import IDENTITY_CARDS
from dangqiao.apps.holdings.importing.run import ImportResult, Progress, lock_name
from dangqiao.apps.holdings.models import CatalogueEntry, HoldingCoverage, NameCount
from dangqiao.apps.holdings.pages import NewPage, identity_of
from dangqiao.apps.holdings.queries import entry_unknown
from dangqiao.apps.holdings.records import Citation
from dangqiao.apps.holdings.revisions import revise
from dangqiao.apps.identity.permissions import require
from dangqiao.apps.work.services import named_number
from dangqiao.core import categories
from dangqiao.core.categories import COMMON_FIELDS, Category, FieldDefinition
from dangqiao.core.errors import N_, BadInput, Conflict, NotThere
from dangqiao.core.vocabulary.actor import Actor, Role
from dangqiao.core.vocabulary.purpose import Purpose


def import_file(
    actor: Actor,
    purpose: Purpose,
    path: Path,
    *,
    category: str,
    archive_code: str,
    update: bool = False,
    progress: Callable[[Progress], None] = lambda _progress: None,
) -> ImportResult:
    """Takes in a file of catalogue entries; goes on where an earlier start of the same file was stopped.

    Args:
        update: other content under a known identity becomes a new revision instead of a `conflict`.

    Raises:
        Refused: `permission.missing`.
        NotThere: `category.unknown`, `holdings.archive_unknown`.
        ImportRefused: the file as a whole cannot be taken in.
    """
    require(actor, Role.OPERATOR, archive=archive_code)
    definition = categories.get(category)
    require_archive(archive_code)
    return run.import_file(
        path, definition, archive_code, update=update, actor=actor, purpose=purpose, progress=progress
    )


def require_archive(code: str) -> None:
    """Raises NotThere (`holdings.archive_unknown`) unless this node keeps the catalogue of that archive."""
    if not Archive.objects.filter(code=code, platform_id=settings.PLATFORM_CODE).exists():
        raise NotThere(
            "holdings.archive_unknown",
            N_("The archive {archive} does not belong to this node ({platform})."),
            N_("An archive's code is its division's six digits, such as 310115."),
            archive=code,
            platform=settings.PLATFORM_CODE,
        )


def attach_pages(actor: Actor, purpose: Purpose, archive_code: str, new: Iterable[NewPage]) -> int:
    """Attaches page images to entries of an archive; how many. The same again changes nothing.

    Raises:
        Refused: `permission.missing`. NotThere: `holdings.page_without_entry`.
        BadInput: `holdings.page_unfit`, `holdings.page_masks`.
    """
    require(actor, Role.HANDLER, Role.OPERATOR, archive=archive_code)
    require_archive(archive_code)
    return pages.attach(actor, purpose, _only_of(archive_code, new))


def _only_of(archive_code: str, new: Iterable[NewPage]) -> Iterable[NewPage]:
    for page in new:
        if page.citation.archive != archive_code:
            raise entry_unknown()
        yield page


def mark_checked(
    actor: Actor, purpose: Purpose, archive_code: str, category: str, identities: Sequence[tuple[str, int]]
) -> int:
    """Records that entries were compared with their originals (已与原件核对) by this actor; how many.

    Args:
        identities: reference code and item number of each.

    Raises:
        Refused: `permission.missing`. NotThere: `holdings.entry_unknown`; then none is marked.
    """
    require(actor, Role.HANDLER, Role.REVIEWER, Role.OPERATOR, archive=archive_code)
    with transaction.atomic():
        for code, item in identities:
            citation = Citation(archive_code, category, code, item)
            marked = CatalogueEntry.objects.filter(**identity_of(citation), deleted=False).update(
                checked_by=actor.id, checked_at=now()
            )
            if not marked:
                raise entry_unknown()
        audit.record(
            "holdings.entry_checked",
            actor,
            purpose=purpose,
            subject=f"entry:{archive_code}/{category}/{identities[0][0]}/{identities[0][1]}" if identities else "",
            archive_code=archive_code,
            count=len(identities),
            category=category,
        )
    return len(identities)


def set_coverage(actor: Actor, purpose: Purpose, archive_code: str, rows: Sequence[HoldingCoverage]) -> None:
    """Enters what an archive holds. For each category named, what was entered before is replaced.

    Raises:
        Refused: `permission.missing`. NotThere: `holdings.archive_unknown`, `category.unknown`.
    """
    require(actor, Role.SYSTEM_ADMINISTRATOR, Role.OPERATOR, archive=archive_code)
    require_archive(archive_code)
    named = {categories.get(row.category).id for row in rows}
    with transaction.atomic():
        HoldingCoverage.objects.filter(archive_code=archive_code, category__in=named).delete()
        for row in rows:
            row.archive_code = archive_code
        HoldingCoverage.objects.bulk_create(rows)
        audit.record(
            "holdings.coverage_set",
            actor,
            purpose=purpose,
            subject=f"archive:{archive_code}",
            archive_code=archive_code,
            count=len(rows),
            categories=sorted(named),
        )


def correct_entry(
    actor: Actor,
    purpose: Purpose,
    citation: Citation,
    changes: Mapping[str, str],
    *,
    revision: int,
    reason: str,
) -> int:
    """Corrects what the catalogue says of an entry (著录信息更正), with history; the number of the new revision.

    The original paper is not altered by this, and the entry is unchecked until somebody compares it again.

    Args:
        changes: column of the import file -> what it is to say; empty: not known.
        revision: that the corrector saw; another one has corrected it meanwhile if it differs.
        reason: in words, kept with the earlier revision.

    Raises:
        Refused: `permission.missing`. NotThere: `holdings.entry_unknown`.
        Conflict: `holdings.entry_changed`. BadInput: `holdings.correction_unfit` with column and reason.
    """
    require(actor, Role.HANDLER, Role.REVIEWER, Role.OPERATOR, archive=citation.archive)
    category = categories.get(citation.category)
    with transaction.atomic():
        named_number(lock_name(citation.archive), 0)
        row = CatalogueEntry.objects.select_for_update().filter(**identity_of(citation), deleted=False).first()
        if row is None:
            raise entry_unknown()
        if row.revision != revision:
            raise Conflict(
                "holdings.entry_changed",
                N_("Somebody else has corrected this entry meanwhile."),
                N_("Look at it again and repeat what is still wrong."),
            )
        common, fields, parties = _said(row)
        for column, text in changes.items():
            _apply(category, column, text.strip(), common, fields, parties)
        digest = contents.digest(f"{citation} {revision + 1} {now().isoformat()}")
        composed = compose(category, citation.archive, common, fields, parties, digest)
        counts: Counts = {}
        change = revise(row, category, composed, actor=actor.id, reason=reason[:200], moment=now(), counts=counts)
        bulk.count_up(NameCount, additions(counts))
        audit.record(
            "holdings.entry_corrected",
            actor,
            purpose=purpose,
            subject=f"entry:{citation}",
            archive_code=citation.archive,
            columns=sorted(changes),
            revision=row.revision,
        )
        index.change([change])
    index.tidy()
    return row.revision


def _said(row: CatalogueEntry) -> tuple[dict[str, Any], dict[str, Any], dict[str, dict[str, Any]]]:
    """What an entry says now, as the readers of cells gave it."""
    words = {key: {code: word for word, code in table.items() if word} for key, table in FLAGS.items()}
    common: dict[str, Any] = {"reference_code": row.reference_code, "item_number": row.item_number}
    common |= {key: getattr(row, key) for key in ("fonds", "year", "pages") if getattr(row, key)}
    common |= {key: word for key, table in words.items() if (word := table.get(getattr(row, key)))}
    fields = dict(row.content["fields"])
    if "remarks" in fields:
        common["remarks"] = fields.pop("remarks")
    derived = ("role", "identity_parts", "identity_check", "birth_in_number")
    parties = {
        party["role"]: {key: value for key, value in party.items() if key not in derived}
        for party in row.content["parties"]
    }
    for values in parties.values():
        if "identity_number" in values:
            values["identity_number"] = cipher().decrypt(values["identity_number"])
    return common, fields, parties


def _apply(
    category: Category,
    column: str,
    text: str,
    common: dict[str, Any],
    fields: dict[str, Any],
    parties: dict[str, dict[str, Any]],
) -> None:
    """Puts one changed cell where it belongs."""
    groups: list[tuple[Sequence[FieldDefinition], dict[str, Any]]] = [
        (COMMON_FIELDS, common),
        (category.fields, fields),
    ]
    groups += [(party.fields, parties.setdefault(party.role, {})) for party in category.parties]
    for definitions, values in groups:
        for field in definitions:
            if field.column == column and field.key not in ("reference_code", "item_number"):
                try:
                    value = _read(field, text, values)
                except Unfit as unfit:
                    raise BadInput(
                        "holdings.correction_unfit",
                        N_("{column}: {problem}"),
                        column=column,
                        problem=str(unfit.problem(column)),
                    ) from unfit
                if value is None:
                    values.pop(field.key, None)
                else:
                    values[field.key] = value
                return
    raise BadInput("holdings.correction_column", N_("The column {column} cannot be corrected."), column=column)


def _read(field: FieldDefinition, text: str, values: Mapping[str, Any]) -> Any:
    if not text:
        if field.required:
            raise Unfit("import.required")
        return None
    if field.key == "identity_number" and values.get("identity_kind", "") not in IDENTITY_CARDS:
        return other_document_number(text)
    return reader(field, now().year)(text)
