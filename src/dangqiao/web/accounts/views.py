"""Logging in by phone or password, logging out for good, the real-name check, how pages are shown."""

from typing import Any

from allauth.account.views import ConfirmLoginCodeView, LoginView, RequestLoginCodeView
from allauth.core import context, ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from dangqiao.apps.identity.phones import mask_phone
from dangqiao.apps.identity.services import check_real_name, set_large_print
from dangqiao.core.errors import DangqiaoError
from dangqiao.core.vocabulary.actor import Assurance, Role
from dangqiao.core.vocabulary.purpose import Purpose
from dangqiao.web.accounts.forms import PhoneForm, RealNameForm, StaffForm
from dangqiao.web.context import LARGE_PRINT
from dangqiao.web.guards import ActingRequest, actor_of_request, needs, public
from dangqiao.web.middleware import in_words

STAFF = (
    Role.RECEPTIONIST,
    Role.HANDLER,
    Role.REVIEWER,
    Role.SIGNATORY,
    Role.SUPERVISOR,
    Role.SYSTEM_ADMINISTRATOR,
    Role.SECURITY_ADMINISTRATOR,
    Role.AUDITOR,
)


class PhoneView(RequestLoginCodeView):  # type: ignore[misc]  # allauth is not typed
    """A citizen gives the phone number."""

    form_class = PhoneForm
    template_name = "accounts/phone.html"

    def get_form_class(self) -> type[PhoneForm]:
        """Ours."""
        return PhoneForm


class CodeView(ConfirmLoginCodeView):  # type: ignore[misc]
    """The citizen enters the code, or asks for another one."""

    template_name = "accounts/code.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The masked phone; on a test node the code itself."""
        found: dict[str, Any] = super().get_context_data(**kwargs)
        form = found["form"]
        if "code" in form.fields:
            form.fields["code"].label = gettext("Code")
            form.fields["code"].widget.attrs.update(inputmode="numeric", placeholder="", maxlength="12")
            form.fields["code"].widget.attrs["class"] = "short"
        test_code = self._process.code if settings.NODE_IS_TEST else ""
        return {**found, "masked": mask_phone(found["phone"] or ""), "test_code": test_code}

    def _resend_form_valid(self, form: Any) -> HttpResponse:
        """Another code counts against the same limit as the first."""
        if not ratelimit.consume(context.request, action="request_login_code", key=self._process.state["phone"]):
            messages.error(self.request, gettext("Please wait a minute before you ask for another code."))
            return HttpResponseRedirect(self.passthrough_next_url(reverse("account_confirm_login_code")))
        response: HttpResponse = super()._resend_form_valid(form)
        return response


class StaffView(LoginView):  # type: ignore[misc]
    """A member of staff gives account name and password."""

    template_name = "accounts/staff.html"

    def get_form_class(self) -> type[StaffForm]:
        """Ours."""
        return StaffForm


phone = public(PhoneView.as_view())
code = public(CodeView.as_view())
staff = public(StaffView.as_view())


@public
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """Ends the session here and in the database, and asks the browser to forget the pages."""
    logout(request)
    response = redirect("home")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@needs(Role.APPLICANT, *STAFF)
@require_safe
def welcome(request: ActingRequest) -> HttpResponse:
    """Sends whoever has logged in to where they work."""
    roles = {grant.role for grant in request.actor.grants}
    if Role.APPLICANT in roles:
        response = redirect("requests" if request.actor.assurance >= Assurance.REAL_NAME else "real_name")
    elif roles & {Role.HANDLER, Role.REVIEWER, Role.SIGNATORY}:
        response = redirect("workbench")
    else:
        response = redirect("counter" if Role.RECEPTIONIST in roles else "home")
    if request.user.large_print:
        response.set_cookie(LARGE_PRINT, "1", max_age=365 * 86400, samesite="Lax")
    return response


@needs(Role.APPLICANT)
@never_cache
def real_name(request: ActingRequest) -> HttpResponse:
    """The real-name check: once for an account, before the first application."""
    if request.actor.assurance >= Assurance.REAL_NAME:
        return redirect(_back(request, reverse("requests")))
    form = RealNameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            verdict = check_real_name(
                request.actor, Purpose.OPERATION, form.cleaned_data["name"], form.cleaned_data["identity_number"]
            )
        except DangqiaoError as error:
            said = in_words(error)
            form.add_error(None, f"{said['sentence']} {said['remedy']}")
        else:
            if verdict.passed:
                return redirect(_back(request, reverse("apply")))
            form.add_error(
                None,
                gettext(
                    "The register has no person of this name and number. You can try {count} more times today, "
                    "or come to any counter with your identity document."
                ).format(count=verdict.attempts_left),
            )
    return render(request, "accounts/real_name.html", {"form": form, "next": _back(request, "")})


@needs(Role.APPLICANT, *STAFF)
@require_POST
def stay(request: ActingRequest) -> HttpResponse:
    """Keeps the session alive; saving it is enough."""
    return JsonResponse({"seconds": settings.SESSION_COOKIE_AGE})


@public
@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Switches the elderly-friendly mode (适老化) on or off: large print."""
    on = request.POST.get("large_print") == "1"
    response = redirect(_back(request, reverse("home")))
    response.set_cookie(LARGE_PRINT, "1" if on else "0", max_age=365 * 86400, samesite="Lax")
    if actor := actor_of_request(request):
        set_large_print(actor, on)
    return response


def _back(request: HttpRequest, otherwise: str) -> str:
    """Where the reader came from, if it is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}) else otherwise
