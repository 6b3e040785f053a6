"""What can be done with one's own request: bring what was asked for, or take it back."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext

from dangqiao.apps.lookups.forms import MaterialShown, SupplementForm
from dangqiao.core.vocabulary.entitlement import ACCEPTED_FOR, MATERIAL_LABELS, Material
from dangqiao.web.applying.forms import translated, upload_problem, uploaded


def new_key() -> str:
    """An idempotency key for a form: born when the page is shown."""
    return uuid4().hex


class KeyedForm(forms.Form):
    """A form whose second click changes nothing."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("key", new_key())
        super().__init__(*args, **kwargs)


class SupplementPage(KeyedForm):
    """What the archive asked for (补正): files, or originals that the clerk saw, and words."""

    def __init__(self, asked: Iterable[str], in_person: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = [Material(kind) for kind in asked if kind in tuple(Material)]
        for material in self.asked:
            label = gettext(MATERIAL_LABELS[material])
            accepted = [each for each in Material if each in ACCEPTED_FOR.get(material, frozenset({material}))]
            if len(accepted) > 1:
                accepted.sort(key=lambda each: each is not material)
                self.fields[f"{material}-kind"] = forms.ChoiceField(
                    label=gettext("{material}: which?").format(material=label),
                    choices=translated(MATERIAL_LABELS, accepted),
                    required=False,
                )
            if in_person:
                self.fields[f"{material}-seen"] = forms.BooleanField(
                    label=gettext("Original seen: {material}").format(material=label), required=False
                )
            self.fields[f"{material}-file"] = forms.FileField(
                label=label,
                required=False,
                help_text=gettext("PDF, JPEG or PNG, at most 10 MB."),
                widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
            )
        self.fields["note"] = forms.CharField(
            label=gettext("Your answer in words"),
            required=False,
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 4}),
        )

    def clean(self) -> dict[str, Any]:
        """Something must be brought; files must be readable."""
        found = super().clean() or {}
        for material in self.asked:
            file = found.get(f"{material}-file")
            if file and (problem := upload_problem(file)):
                self.add_error(f"{material}-file", problem)
        brought = any(value for name, value in found.items() if name.endswith(("-file", "-seen")))
        if not self.errors and not brought and not found.get("note", "").strip():
            raise forms.ValidationError(gettext("Add a file or write an answer."), code="lookups.supplement_empty")
        return found

    def supplement(self) -> SupplementForm:
        """As the service takes it."""
        shown = []
        for material in self.asked:
            kind = self.cleaned_data.get(f"{material}-kind") or material.value
            if file := self.cleaned_data.get(f"{material}-file"):
                shown.append(uploaded(kind, file))
            elif self.cleaned_data.get(f"{material}-seen"):
                shown.append(MaterialShown(kind))
        return SupplementForm(tuple(shown), note=self.cleaned_data["note"].strip())


class WithdrawalForm(KeyedForm):
    """Takes a request back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = forms.CharField(
            label=gettext("Why (may be empty)"), required=False, max_length=300, widget=forms.TextInput()
        )


class OneMoreForm(KeyedForm):
    """A further copy is ordered at the counter."""

    document = forms.UUIDField(widget=forms.HiddenInput)


class HandOverForm(KeyedForm):
    """A document is given out at the counter."""

    document = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["recipient"] = forms.CharField(label=gettext("Collected by"), max_length=60)
        self.fields["signed_for"] = forms.BooleanField(
            label=gettext("Identity document seen and receipt signed"), required=True
        )
