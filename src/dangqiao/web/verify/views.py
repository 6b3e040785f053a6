"""Anybody checks a document: uploads it, or types the code printed on it. No log-in, nothing personal is kept."""

import unicodedata

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dangqiao.apps.deliverables import queries, services
from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.directory import queries as directory
from dangqiao.web.guards import public
from dangqiao.web.labels import KIND_LABELS
from dangqiao.web.limits import limit

LARGEST = 12 * 1024 * 1024
MINUTE = 60


class UploadForm(forms.Form):
    """The document itself."""

    document = forms.FileField(
        label=_("The document (PDF or OFD)"),
        help_text=_("At most 12 MB. It is checked and not kept."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.ofd"}),
    )

    def clean_document(self) -> bytes:
        """The bytes."""
        file = self.cleaned_data["document"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 12 MB."), code="too_large")
        return bytes(file.read())


class CodeForm(forms.Form):
    """The code printed on the document."""

    code = forms.CharField(
        label=_("Verification code"),
        max_length=40,
        help_text=_("16 letters and digits beside the square pattern. Blanks do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        """Without blanks."""
        code = queries.normalised(self.cleaned_data["code"])
        if not code:
            raise forms.ValidationError(_("Enter the code."), code="required")
        return code


class NameForm(forms.Form):
    """What the document is about is shown only to somebody who has it before them."""

    name = forms.CharField(
        label=_("Applicant's name as printed on the document"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Both ways; an uploaded document gets its verdict at once."""
    upload, code = UploadForm(), CodeForm()
    if request.method == "POST":
        limit(request, "verify", 30, MINUTE)
        if "code" in request.POST:
            code = CodeForm(request.POST)
            if code.is_valid():
                return redirect("verify_code", code=code.cleaned_data["code"])
        else:
            upload = UploadForm(request.POST, request.FILES)
            if upload.is_valid():
                return _verdict(request, upload.cleaned_data["document"])
    return render(request, "verify/start.html", {"section": "verify", "upload": upload, "code": code})


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """What the register says of a code: whether there is such a document, and, to who knows the name, what it says."""
    limit(request, "verify", 30, MINUTE)
    found = queries.by_code(code)
    archive = found.archive_code if found else ""
    facts: dict[str, object] = {"section": "verify", "code": code, "found": found}
    if found is None or found.state == Deliverable.State.REVOKED:
        reason = "revoked" if found else "unknown_code"
        services.note_verification("code", "invalid", [reason], archive)
        return render(request, "verify/code.html", {**facts, "outcome": "invalid", "reason": reason})
    form = NameForm(request.POST or None)
    facts |= {
        "form": form,
        "archive": directory.archives([archive]).get(archive),
        "kind": KIND_LABELS[found.kind],
        "outcome": "indeterminate",
    }
    if request.method == "POST" and form.is_valid() and found.content:
        limit(request, "verify_name", 10, 10 * MINUTE, key=queries.normalised(code))
        if _same(form.cleaned_data["name"], found.content.applicant):
            services.note_verification("code", "valid", ["registered"], archive)
            return render(request, "verify/code.html", {**facts, "outcome": "valid", "content": found.content})
        form.add_error("name", gettext("The document with this code was made out to somebody else."))
        services.note_verification("code", "indeterminate", ["name_does_not_fit"], archive)
    return render(request, "verify/code.html", facts)


def _verdict(request: HttpRequest, document: bytes) -> HttpResponse:
    verdict = queries.judge(document)
    codes = [reason.code.value for reason in verdict.reasons]
    services.note_verification("upload", verdict.outcome, codes, verdict.claim.archive if verdict.claim else "")
    reasons = [(reason.code.value, reason.text(gettext)) for reason in verdict.reasons]
    registered = queries.by_code(verdict.claim.code) if verdict.claim else None
    facts = {"section": "verify", "verdict": verdict, "reasons": reasons, "registered": registered}
    if verdict.claim:
        archive = directory.archives([verdict.claim.archive]).get(verdict.claim.archive)
        facts |= {"archive": archive, "kind": KIND_LABELS[verdict.claim.kind.value]}
    return render(request, "verify/verdict.html", facts)


def _same(said: str, printed: str) -> bool:
    def plain(text: str) -> str:
        return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())

    return plain(said) == plain(printed)
