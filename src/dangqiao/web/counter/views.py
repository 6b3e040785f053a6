"""What a receptionist sees: receiving for somebody who is there, the point's applications, handing documents over."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.directory.models import AcceptancePoint
from dangqiao.apps.identity.permissions import require
from dangqiao.apps.lookups.forms import COUNTER
from dangqiao.core.vocabulary.actor import Actor, Assurance, Role, ScopeKind
from dangqiao.web.applying import flow
from dangqiao.web.applying.draft import Desk, Step
from dangqiao.web.guards import ActingRequest, needs
from dangqiao.web.portal.views import offered


def points_of(actor: Actor) -> list[AcceptancePoint]:
    """The acceptance points where the actor receives, by code."""
    scopes = actor.scopes(Role.RECEPTIONIST)
    own = directory.acceptance_points(code for kind, code in scopes if kind is ScopeKind.ACCEPTANCE_POINT)
    found = {**own}
    for kind, code in scopes:
        if kind is ScopeKind.ARCHIVE:
            found |= {point.code: point for point in directory.acceptance_points_of(code)}
    return [found[code] for code in sorted(found)]


def point_for(actor: Actor, code: str) -> AcceptancePoint:
    """An acceptance point where the actor receives. Raises NotThere, Refused (`permission.missing`)."""
    point = directory.acceptance_point(code)
    require(actor, Role.RECEPTIONIST, acceptance_point=point.code, archive=point.archive_id or "")
    return point


@needs(Role.RECEPTIONIST)
@require_GET
def counter(request: ActingRequest) -> HttpResponse:
    """The points of whoever is logged in; with one point only, that point."""
    points = points_of(request.actor)
    if len(points) == 1:
        return redirect("counter_point", point=points[0].code)
    return render(request, "counter/points.html", {"section": "counter", "points": points})


@needs(Role.RECEPTIONIST)
@require_http_methods(["GET", "POST"])
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


__all__ = ["counter", "offered", "point_for", "points_of", "receive_page", "receive_step"]


@needs(Role.RECEPTIONIST)
def point(request: ActingRequest, point: str) -> HttpResponse:
    """A"""
    return HttpResponse()


@needs(Role.RECEPTIONIST)
def request(request: ActingRequest, point: str, number: str) -> HttpResponse:
    """B"""
    return HttpResponse()
