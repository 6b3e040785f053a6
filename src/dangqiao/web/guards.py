"""Who may open a page. Every view is marked `@public` or `@needs(…)`; a test of the repository reads the mark."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from dangqiao.apps.identity.models import User
from dangqiao.apps.identity.queries import actor_of
from dangqiao.core.errors import N_, Refused
from dangqiao.core.vocabulary.actor import Actor, Role

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)

PUBLIC = frozenset({"public"})
"""The mark of a view that anybody may open."""


class ActingRequest(HttpRequest):
    """A request behind `needs`: somebody is logged in and acts."""

    user: User
    actor: Actor


def actor_of_request(request: HttpRequest) -> Actor | None:
    """Who acts, read once a request; None if nobody is logged in."""
    if not request.user.is_authenticated:
        return None
    acting = cast(ActingRequest, request)
    if not hasattr(acting, "actor"):
        # The sitting is named by a hash: the key itself opens it.
        sitting = hashlib.sha256((request.session.session_key or "").encode()).hexdigest()[:16]
        acting.actor = actor_of(acting.user, sitting)
    return acting.actor


def public(view: Callable[Concatenate[HttpRequest, P], R]) -> Callable[Concatenate[HttpRequest, P], R]:
    """Anybody may open it, logged in or not."""
    view.guard = PUBLIC  # type: ignore[attr-defined]
    return view


def needs(
    *roles: Role,
) -> Callable[[Callable[Concatenate[ActingRequest, P], R]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Only somebody who holds one of `roles` in some scope; the service says whether in the right one.

    Whoever is not logged in is asked to, and comes back. No cache keeps the page: computers at counters are shared.
    """

    def decorate(
        view: Callable[Concatenate[ActingRequest, P], R],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = actor_of_request(request)
            if actor is None:
                return _log_in(request, Role.APPLICANT in roles)
            if not any(grant.role in roles for grant in actor.grants):
                raise Refused(
                    "permission.no_role",
                    N_("Your account may not open this page."),
                    N_("Log out and log in with the right account, or ask your administrator for the role."),
                )
            response = view(cast(ActingRequest, request), *args, **kwargs)
            response.headers["Cache-Control"] = "no-store, private"
            return response

        guarded.guard = frozenset(roles)  # type: ignore[attr-defined]
        return cast(Callable[Concatenate[HttpRequest, P], HttpResponseBase], guarded)

    return decorate


def _log_in(request: HttpRequest, citizen: bool) -> HttpResponse:
    page = reverse("account_login" if citizen else "staff_login")
    # A form that was being sent cannot be sent again after logging in; the page it stood on can be opened again.
    back = request.get_full_path() if request.method == "GET" else request.path
    return redirect(f"{page}?{urlencode({'next': back})}")
