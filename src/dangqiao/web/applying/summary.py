"""What was answered, as rows to be read once more before it is sent."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.lookups.forms import Applicant
from dangqiao.core.vocabulary import identity
from dangqiao.web.applying.draft import Draft, Step
from dangqiao.web.applying.forms import RecordForm
from dangqiao.web.templatetags.dangqiao import place, words


@dataclass(frozen=True, slots=True)
class Part:
    """The answers of one page: (question, answer) each, and where they can be changed."""

    title: str
    rows: tuple[tuple[str, str], ...]
    change: str


def summary(draft: Draft, applicant: Applicant, page: Callable[[str, Step], str]) -> list[Part]:
    """The four pages' answers. Identity numbers are masked: the screen may be seen by others."""
    number = identity.mask(applicant.identity_number)
    who = [(gettext("Applicant"), f"{applicant.name}　{number}"), *_answers(draft.form(Step.WHO), _KNOWN_OF_APPLICANT)]
    record = draft.form(Step.RECORD)
    assert isinstance(record, RecordForm)
    people = [row for party, fields in record.groups() for row in _person(words(party.label), fields)]
    rest = [(str(record[name].label), _shown(record[name])) for name in _REST if name in record.fields]
    parts = (
        (Step.WHO, gettext("Who asks"), who),
        (Step.RECORD, gettext("The record"), [*people, *rest]),
        (Step.ARCHIVE, gettext("Which archive"), _archive(draft)),
        (Step.USE, gettext("What for, and how"), _answers(draft.form(Step.USE), frozenset())),
    )
    return [
        Part(title, tuple((question, answer) for question, answer in rows if answer), page(draft.category.id, step))
        for step, title, rows in parts
    ]


_KNOWN_OF_APPLICANT = frozenset({"name", "identity_kind", "identity_number"})
_REST = ("act", "event_date", "place", "other_place")


def _person(label: str, fields: list[forms.BoundField]) -> list[tuple[str, str]]:
    return [
        (f"{label} · {field.label}", identity.mask(value) if field.name.endswith("identity_number") else _shown(field))
        for field in fields
        if (value := str(field.value() or ""))
    ]


def _archive(draft: Draft) -> list[tuple[str, str]]:
    said = draft.answers(Step.ARCHIVE)
    if said.get("archive_code"):
        return [(gettext("Archive"), place(directory.archive(said["archive_code"])))]
    consent = gettext("yes") if said.get("inquiry_consent") else gettext("no")
    return [(gettext("Archive"), gettext("not known")), (gettext("Other provinces may be asked"), consent)]


def _answers(form: forms.Form, left_out: frozenset[str]) -> list[tuple[str, str]]:
    return [(str(form[name].label), _shown(form[name])) for name in form.fields if name not in left_out]


def _shown(field: forms.BoundField) -> str:
    choices = dict(getattr(field.field, "choices", ()))
    value = field.value() or ""
    if isinstance(value, list):
        return "、".join(str(label) for each, label in choices.items() if each in value)
    return str(choices.get(str(value), value)) if value else ""
