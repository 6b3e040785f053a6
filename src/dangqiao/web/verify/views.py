"""Anybody checks a document: uploads it, scans its square pattern, or types its code. No log-in, nothing is kept."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dangqiao.apps.deliverables import queries, services, verifying
from dangqiao.apps.deliverables.verifying import CodeVerdict
from dangqiao.apps.directory import queries as directory
from dangqiao.core.sealing.revocation import public_reason
from dangqiao.core.sealing.statement import Statement
from dangqiao.core.sealing.verdict import Outcome, Reason, Verdict
from dangqiao.web.guards import public
from dangqiao.web.labels import KIND_LABELS
from dangqiao.web.limits import limit
from dangqiao.web.verify.forms import CodeForm, NameForm, ScanForm, UploadForm

MINUTE = 60
FORMS = {"document": UploadForm, "text": ScanForm, "code": CodeForm}
"""The field that tells which form was sent -> the form."""


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The three ways; a file and a square pattern get their verdict at once."""
    forms = {name: form() for name, form in FORMS.items()}
    sent = next((name for name in FORMS if name in request.POST or name in request.FILES), "document")
    if request.method == "POST":
        limit(request, "verify", 30, MINUTE)
        forms[sent] = form = FORMS[sent](request.POST, request.FILES)
        if form.is_valid():
            if sent == "code":
                return redirect("verify_code", code=form.cleaned_data["code"])
            return _judged(request, form.cleaned_data)
    return render(request, "verify/start.html", {"section": "verify", "forms": forms, "errors": forms[sent]})


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """What a code stands for, and, to who knows the name, what the document says. The square pattern leads here; its
    statement lies behind `#` and is read by the page's script, never by a server."""
    limit(request, "verify", 30, MINUTE)
    form, name = NameForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        limit(request, "verify_name", 10, 10 * MINUTE, key=queries.normalised(code))
        name = form.cleaned_data["name"]
    found = verifying.by_code(code, name)
    archive = found.answer.archive if found.answer else ""
    services.note_verification("code", found.outcome, [reason.code for reason in found.reasons], archive)
    return render(request, "verify/code.html", {**_facts(found), "code": queries.normalised(code), "form": form})


def _facts(found: CodeVerdict) -> dict[str, object]:
    answer = found.answer
    platform = directory.platform_names().get(found.issuer)
    return {
        "section": "verify",
        "found": found,
        "answer": answer,
        "reasons": _told(found.reasons),
        "why_revoked": public_reason(answer.revocation_reason) if answer else "",
        "archive": directory.archives([answer.archive]).get(answer.archive, answer.archive) if answer else "",
        "kind": KIND_LABELS.get(answer.kind, answer.kind) if answer else "",
        "issuer": platform or found.issuer,
        "asks_name": found.outcome is not Outcome.VALID and answer and answer.standing == "registered",
    }


def _judged(request: HttpRequest, sent: dict[str, object]) -> HttpResponse:
    statement: Statement | None = None
    if "document" in sent:
        way, document = "upload", sent["document"]
        assert isinstance(document, bytes)
        verdict: Verdict = verifying.judge(document)
    else:
        way = "scan"
        verdict, statement = verifying.scan(str(sent["text"]), str(sent["name"]))
    claim = verdict.claim
    services.note_verification(
        way, verdict.outcome, [reason.code for reason in verdict.reasons], claim.archive if claim else ""
    )
    facts = {
        "section": "verify",
        "way": way,
        "verdict": verdict,
        "statement": statement,
        "reasons": _told(verdict.reasons),
    }
    if claim:
        facts |= {
            "archive": directory.archives([claim.archive]).get(claim.archive, claim.archive),
            "kind": KIND_LABELS[claim.kind.value],
        }
    return render(request, "verify/verdict.html", facts)


def _told(reasons: tuple[Reason, ...]) -> list[tuple[str, str]]:
    return [(reason.code.value, reason.text(gettext)) for reason in reasons]
