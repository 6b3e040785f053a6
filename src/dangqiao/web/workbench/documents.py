"""One issued document at the archive's workbench: further copies, paper for the physical seal, and taking it back."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from dangqiao.apps.deliverables import revoking
from dangqiao.apps.deliverables.models import Mode
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.identity.queries import names_of
from dangqiao.apps.lookups import queries
from dangqiao.apps.lookups.queries import DocumentView
from dangqiao.apps.lookups.services import documents as services
from dangqiao.core.errors import N_, BadInput, Conflict, NotThere
from dangqiao.core.sealing.revocation import REASONS
from dangqiao.core.vocabulary.actor import Role
from dangqiao.core.vocabulary.purpose import Purpose
from dangqiao.web.following.forms import KeyedForm
from dangqiao.web.guards import ActingRequest, needs
from dangqiao.web.labels import KIND_LABELS
from dangqiao.web.middleware import in_words

STAFF = (Role.HANDLER, Role.REVIEWER, Role.SIGNATORY)
WAYS = (
    (Mode.COUNTER, N_("Collected here")),
    (Mode.POST, N_("Sent by post")),
    (Mode.NEAREST_ARCHIVE, N_("Given to another archive or counter")),
)
SAID = {Mode.DOWNLOAD.value: N_("Downloaded by the applicant"), **{mode.value: label for mode, label in WAYS}}


class CopyForm(KeyedForm):
    """A further copy: a file with the electronic seal, or a sheet for the physical one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["medium"] = forms.ChoiceField(
            label=gettext("What kind of copy?"),
            choices=[
                ("paper", gettext("On paper, to be printed and stamped with the physical seal")),
                ("file", gettext("A file with the electronic seal")),
            ],
            widget=forms.RadioSelect,
            initial="paper",
        )


class HandOverPaperForm(KeyedForm):
    """How a stamped paper copy left the archive."""

    def __init__(self, address: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mode"] = forms.ChoiceField(
            label=gettext("How"), choices=[(mode.value, gettext(label)) for mode, label in WAYS]
        )
        self.fields["recipient"] = forms.CharField(label=gettext("Recipient"), max_length=60)
        self.fields["signed_for"] = forms.BooleanField(
            label=gettext("Identity document seen and receipt signed"), required=False
        )
        self.fields["address"] = forms.CharField(
            label=gettext("Postal address"), required=False, max_length=300, initial=address
        )
        self.fields["tracking_number"] = forms.CharField(
            label=gettext("Tracking number"), required=False, max_length=60
        )


class RevokeForm(forms.Form):
    """First step: why."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = forms.ChoiceField(
            label=gettext("Reason"),
            choices=[("", "—"), *((reason.code, gettext(reason.label)) for reason in REASONS.values())],
        )
        self.fields["note"] = forms.CharField(
            label=gettext("Explanation for the applicant"),
            required=False,
            max_length=revoking.LONGEST_NOTE,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    def clean(self) -> dict[str, Any]:
        """`other` has to be explained."""
        found = super().clean() or {}
        if found.get("reason") == "other" and not found.get("note", "").strip():
            self.add_error("note", gettext("Explain it: the applicant reads this."))
        return found


class ConfirmForm(RevokeForm):
    """Second step: the same, and the serial number typed by hand."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("reason", "note"):
            self.fields[name].widget = forms.HiddenInput()
        self.fields["serial"] = forms.CharField(
            label=gettext("Type the serial number of the document to confirm"),
            max_length=60,
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        )


