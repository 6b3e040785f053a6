"""What handlers, reviewers and signatories see: what waits, and one referral with everything needed to decide it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.holdings import queries as holdings
from dangqiao.apps.identity.queries import names_of
from dangqiao.apps.lookups import queries
from dangqiao.apps.lookups.forms import WorklistFilter
from dangqiao.apps.lookups.queries.views import WorkView
from dangqiao.core import categories
from dangqiao.core.errors import N_, BadInput, Conflict, NotThere
from dangqiao.core.lookup.states import ENDED, LEVEL_LABELS, OUTCOME_LABELS, STAGES, Outcome, Stage
from dangqiao.core.vocabulary.actor import Assurance, Role, ScopeKind
from dangqiao.core.vocabulary.entitlement import APPLICANT_LABELS, MATERIAL_LABELS
from dangqiao.core.vocabulary.purpose import Purpose
from dangqiao.web.files import sent
from dangqiao.web.following.words import TONE, facts_in_words, has_it, step
from dangqiao.web.guards import ActingRequest, needs
from dangqiao.web.labels import KIND_LABELS, MODE_LABELS, PURPOSE_LABELS
from dangqiao.web.middleware import in_words
from dangqiao.web.templatetags.dangqiao import field_labels, place
from dangqiao.web.workbench.acts import DOINGS, possible
from dangqiao.web.workbench.forms import reason_text
from dangqiao.web.workbench.words import candidate

STAFF = (Role.HANDLER, Role.REVIEWER, Role.SIGNATORY)
ASSURANCE_LABELS = {
    Assurance.NONE: N_("not checked"),
    Assurance.PHONE: N_("phone only"),
    Assurance.REAL_NAME: N_("checked with the register"),
    Assurance.IN_PERSON: N_("seen at the counter"),
}
OUTCOMES_OF_SEARCH = {
    "match": (N_("one certain match"), "good"),
    "review": (N_("a person must look"), "warn"),
    "none": (N_("no match"), "done"),
}


@needs(*STAFF)
@require_safe
def workbench(request: ActingRequest) -> HttpResponse:
    """The worklist, the most urgent first."""
    chosen = request.GET
    filters = WorklistFilter(
        stages=tuple(stage for stage in chosen.getlist("stage") if stage),
        category=chosen.get("category", ""),
        archive_code=chosen.get("archive", ""),
        overdue=chosen.get("overdue") == "1",
    )
    page = queries.worklist(request.actor, Purpose.HANDLING, filters, chosen.get("after", ""))
    names = directory.archives(code for kind, code in request.actor.scopes(*STAFF) if kind is ScopeKind.ARCHIVE)
    lines = [
        {
            "view": line,
            "category": categories.get(line.category).name,
            "purpose": PURPOSE_LABELS.get(line.purpose_of_use, ""),
            "stage": STAGES[line.stage].label,
            "tone": TONE.get(line.stage, ""),
            "archive": names.get(line.archive_code, line.archive_code),
        }
        for line in page.items
    ]
    kept = {name: value for name, value in chosen.items() if name != "after" and value}
    facts = {
        "section": "workbench",
        "lines": lines,
        "older": urlencode({**kept, "after": page.after}) if page.after else "",
        "stages": [(stage.value, STAGES[stage].label) for stage in Stage if stage not in ENDED and stage != Stage.SENT],
        "categories": [(each.id, each.name) for each in directory.served()],
        "archives": list(names.values()),
        "chosen": {**filters_as_words(filters)},
        "filtered": bool(kept),
    }
    return render(request, "workbench/list.html", facts)


def filters_as_words(filters: WorklistFilter) -> dict[str, Any]:
    """For the form of the filter."""
    return {
        "stage": filters.stages[0] if filters.stages else "",
        "category": filters.category,
        "archive": filters.archive_code,
        "overdue": filters.overdue,
    }


@needs(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def referral(request: ActingRequest, referral: UUID) -> HttpResponse:
    """One referral. What is sent is one act of `DOINGS`; if somebody was first, the page shows how it stands now."""
    refused: dict[str, forms.Form] = {}
    status = 200
    if request.method == "POST":
        name = request.POST.get("act", "")
        view = queries.referral_for_handler(request.actor, Purpose.HANDLING, referral)
        if name not in DOINGS:
            raise NotThere("web.act_unknown", N_("There is no such act."))
        form = DOINGS[name].form(view, request.POST, prefix=name)
        if form.is_valid():
            try:
                DOINGS[name].do(request.actor, referral, form)
                return redirect(request.path)
            except Conflict as error:
                said = in_words(error)
                messages.error(request, gettext("Not done: {why}").format(why=f"{said['sentence']} {said['remedy']}"))
                status = error.http_status
            except BadInput as error:
                said = in_words(error)
                form.add_error(None, f"{said['sentence']} {said['remedy']}")
        if form.errors:
            refused[name], status = form, 422
    view = queries.referral_for_handler(request.actor, Purpose.HANDLING, referral)
    return render(request, "workbench/referral.html", _facts(view, refused), status=status)


def _facts(view: WorkView, refused: dict[str, forms.Form]) -> dict[str, Any]:
    archive = place(directory.archives([view.archive_code]).get(view.archive_code, view.archive_code))
    last = view.searches[0] if view.searches else None
    outcome = OUTCOMES_OF_SEARCH.get(last.outcome, ("", "")) if last else ("", "")
    names = names_of({decision.decided_by for decision in view.decisions} | {event.actor for event in view.events})
    return {
        "section": "workbench",
        "view": view,
        "category": categories.get(view.category),
        "archive": archive,
        "stage": STAGES[view.state.stage].label,
        "tone": TONE.get(view.state.stage, ""),
        "holder": has_it(view.holder, archive),
        "level": LEVEL_LABELS[view.state.level] if view.state.level else "",
        "outcome": OUTCOME_LABELS[view.state.outcome] if view.state.outcome else "",
        "applicant_kind": APPLICANT_LABELS.get(view.applicant_kind, view.applicant_kind),  # type: ignore[call-overload]
        "assurance": ASSURANCE_LABELS[Assurance(view.assurance)],
        "asking": directory.platform_names().get(view.asking_platform, view.asking_platform),
        "purpose": PURPOSE_LABELS.get(view.purpose_of_use, view.purpose_of_use),
        "kind": KIND_LABELS[view.kind_wanted],
        "mode": MODE_LABELS[view.mode_wanted],
        "left_out": field_labels(view.category, view.left_out),
        "materials": [(material, MATERIAL_LABELS.get(material.kind, material.kind)) for material in view.materials],  # type: ignore[call-overload]
        "missing": [MATERIAL_LABELS[each] for each in view.entitlement.missing],
        "search": last,
        "search_outcome": outcome,
        "candidates": [candidate(each) for each in last.candidates] if last else [],
        "earlier": view.searches[1:],
        "decisions": [_decision(each, names) for each in view.decisions],
        "steps": [
            {
                "event": event,
                "text": step(event, archive),
                "who": names.get(event.actor, ""),
                "facts": facts_in_words(event.facts),
            }
            for event in view.events
        ],
        "documents": [(line, KIND_LABELS[line.kind]) for line in view.documents],
        "doings": [
            (name, DOINGS[name], refused.get(name) or DOINGS[name].form(view, prefix=name), name in refused)
            for name in possible(view)
        ],
        "errors": next(iter(refused.values()), None),
    }


def _decision(decision: Any, names: dict[str, str]) -> dict[str, Any]:
    return {
        "view": decision,
        "outcome": OUTCOME_LABELS[Outcome(decision.outcome)],
        "kind": KIND_LABELS.get(decision.kind, ""),
        "entries": [
            f"{code}" + (f" / {item}" if item != 1 else "") for _category, code, item, _revision in decision.entries
        ],
        "reason": reason_text(decision.reason_code),
        "by": names.get(decision.decided_by, ""),
    }


@needs(*STAFF)
@require_safe
def sheet(request: ActingRequest, referral: UUID) -> HttpResponse:
    """One page image, large, with what stands before and after."""
    citation = _citation(request)
    entry = holdings.entry(request.actor, Purpose.HANDLING, citation, subject=f"referral:{referral}")
    numbers = [page.number for page in entry.images]
    number = int(request.GET.get("number", "0")) if request.GET.get("number", "").isdigit() else 0
    if number not in numbers:
        raise NotThere("holdings.page_unknown", N_("The entry has no image of this page."))
    position = numbers.index(number)

    def address(at: int) -> str:
        query = urlencode({"entry": str(citation), "number": numbers[at]})
        return f"{reverse('sheet', args=[referral])}?{query}"

    facts = {
        "section": "workbench",
        "referral": referral,
        "citation": citation,
        "page": entry.images[position],
        "image": f"{reverse('page_image', args=[referral])}?{urlencode({'entry': str(citation), 'number': number})}",
        "count": len(numbers),
        "before": address(position - 1) if position else "",
        "after": address(position + 1) if position + 1 < len(numbers) else "",
    }
    return render(request, "workbench/sheet.html", facts)


@needs(*STAFF)
@require_safe
def page_image(request: ActingRequest, referral: UUID) -> HttpResponseBase:
    """The bytes of a page image."""
    number = int(request.GET.get("number", "0")) if request.GET.get("number", "").isdigit() else 0
    page, chunks = holdings.page_image(
        request.actor, Purpose.HANDLING, _citation(request), number, subject=f"referral:{referral}"
    )
    return sent(chunks, f"{number}", page.media_type, page.size)


def _citation(request: ActingRequest) -> holdings.Citation:
    try:
        return holdings.citation(request.GET.get("entry", ""))
    except ValueError:
        raise NotThere("holdings.entry_unknown", N_("There is no such entry.")) from None
