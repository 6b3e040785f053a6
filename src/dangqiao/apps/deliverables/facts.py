"""What a catalogue entry says, as lines of a document: labels of the category, values as recorded."""

from collections.abc import Mapping
from typing import Any

from dangqiao.apps.fields import cipher
from dangqiao.core.categories import Category, FieldDefinition, FieldKind
from dangqiao.core.sealing.content import Fact
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.dates import Calendar, from_iso


def facts_of(category: Category, content: Mapping[str, Any]) -> tuple[Fact, ...]:
    """The lines of an entry: its fields, then each party's. What the entry does not say is left empty, so that the
    page says 未著录; fields that old entries of this kind never had are left out.
    """
    lines = [_line("", field, content["fields"].get(field.key)) for field in category.fields]
    parties = {party["role"]: party for party in content["parties"]}
    for definition in category.parties:
        party = parties.get(definition.role, {})
        label = definition.label.zh if len(category.parties) > 1 else ""
        lines += [_line(label, field, party.get(field.key)) for field in definition.fields]
    return tuple(line for line in lines if line is not None)


def _line(party: str, field: FieldDefinition, value: Any) -> Fact | None:
    if not field.shown or (field.optional_column and not value):
        return None
    return Fact(party + field.label.zh, _words(field, value))


def _words(field: FieldDefinition, value: Any) -> str:
    if not value:
        return ""
    if field.kind is FieldKind.DATE:
        # Only as precise as recorded: an unknown day is not the first.
        date = from_iso(value["iso"], Calendar(value.get("calendar", "")), value["original"])
        return date.chinese() or value["original"]
    if field.kind is FieldKind.IDENTITY_NUMBER:
        return identity.mask(cipher().decrypt(value))
    if field.kind is FieldKind.CODE:
        return field.codes[value].zh if value in field.codes else str(value)
    return "、".join(value) if isinstance(value, list) else str(value)