@needs(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def issued(request: ActingRequest, document: UUID) -> HttpResponse:
    """A document with its copies; what is sent orders a further copy or records that a paper copy left."""
    view = queries.document_for_archive(request.actor, Purpose.HANDLING, document)
    refused: dict[str, forms.Form] = {}
    if request.method == "POST":
        name = request.POST.get("copy") or "order"
        form = _sent(request, view, name)
        if form.is_valid() and _done(request, view, name, form):
            return redirect("issued_document", view.id)
        refused[name] = form
    return render(request, "workbench/document.html", _facts(view, refused), status=422 if refused else 200)


def _sent(request: ActingRequest, view: DocumentView, name: str) -> forms.Form:
    if name == "order":
        return CopyForm(request.POST)
    if name not in {str(copy.id) for copy in view.copies}:
        raise NotThere("web.act_unknown", N_("There is no such act."))
    return HandOverPaperForm("", request.POST, auto_id=f"id_{name[:6]}_%s")


def _done(request: ActingRequest, view: DocumentView, name: str, form: forms.Form) -> bool:
    """Carries it out; what the service finds wrong becomes an error of the form."""
    said = form.cleaned_data
    try:
        if name == "order":
            paper = said["medium"] == "paper"
            services.order_copy(request.actor, Purpose.HANDLING, view.id, paper=paper, idempotency_key=said["key"])
            messages.success(request, gettext("Ordered: it is ready in a few seconds. Load the page again."))
        else:
            services.hand_over_paper(
                request.actor,
                Purpose.HANDLING,
                UUID(name),
                mode=Mode(said["mode"]),
                recipient=said["recipient"],
                address=said["address"],
                tracking_number=said["tracking_number"],
                signed_for=said["signed_for"],
                idempotency_key=said["key"],
            )
            messages.success(request, gettext("Recorded."))
    except (BadInput, Conflict) as error:
        words = in_words(error)
        form.add_error(None, f"{words['sentence']} {words['remedy']}".strip())
        return False
    return True


def _facts(view: DocumentView, refused: dict[str, forms.Form]) -> dict[str, Any]:
    names = names_of({delivery.by for copy in view.copies for delivery in copy.deliveries})
    return {
        "section": "workbench",
        "view": view,
        "archive": directory.archives([view.archive_code]).get(view.archive_code, view.archive_code),
        "kind": KIND_LABELS[view.kind],
        "reason": REASONS[view.revocation_reason].label if view.revocation_reason in REASONS else "",
        "order": refused.get("order") or CopyForm(),
        "copies": [
            {
                "view": copy,
                "deliveries": [
                    (delivery, SAID[delivery.mode], names.get(delivery.by, "")) for delivery in copy.deliveries
                ],
                "form": refused.get(str(copy.id))
                or HandOverPaperForm(view.postal_address, auto_id=f"id_{str(copy.id)[:6]}_%s"),
                "open": str(copy.id) in refused,
            }
            for copy in view.copies
        ],
        "errors": next(iter(refused.values()), None),
    }


@needs(*revoking.MAY_REVOKE)
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: ActingRequest, document: UUID) -> HttpResponse:
    """Takes a document back in two steps: why, then the consequences and the serial number typed by hand."""
    view = queries.document_for_archive(request.actor, Purpose.HANDLING, document)
    if not view.may_revoke:
        messages.error(request, gettext("The document was revoked already, or you may not revoke it."))
        return redirect("issued_document", view.id)
    form: forms.Form = RevokeForm(request.POST or None)
    confirming = "confirm" in request.POST
    if request.method == "POST" and form.is_valid():
        form = ConfirmForm(request.POST) if confirming else ConfirmForm(initial=form.cleaned_data)
        if confirming and form.is_valid() and _revoked(request, view, form):
            messages.success(request, gettext("The document is revoked. The applicant is told."))
            return redirect("issued_document", view.id)
        confirming = True
    facts = {
        "section": "workbench",
        "view": view,
        "kind": KIND_LABELS[view.kind],
        "form": form,
        "confirming": confirming,
        "reason": REASONS[form["reason"].value()].label if confirming else "",
        "note": form["note"].value() if confirming else "",
    }
    return render(request, "workbench/revoke.html", facts, status=422 if form.errors else 200)


def _revoked(request: ActingRequest, view: DocumentView, form: forms.Form) -> bool:
    said = form.cleaned_data
    try:
        revoking.revoke(
            request.actor,
            Purpose.HANDLING,
            view.id,
            reason=said["reason"],
            note=said["note"],
            serial=said["serial"],
        )
    except (BadInput, Conflict) as error:
        words = in_words(error)
        form.add_error("serial", f"{words['sentence']} {words['remedy']}".strip())
        return False
    return True
