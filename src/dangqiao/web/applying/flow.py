"""The pages of an application, one question after another; the last one shows everything and sends it."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.directory.models import Archive
from dangqiao.apps.lookups import services
from dangqiao.apps.lookups.forms import Applicant, SubmissionForm
from dangqiao.core import categories
from dangqiao.core.errors import BadInput, Refused
from dangqiao.core.lookup.entitlement import Answer, judge
from dangqiao.core.vocabulary.actor import Assurance
from dangqiao.core.vocabulary.divisions import find, named_first
from dangqiao.core.vocabulary.entitlement import ApplicantKind, Material
from dangqiao.core.vocabulary.purpose import Purpose
from dangqiao.web.applying.draft import Desk, Draft, Step, already_sent
from dangqiao.web.applying.forms import ArchiveForm, MaterialsForm, RecordForm
from dangqiao.web.applying.summary import summary
from dangqiao.web.guards import ActingRequest
from dangqiao.web.middleware import in_words
from dangqiao.web.templatetags.dangqiao import in_chinese

NEW = "new"
"""In an address: begin with empty forms. At a counter the next person must not see what the one before has said."""
TEMPLATES = {
    Step.WHO: "applying/who.html",
    Step.RECORD: "applying/record.html",
    Step.ARCHIVE: "applying/archive.html",
    Step.USE: "applying/use.html",
    Step.CHECK: "applying/check.html",
}


@dataclass(frozen=True, slots=True)
class Flow:
    """What differs between writing at home and at a counter.

    Attributes:
        applicant: who applies; None: it is asked on the first page.
        assurance: how surely they are known.
        page: the address of a step of a category.
        done: the address that shows the request with a number.
    """

    desk: Desk
    applicant: Applicant | None
    assurance: Assurance
    page: Callable[[str, Step], str]
    done: Callable[[str], str]
    start: str


def step(request: ActingRequest, flow: Flow, category_id: str, step_name: str) -> HttpResponse:
    """One page: shows its form, or takes the answer and goes on.

    A step before which something is still open leads there. Raises NotThere for a category that does not exist.
    """
    category = categories.get(category_id)
    if step_name not in list(Step):
        raise Http404
    here = Step(step_name)
    draft = Draft(request.session, flow.desk, category)
    if NEW in request.GET:
        draft.drop()
        return redirect(flow.page(category_id, Step.WHO))
    if number := already_sent(request.session, request.POST.get("key", "")):
        return redirect(flow.done(number))
    open_step = draft.first_open()
    if list(Step).index(open_step) < list(Step).index(here):
        return redirect(flow.page(category_id, open_step))
    if here is Step.CHECK:
        return _check(request, flow, draft)
    form = draft.form(here, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        draft.keep(here, form)
        # Coming back from the summary to change one answer leads back to the summary.
        return redirect(flow.page(category_id, draft.first_open()))
    place = draft.answers(Step.RECORD).get("place", "")
    more = _archives(request, category_id, form, place) if isinstance(form, ArchiveForm) else {}
    if isinstance(form, RecordForm):
        more = {"groups": form.groups(), "own_role": form.own_role, "applicant": applicant_of(flow, draft)}
    return render(request, TEMPLATES[here], {**_frame(flow, draft, here), "form": form, **more})


def applicant_of(flow: Flow, draft: Draft) -> Applicant:
    """Who applies: who is logged in, or who was named on the first page."""
    if flow.applicant:
        return flow.applicant
    said = draft.answers(Step.WHO)
    return Applicant(
        said.get("name", ""), said.get("identity_kind", ""), said.get("identity_number", ""), said.get("phone", "")
    )


def _frame(flow: Flow, draft: Draft, here: Step) -> dict[str, object]:
    steps = list(Step)
    position = steps.index(here)
    return {
        "section": "home" if flow.desk.channel == "portal" else "counter",
        "category": draft.category,
        "desk": flow.desk,
        "start": flow.start,
        "step_number": position + 1,
        "step_count": len(steps),
        "back": flow.page(draft.category.id, steps[position - 1]) if position else flow.start,
    }


def _check(request: ActingRequest, flow: Flow, draft: Draft) -> HttpResponse:
    who, applicant = draft.answers(Step.WHO), applicant_of(flow, draft)
    kind = ApplicantKind(who["applicant_kind"])
    verdict = judge(draft.category, kind, role=who.get("role", ""), assurance=flow.assurance)
    # At a counter the clerk looks at every original, the identity document too.
    needed: tuple[Material, ...] = verdict.required if flow.desk.in_person else verdict.missing
    form = MaterialsForm(needed, flow.desk.in_person, request.POST or None, request.FILES or None)
    if verdict.answer is Answer.REFUSED and verdict.reason:
        form.cleaned_data = {}
        form.add_error(None, verdict.reason.sentence("zh" if in_chinese() else "en"))
    elif request.method == "POST" and form.is_valid():
        filled = _filled(flow, draft, applicant, form)
        try:
            made = services.submit(request.actor, Purpose(filled.purpose_of_use), filled, draft.key)
        except (BadInput, Refused) as error:
            said = in_words(error)
            form.add_error(None, f"{said['sentence']} {said['remedy']}")
        else:
            draft.sent(made.number)
            return redirect(flow.done(made.number))
    rows = summary(draft, applicant, flow.page)
    facts = {"form": form, "rows": rows, "key": draft.key, "verdict": verdict}
    return render(request, TEMPLATES[Step.CHECK], {**_frame(flow, draft, Step.CHECK), **facts})


def _filled(flow: Flow, draft: Draft, applicant: Applicant, materials: MaterialsForm) -> SubmissionForm:
    record = draft.form(Step.RECORD)
    assert isinstance(record, RecordForm)
    record.is_valid()
    archive, use = draft.answers(Step.ARCHIVE), draft.answers(Step.USE)
    return SubmissionForm(
        category=draft.category.id,
        applicant_kind=draft.answers(Step.WHO)["applicant_kind"],
        applicant=applicant,
        query=record.sought(applicant),
        purpose_of_use=use["purpose_of_use"],
        purpose_note=use["purpose_note"],
        kind_wanted=use["kind_wanted"],
        left_out=tuple(use.get("left_out", ())),
        mode_wanted=use["mode_wanted"],
        postal_address=use["postal_address"],
        archive_code=archive["archive_code"],
        inquiry_consent=bool(archive.get("inquiry_consent")),
        materials=materials.shown(),
        channel=flow.desk.channel,
        acceptance_point=flow.desk.point,
    )


def _archives(request: ActingRequest, category_id: str, form: forms.Form, place: str) -> dict[str, object]:
    """The provinces, and the archives of the one that was chosen, or in which the place lies, by city."""
    chosen = form["archive_code"].value() or ""
    platforms = directory.platforms()
    wanted = request.GET.get("platform")
    if wanted is None and chosen:
        wanted = chosen[:2] + "0000"
    if wanted is None:
        provinces = {one.province for one in named_first(place)[0]}
        wanted = provinces.pop() if len(provinces) == 1 else None
    province = next((each for each in platforms if each.code == wanted), None)
    if province is None and len(platforms) == 1:
        province = platforms[0]
    found = directory.archives_of(province.code, category=category_id) if province else []
    return {"provinces": platforms, "province": province, "archives": _by_city(found), "chosen": chosen}


def _by_city(found: list[Archive]) -> list[tuple[str, list[Archive]]]:
    def city(archive: Archive) -> str:
        divisions = find(archive.code[:4] + "00")
        return divisions[0].name if divisions else gettext("Districts and counties")

    return [(name, list(group)) for name, group in groupby(found, key=city)]
