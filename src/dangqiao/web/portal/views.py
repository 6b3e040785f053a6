"""What a citizen sees: the start page, applying, following."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.identity.queries import person_on_record
from dangqiao.apps.lookups import queries
from dangqiao.apps.lookups.forms import PORTAL, Applicant
from dangqiao.core.categories import Category
from dangqiao.core.vocabulary.actor import Assurance, Role
from dangqiao.core.vocabulary.purpose import Purpose
from dangqiao.web.applying import flow
from dangqiao.web.applying.draft import Desk, Step
from dangqiao.web.following.lists import listed
from dangqiao.web.following.page import show
from dangqiao.web.guards import ActingRequest, needs, public


def offered(page: Callable[[str, Step], str]) -> list[tuple[Category, str]]:
    """The categories that some archive serves, each with the address of its first page."""
    return [(category, page(category.id, Step.WHO)) for category in directory.served()]


def apply_page(category: str, step: Step) -> str:
    """The address of a step of an application at home."""
    return reverse("apply_step", args=[category, step.value])


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is; what can be asked for."""
    return render(request, "portal/home.html", {"section": "home", "categories": offered(apply_page)})


@needs(Role.APPLICANT)
@require_safe
def apply(request: ActingRequest) -> HttpResponse:
    """Chooses a category."""
    return render(request, "portal/apply.html", {"section": "home", "categories": offered(apply_page)})


@needs(Role.APPLICANT)
@require_http_methods(["GET", "HEAD", "POST"])
def apply_step(request: ActingRequest, category: str, step: str) -> HttpResponse:
    """One page of an application. Whoever has no real name yet proves it first."""
    if request.actor.assurance < Assurance.REAL_NAME:
        return redirect(f"{reverse('real_name')}?{urlencode({'next': request.path})}")
    person = person_on_record(request.actor, Purpose.HANDLING)
    applicant = Applicant(person.name, person.identity_kind, person.identity_number, person.phone)
    here = flow.Flow(
        desk=Desk(PORTAL),
        applicant=applicant,
        assurance=person.assurance,
        page=apply_page,
        done=lambda number: reverse("request", args=[number]),
        start=reverse("home"),
    )
    return flow.step(request, here, category, step)


@needs(Role.APPLICANT)
@require_safe
def requests(request: ActingRequest) -> HttpResponse:
    """The citizen's applications, newest first."""
    page = queries.my_requests(request.actor, request.GET.get("after", ""))
    lines = listed(page, lambda number: reverse("request", args=[number]))
    return render(request, "portal/requests.html", {"section": "requests", **lines})


@needs(Role.APPLICANT)
@require_http_methods(["GET", "HEAD", "POST"])
def request(request: ActingRequest, number: str) -> HttpResponse:
    """One application: how it goes, what can be done, what to download."""
    return show(request, number, "portal/request.html", {"section": "requests"})


@needs(Role.APPLICANT)
@require_safe
def find_request(request: ActingRequest) -> HttpResponse:
    """Goes to the application with the number typed."""
    number = "".join(request.GET.get("number", "").split())
    return redirect("request", number=number) if number else redirect("requests")
