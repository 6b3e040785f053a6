"""An application that is being written: its steps, kept in the (encrypted) session until it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib.sessions.backends.base import SessionBase

from dangqiao.apps.directory import queries as directory
from dangqiao.core.categories import Category
from dangqiao.core.vocabulary.entitlement import ApplicantKind
from dangqiao.web.applying.forms import ArchiveForm, RecordForm, UseForm, WhoForm

KEPT = 20
"""How many sent applications a session remembers, so that a second click finds the first one's."""


class Step(StrEnum):
    """The pages in order."""

    WHO = "who"
    RECORD = "record"
    ARCHIVE = "archive"
    USE = "use"
    CHECK = "check"


WRITTEN = (Step.WHO, Step.RECORD, Step.ARCHIVE, Step.USE)
"""The pages whose answers are kept; the last one sends."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where it is written: at home (`portal`) or at the counter of an acceptance point, for somebody who is there."""

    channel: str
    point: str = ""

    @property
    def in_person(self) -> bool:
        """Whether a clerk sees the applicant."""
        return self.channel == "counter"


class Draft:
    """The answers so far to one category's forms at one desk. Saved with the session."""

    def __init__(self, session: SessionBase, desk: Desk, category: Category) -> None:
        self._session, self.desk, self.category = session, desk, category
        self._name = f"draft:{desk.channel}:{desk.point}:{category.id}"
        self._kept: dict[str, Any] = session.get(self._name) or {"key": uuid4().hex, "steps": {}}

    @property
    def key(self) -> str:
        """The idempotency key of the application: born with the draft."""
        return str(self._kept["key"])

    def form(self, step: Step, data: Mapping[str, Any] | None = None) -> forms.Form:
        """The form of a step: with `data` that came in, else with what is kept, else empty."""
        said = data if data is not None else self._kept["steps"].get(step)
        if step is Step.WHO:
            return WhoForm(self.category, self.desk.in_person, said)
        if step is Step.RECORD:
            return RecordForm(self.category, self.own_role(), said)
        if step is Step.ARCHIVE:
            return ArchiveForm(self.category, directory.archives_of(category=self.category.id), said)
        return UseForm(self.category, self.desk.in_person, said)

    def own_role(self) -> str:
        """The party that the applicant is; empty if they act for another or it is not said yet."""
        said = self.answers(Step.WHO)
        return str(said.get("role", "")) if said.get("applicant_kind") == ApplicantKind.PARTY else ""

    def answers(self, step: Step) -> dict[str, Any]:
        """The checked answers of a step; nothing if they are missing or no longer fit."""
        if step not in self._kept["steps"]:
            return {}
        form = self.form(step)
        return form.cleaned_data if form.is_valid() else {}

    def first_open(self) -> Step:
        """The first step that is not answered well; `CHECK` when all are."""
        for step in WRITTEN:
            if step not in self._kept["steps"] or not self.form(step).is_valid():
                return step
        return Step.CHECK

    def keep(self, step: Step, form: forms.Form) -> None:
        """Keeps what was typed for a step."""
        self._kept["steps"][step] = {
            name: form[name].data if isinstance(field, forms.MultipleChoiceField) else form.data.get(name, "")
            for name, field in form.fields.items()
            if name in form.data
        }
        self._session[self._name] = self._kept

    def sent(self, number: str) -> None:
        """The application has become the request `number`: the draft goes, its key is remembered."""
        self._session.pop(self._name, None)
        before = dict(list(self._session.get("sent", {}).items())[1 - KEPT :])
        self._session["sent"] = {**before, self.key: number}

    def drop(self) -> None:
        """Throws the draft away."""
        self._session.pop(self._name, None)


def already_sent(session: SessionBase, key: str) -> str:
    """The number of the request that a form with this key has become; empty if it has not."""
    return str(session.get("sent", {}).get(key, ""))
