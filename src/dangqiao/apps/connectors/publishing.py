"""What others may harvest from this node by OAI-PMH 2.0.

Anybody: which archive holds which kind of records of which years and places, in Dublin Core. No person is in it.
Peers that were given a token: entries of the sets that were granted to them, without identity numbers. Each page of
entries is audited. Categories under special protection are never given.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Min, Q

from dangqiao.apps.audit import services as audit
from dangqiao.apps.connectors.models import PublishedRecord
from dangqiao.apps.directory.models import Archive
from dangqiao.apps.fields import now
from dangqiao.apps.holdings.models import CatalogueEntry, HoldingCoverage
from dangqiao.apps.holdings.records import Value, record, text
from dangqiao.apps.ports import port
from dangqiao.core import categories
from dangqiao.core.categories import COMMON_FIELDS, FieldDefinition, FieldKind
from dangqiao.core.connectors.oai import COVERAGE, ENTRIES, Asked, OaiError
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.divisions import find
from dangqiao.core.vocabulary.purpose import Purpose

PAGE = 100
"""Records of one answer."""
FRESH_SECONDS = 10
STATES = {
    "in_archive": "在馆",
    "not_handed_over": "未进馆",
    "destroyed": "已销毁",
    "not_catalogued": "未著录",
    "not_digitised": "未数字化",
}


class Peer(Protocol):
    """Who shows a token (the port `connectors` knows them)."""

    @property
    def name(self) -> str:
        """Its name here."""

    @property
    def sets(self) -> tuple[str, ...]:
        """What was granted to it: `entries:<archive>:<category>`."""


@dataclass(frozen=True, slots=True)
class Item:
    """One record of an answer. `values`: names and texts, in order; none of a record that is gone."""

    identifier: str
    changed_at: datetime
    set: str
    deleted: bool
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list; `token` goes on with it, empty at its end."""

    items: tuple[Item, ...]
    token: str


def peer_of(token: str) -> Peer | None:
    """Who shows this token; None if it is nobody's."""
    found: Peer | None = port("connectors").peer_of(token) if token else None
    return found


def sets(peer: Peer | None) -> list[tuple[str, str]]:
    """Sets and their names, as far as this caller may know them."""
    rows = PublishedRecord.objects.filter(deleted=False).values_list("set_spec", flat=True).distinct()
    names = dict(Archive.objects.values_list("code", "name"))
    found = [("coverage", "馆藏范围"), *((one, names.get(one.split(":")[1], one)) for one in sorted(rows))]
    return found + [(one, f"目录条目 {one.split(':', 1)[1]}") for one in _granted(peer)]


def earliest() -> datetime:
    """Before every date stamp."""
    moments = (
        PublishedRecord.objects.aggregate(least=Min("changed_at"))["least"],
        CatalogueEntry.objects.order_by("archive_code", "id").values_list("imported_at", flat=True).first(),
    )
    return min((one for one in moments if one), default=now())


def page(asked: Asked, peer: Peer | None) -> Page:
    """The records that a list or a single request asks for. Audited where they hold personal data. Raises OaiError."""
    if asked.format == COVERAGE:
        found = _coverage(asked)
    elif asked.format == ENTRIES and peer is not None:
        found = _entries(asked, peer)
    else:
        raise OaiError("cannotDisseminateFormat", "there is no such format here, or not for you")
    if not found:
        code = "idDoesNotExist" if asked.identifier else "noRecordsMatch"
        raise OaiError(code, "nothing fits")
    more = len(found) > PAGE
    items = tuple(found[:PAGE])
    return Page(items, asked.token(items[-1].identifier) if more else "")


def _granted(peer: Peer | None) -> list[str]:
    """A peer's sets, without those of categories under special protection, whatever the file says."""
    known = categories.known()
    return [
        one
        for one in (peer.sets if peer else ())
        if (category := known.get(one.split(":")[2])) and not (category.restricted or category.secluded)
    ]


def _coverage(asked: Asked) -> list[Item]:
    if not asked.after:
        refresh()
    rows = PublishedRecord.objects.filter(_within(asked, "changed_at"), identifier__gt=asked.after)
    if asked.set not in ("", "coverage"):
        rows = rows.filter(set_spec=asked.set)
    if asked.identifier:
        rows = rows.filter(identifier=asked.identifier)
    return [
        Item(
            row.identifier,
            row.changed_at,
            row.set_spec,
            row.deleted,
            () if row.deleted else tuple((name, value) for name, values in row.content.items() for value in values),
        )
        for row in rows.order_by("identifier")[: PAGE + 1]
    ]


def _within(asked: Asked, column: str) -> Q:
    condition = Q()
    if asked.since:
        condition &= Q(**{f"{column}__gte": asked.since})
    if asked.until:
        condition &= Q(**{f"{column}__lte": asked.until})
    return condition


