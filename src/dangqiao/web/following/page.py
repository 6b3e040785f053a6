"""The page of one request, at home and at a counter: shows how it goes, and takes supplement and withdrawal."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.lookups import queries, services
from dangqiao.apps.lookups.queries.views import DocumentLine, EventLine, ReferralView, RequestView
from dangqiao.apps.lookups.services.delivering import deliveries
from dangqiao.core import categories
from dangqiao.core.errors import BadInput
from dangqiao.core.lookup.progress import REQUEST_LABELS, STEPS, RequestState
from dangqiao.core.lookup.states import OUTCOME_LABELS, STAGES, Stage
from dangqiao.core.vocabulary.purpose import Purpose
from dangqiao.web.following.forms import HandOverForm, OneMoreForm, SupplementPage, WithdrawalForm
from dangqiao.web.following.words import NEXT, TONE, facts_in_words, has_it, step
from dangqiao.web.guards import ActingRequest
from dangqiao.web.labels import FORMAT_LABELS, KIND_LABELS, MODE_LABELS, PURPOSE_LABELS
from dangqiao.web.middleware import in_words
from dangqiao.web.templatetags.dangqiao import field_labels, in_chinese, place

FINAL = frozenset({RequestState.CLOSED, RequestState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of a referral's way."""

    event: EventLine
    text: str
    facts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Part:
    """One archive's part, ready for the page."""

    view: ReferralView
    archive: str
    stage: str
    tone: str
    holder: str
    next: str
    outcome: str
    reason: str
    facts: list[tuple[str, str]]
    steps: list[StepLine]
    documents: list[dict[str, Any]]
    form: SupplementPage | None


def part_of(view: ReferralView, in_person: bool, handed: dict[UUID, Any], form: SupplementPage | None) -> Part:
    """A referral in words."""
    archive = place(directory.archives([view.archive_code]).get(view.archive_code, view.archive_name))
    if view.stage is Stage.SUPPLEMENT and form is None:
        form = SupplementPage(view.told.get("materials", ()), in_person, prefix=view.id.hex[:8])
    told = {name: value for name, value in view.told.items() if not (view.reason and name == "reason")}
    return Part(
        view=view,
        archive=archive,
        stage=STAGES[view.stage].label,
        tone=TONE.get(view.stage, ""),
        holder=has_it(view.holder, archive),
        next=NEXT[view.stage],
        outcome=OUTCOME_LABELS[view.outcome] if view.outcome else "",
        reason=(view.reason[0] if in_chinese() else view.reason[1]) if view.reason else "",
        facts=facts_in_words(told),
        steps=[StepLine(event, step(event, archive), facts_in_words(event.facts)) for event in view.events],
        documents=[
            {
                "line": line,
                "kind": KIND_LABELS[line.kind],
                "files": [(format, FORMAT_LABELS[format]) for format in line.formats] if line.ready else [],
                "handed": handed.get(line.id, []),
                "copy": _copy_form(line) if in_person and line.ready and line.copy == 1 else None,
                "form": HandOverForm(initial={"document": line.id}, auto_id=f"id_{line.id.hex[:6]}_%s"),
            }
            for line in view.documents
        ],
        form=form,
    )


def _copy_form(line: DocumentLine) -> OneMoreForm | None:
    """The form for a further copy, where this platform issued the document."""
    if not directory.is_own(line.archive_code):
        return None
    return OneMoreForm(initial={"document": line.id}, auto_id=f"id_{line.id.hex[:6]}_copy_%s")


def show(request: ActingRequest, number: str, template: str, frame: dict[str, Any]) -> HttpResponse:
    """Shows a request, or carries out what was sent and shows it again.

    `frame["in_person"]`: at a counter, where originals are seen. Raises what the services raise.
    """
    in_person = bool(frame.get("in_person"))
    view = queries.request_for_applicant(request.actor, Purpose.HANDLING, number)
    refused: dict[UUID, SupplementPage] = {}
    withdrawal = WithdrawalForm(auto_id="id_withdraw_%s")
    if request.method == "POST":
        action = request.POST.get("action", "")
        form: forms.Form | None = None
        if action == "withdraw":
            form = withdrawal = WithdrawalForm(request.POST, auto_id="id_withdraw_%s")
        elif action == "supplement":
            part = next((each for each in view.referrals if str(each.id) == request.POST.get("referral")), None)
            asked = part.told.get("materials", ()) if part else ()
            prefix = part.id.hex[:8] if part else ""
            form = SupplementPage(asked, in_person, request.POST, request.FILES, prefix=prefix)
            if part:
                refused[part.id] = form
        if form is not None and form.is_valid() and _done(request, view, form):
            return redirect(request.path)
    handed = deliveries(request.actor, number)
    facts = {
        "view": view,
        "category": categories.get(view.category),
        "state": REQUEST_LABELS[view.progress.state],
        "steps": STEPS,
        "parts": [part_of(each, in_person, handed, refused.get(each.id)) for each in view.referrals],
        "final": view.progress.state in FINAL,
        "withdrawal": withdrawal,
        "purpose": PURPOSE_LABELS.get(view.purpose_of_use, view.purpose_of_use),
        "kind": KIND_LABELS[view.kind_wanted],
        "mode": MODE_LABELS[view.mode_wanted],
        "left_out": field_labels(view.category, view.left_out),
        "errors": next(iter(refused.values()), withdrawal if withdrawal.is_bound else None),
    }
    return render(request, template, {**frame, **facts})


def _done(request: ActingRequest, view: RequestView, form: forms.Form) -> bool:
    """Carries it out; what the service finds wrong becomes an error of the form."""
    key = form.cleaned_data["key"]
    try:
        if isinstance(form, SupplementPage):
            referral = UUID(request.POST["referral"])
            services.supplement(request.actor, Purpose.HANDLING, referral, form.supplement(), key)
        else:
            reason = form.cleaned_data["reason"]
            services.request_withdrawal(request.actor, Purpose.HANDLING, view.number, reason, key)
    except BadInput as error:
        said = in_words(error)
        form.add_error(None, f"{said['sentence']} {said['remedy']}")
        return False
    return True
