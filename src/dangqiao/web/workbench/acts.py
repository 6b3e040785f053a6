"""What can be done with a referral: act -> its form, and the service that carries it out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms

from dangqiao.apps.lookups import services
from dangqiao.apps.lookups.queries.views import WorkView
from dangqiao.core.errors import N_
from dangqiao.core.lookup.states import Act
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose
from dangqiao.web.workbench.forms import (
    ActForm,
    DecideForm,
    ExtendForm,
    NotAcceptForm,
    NoteForm,
    ReworkForm,
    SearchForm,
    SupplementAsked,
    TransferForm,
)

SEARCH = "search"
"""Not an act of the state machine: it moves nothing."""
_WHY = Purpose.HANDLING


@dataclass(frozen=True, slots=True)
class Doing:
    """How an act stands on the page, and what carries it out."""

    label: str
    form: Callable[..., forms.Form]
    do: Callable[[Actor, UUID, Any], object]
    help: str = ""
    tone: str = "quiet"


def _key(form: forms.Form) -> str:
    return str(form.cleaned_data["key"])


def _said(form: forms.Form, name: str) -> str:
    return str(form.cleaned_data[name])


DOINGS: dict[str, Doing] = {
    Act.ACCEPT: Doing(
        N_("Accept"),
        ActForm,
        lambda actor, referral, form: services.accept(actor, _WHY, referral, _key(form)),
        N_("The application is complete and this archive is the right one. The time limit for the answer begins."),
        "",
    ),
    Act.DECIDE: Doing(
        N_("Decide"),
        DecideForm,
        lambda actor, referral, form: services.decide(actor, _WHY, referral, form.decision(), _key(form)),
        N_("Compare with the image or the original first. A match is not yet a certificate."),
        "",
    ),
    Act.APPROVE_REVIEW: Doing(
        N_("Approve the decision"),
        ActForm,
        lambda actor, referral, form: services.approve_review(actor, _WHY, referral, _key(form)),
        tone="",
    ),
    Act.APPROVE_SIGN_OFF: Doing(
        N_("Sign off"),
        ActForm,
        lambda actor, referral, form: services.approve_sign_off(actor, _WHY, referral, _key(form)),
        tone="",
    ),
    Act.RETURN_FOR_REWORK: Doing(
        N_("Return for rework"),
        ReworkForm,
        lambda actor, referral, form: services.return_for_rework(
            actor, _WHY, referral, _said(form, "note"), _key(form)
        ),
    ),
    SEARCH: Doing(
        N_("Search again"),
        SearchForm,
        lambda actor, referral, form: services.search(actor, _WHY, referral, form.changed_query(), _key(form)),
        N_("With other writings, dates or places. The application itself is not changed."),
    ),
    Act.ASK_SUPPLEMENT: Doing(
        N_("Ask for a supplement"),
        SupplementAsked,
        lambda actor, referral, form: services.ask_supplement(
            actor, _WHY, referral, form.cleaned_data["materials"], _said(form, "note"), _key(form)
        ),
        N_("The clock stands still until it comes."),
    ),
    Act.FETCH_ORIGINALS: Doing(
        N_("Have the originals fetched"),
        NoteForm,
        lambda actor, referral, form: services.fetch_originals(actor, _WHY, referral, _said(form, "note"), _key(form)),
    ),
    Act.ORIGINALS_ARRIVED: Doing(
        N_("The originals are here"),
        ActForm,
        lambda actor, referral, form: services.originals_arrived(actor, _WHY, referral, _key(form)),
        tone="",
    ),
    Act.EXTEND: Doing(
        N_("Extend the time limit"),
        ExtendForm,
        lambda actor, referral, form: services.extend(actor, _WHY, referral, _said(form, "reason"), _key(form)),
        N_("Once, and before it has passed."),
    ),
    Act.TRANSFER: Doing(
        N_("Transfer to another archive"),
        TransferForm,
        lambda actor, referral, form: services.transfer(
            actor,
            _WHY,
            referral,
            _said(form, "to_archive"),
            _said(form, "reason"),
            _said(form, "note"),
            _key(form),
        ),
    ),
    Act.NOT_ACCEPT: Doing(
        N_("Do not accept"),
        NotAcceptForm,
        lambda actor, referral, form: services.not_accept(
            actor, _WHY, referral, _said(form, "reason"), _said(form, "note"), _key(form)
        ),
        N_("The applicant is told the reason and who hears complaints."),
        "danger",
    ),
}
"""In the order of the page."""

SEARCHABLE = frozenset({Act.DECIDE, Act.ACCEPT})
"""Whoever may do one of these may search."""


def possible(view: WorkView) -> list[str]:
    """What the reader may do now, in the order of the page."""
    may: set[str] = set(view.acts)
    if may & SEARCHABLE:
        may.add(SEARCH)
    return [name for name in DOINGS if name in may]