def _entries(asked: Asked, peer: Peer) -> list[Item]:
    granted = _granted(peer)
    if asked.identifier:
        spec = ":".join(("entries", *asked.identifier.split(":")[2:4]))
    else:
        spec = asked.set or (granted[0] if len(granted) == 1 else "")
    if spec not in granted:
        raise OaiError("noRecordsMatch", "name one of the sets that ListSets gives you")
    _kind, archive, category = spec.split(":")
    after = asked.after.rpartition(":")[2]
    rows = CatalogueEntry.objects.filter(_within(asked, "imported_at"), archive_code=archive, category=category)
    rows = rows.filter(id__gt=int(after) if after.isdecimal() else 0)
    if asked.identifier:
        number = asked.identifier.rpartition(":")[2]
        rows = rows.filter(id=int(number) if number.isdecimal() and len(number) < 18 else 0)
    found = [_entry(row, spec) for row in rows.order_by("id")[: PAGE + 1]]
    with transaction.atomic():
        audit.record(
            "connector.published_read",
            Actor(f"peer:{peer.name}", ()),
            purpose=Purpose.CATALOGUING,
            subject=f"set:{spec}",
            archive_code=archive,
            count=len(found[:PAGE]),
        )
    return found


def _entry(row: CatalogueEntry, spec: str) -> Item:
    identifier = f"oai:{settings.PLATFORM_CODE}:{row.archive_code}:{row.category}:{row.id}"
    return Item(identifier, row.imported_at, spec, row.deleted, () if row.deleted else _columns(row))


def _columns(row: CatalogueEntry) -> tuple[tuple[str, str], ...]:
    """By column, as an import file has them, without identity numbers."""
    one, category = record(row, []), categories.get(row.category)
    own: dict[str, Value | None] = {
        "reference_code": row.reference_code,
        "item_number": row.item_number,
        "fonds": row.fonds,
        "year": row.year,
        "pages": row.pages,
    }
    parties = {party.role: party.values for party in one.parties}
    said: list[tuple[FieldDefinition, Value | None]] = [(field, own.get(field.key)) for field in COMMON_FIELDS]
    said += [(field, one.fields.get(field.key)) for field in category.fields]
    said += [
        (field, parties.get(party.role, {}).get(field.key)) for party in category.parties for field in party.fields
    ]
    return tuple(
        (field.column, word)
        for field, value in said
        if field.kind is not FieldKind.IDENTITY_NUMBER and (word := _word(field, value))
    )


def _word(field: FieldDefinition, value: Value | None) -> str:
    """As it stands in an import file: a code is its own word there."""
    return str(value) if field.codes and value else text(field, value)


def refresh() -> None:
    """Brings the published descriptions up to date with the coverage; what changed gets a new date stamp. Not more
    often than every ten seconds, whoever asks: anybody may."""
    if not cache.add("oai.refreshed", 1, FRESH_SECONDS):
        return
    wanted = {f"oai:{settings.PLATFORM_CODE}:{one}": content for one, content in _described()}
    there = {row.identifier: row for row in PublishedRecord.objects.all()}
    moment = now()
    changed: list[PublishedRecord] = []
    for identifier, content in wanted.items():
        digest = hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        before = there.get(identifier)
        if before is None or before.digest != digest or before.deleted:
            spec = f"coverage:{identifier.split(':')[2]}"
            changed.append(PublishedRecord(identifier, spec, content, digest, moment, False))
    for identifier in there.keys() - wanted.keys():
        row = there[identifier]
        if not row.deleted:
            row.deleted, row.changed_at = True, moment
            changed.append(row)
    if changed:
        with transaction.atomic():
            PublishedRecord.objects.bulk_create(
                changed,
                batch_size=200,
                update_conflicts=True,
                unique_fields=["identifier"],
                update_fields=["set_spec", "content", "digest", "changed_at", "deleted"],
            )


def _described() -> Iterable[tuple[str, dict[str, list[str]]]]:
    """For each archive and category of this node: `<archive>:<category>` and its Dublin Core."""
    coverage: dict[tuple[str, str], list[HoldingCoverage]] = defaultdict(list)
    for row in HoldingCoverage.objects.order_by("division_code", "year_from", "office"):
        coverage[row.archive_code, row.category].append(row)
    platform = find(settings.PLATFORM_CODE)
    for archive in Archive.objects.filter(platform_id=settings.PLATFORM_CODE, active=True):
        for category in archive.categories:
            known = categories.known().get(category)
            if known is None or known.secluded:
                continue
            rows = coverage.get((archive.code, category), [])
            yield (
                f"{archive.code}:{category}",
                {
                    "title": [f"{archive.name} {known.name.zh}"],
                    "creator": [archive.name],
                    "subject": [known.name.zh, known.name.en],
                    "description": [_line(row) for row in rows],
                    "publisher": [platform[0].name] if platform else [],
                    "type": ["Collection"],
                    "identifier": [archive.code],
                    "language": ["zh"],
                    "coverage": sorted({place for row in rows if (place := _place(row))}),
                },
            )


def _line(row: HoldingCoverage) -> str:
    years = f"{row.year_from or ''}—{row.year_to or ''}" if row.year_from or row.year_to else ""
    return " ".join(filter(None, (_place(row), row.office, years, STATES[row.state], row.custodian)))


def _place(row: HoldingCoverage) -> str:
    found = find(row.division_code) if row.division_code else ()
    return found[0].name if found else row.division_code
