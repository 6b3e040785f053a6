"""What a receptionist sees: receiving for somebody who is there, the point's applications, handing documents over."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.directory.models import AcceptancePoint
from dangqiao.apps.identity.permissions import require
from dangqiao.apps.lookups import queries
from dangqiao.apps.lookups.forms import COUNTER
from dangqiao.apps.lookups.services import delivering as services
from dangqiao.apps.lookups.services import documents
from dangqiao.core.vocabulary.actor import Actor, Assurance, Role, ScopeKind
from dangqiao.core.vocabulary.purpose import Purpose
from dangqiao.web.applying import flow
from dangqiao.web.applying.draft import Desk, Step
from dangqiao.web.following.forms import HandOverForm, OneMoreForm
from dangqiao.web.following.lists import listed
from dangqiao.web.following.page import show
from dangqiao.web.guards import ActingRequest, needs
from dangqiao.web.portal.views import offered


def points_of(actor: Actor) -> list[AcceptancePoint]:
    """The acceptance points where the actor receives, by code."""
    codes = [code for kind, code in actor.scopes(Role.RECEPTIONIST) if kind is ScopeKind.ACCEPTANCE_POINT]
    found = directory.acceptance_points(codes)
    return [found[code] for code in sorted(found)]


def point_for(actor: Actor, code: str) -> AcceptancePoint:
    """An acceptance point where the actor receives. Raises NotThere, Refused (`permission.missing`)."""
    point = directory.acceptance_point(code)
    require(actor, Role.RECEPTIONIST, acceptance_point=point.code)
    return point


@needs(Role.RECEPTIONIST)
@require_safe
def counter(request: ActingRequest) -> HttpResponse:
    """The points of whoever is logged in; with one point only, that point."""
    points = points_of(request.actor)
    if len(points) == 1:
        return redirect("counter_point", point=points[0].code)
    return render(request, "counter/points.html", {"section": "counter", "points": points})


@needs(Role.RECEPTIONIST)
@require_http_methods(["GET", "HEAD", "POST"])
def receive_step(request: ActingRequest, point: str, category: str, step: str) -> HttpResponse:
    """One page of an application for somebody who stands at the counter."""
    here = point_for(request.actor, point)
    at_counter = flow.Flow(
        desk=Desk(COUNTER, here.code),
        applicant=None,
        assurance=Assurance.IN_PERSON,
        page=lambda category, step: receive_page(here.code, category, step),
        done=lambda number: reverse("counter_request", args=[here.code, number]),
        start=reverse("counter_point", args=[here.code]),
    )
    return flow.step(request, at_counter, category, step)


def receive_page(point: str, category: str, step: Step) -> str:
    """The address of a step of an application at a counter."""
    return reverse("receive_step", args=[point, category, step.value])


@needs(Role.RECEPTIONIST)
@require_safe
def point(request: ActingRequest, point: str) -> HttpResponse:
    """An acceptance point: what can be received, and what was received by the clerk's points."""
    here = point_for(request.actor, point)
    page = queries.point_requests(request.actor, Purpose.HANDLING, request.GET.get("after", ""))
    lines = listed(page, lambda number: reverse("counter_request", args=[here.code, number]))
    categories = offered(lambda category, step: f"{receive_page(here.code, category, step)}?{flow.NEW}=1")
    return render(
        request, "counter/point.html", {"section": "counter", "point": here, "categories": categories, **lines}
    )


@needs(Role.RECEPTIONIST)
@require_http_methods(["GET", "HEAD", "POST"])
def request(request: ActingRequest, point: str, number: str) -> HttpResponse:
    """One application that was received here: the receipt, how it goes, and handing over."""
    here = point_for(request.actor, point)
    frame = {
        "section": "counter",
        "point": here,
        "in_person": True,
        "hand_over_url": reverse("hand_over", args=[here.code, number]),
        "order_copy_url": reverse("order_copy", args=[here.code, number]),
    }
    return show(request, number, "counter/request.html", frame)


@needs(Role.RECEPTIONIST)
@require_POST
def hand_over(request: ActingRequest, point: str, number: str) -> HttpResponse:
    """Records that a document was given out here."""
    here = point_for(request.actor, point)
    form = HandOverForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        services.hand_over(
            request.actor,
            Purpose.HANDLING,
            said["document"],
            recipient=said["recipient"],
            signed_for=said["signed_for"],
            idempotency_key=said["key"],
        )
    else:
        messages.error(request, gettext("Say who collected it, and tick that the receipt is signed."))
    return redirect("counter_request", point=here.code, number=number)


@needs(Role.RECEPTIONIST)
@require_POST
def order_copy(request: ActingRequest, point: str, number: str) -> HttpResponse:
    """Orders a further copy of a document that this platform issued."""
    here = point_for(request.actor, point)
    form = OneMoreForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        documents.order_copy_at_counter(request.actor, Purpose.HANDLING, said["document"], said["key"])
        messages.success(request, gettext("Ordered: it is ready in a few seconds. Load the page again."))
    return redirect("counter_request", point=here.code, number=number)


@needs(Role.RECEPTIONIST)
@require_safe
def find(request: ActingRequest, point: str) -> HttpResponse:
    """Goes to the application with the number typed."""
    number = "".join(request.GET.get("number", "").split())
    return redirect("counter_request", point, number) if number else redirect("counter_point", point)
