"""The ways to name a document: its file, its square pattern, its code."""

from django import forms
from django.utils.translation import gettext_lazy as _

from dangqiao.apps.deliverables import queries
from dangqiao.core.sealing.statement import LONGEST

LARGEST = 12 * 1024 * 1024


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


class ScanForm(forms.Form):
    """What a scanner shows of the square pattern, and the name, if it is to be compared."""

    text = forms.CharField(
        label=_("What the scanner shows"),
        max_length=LONGEST,
        help_text=_("The whole address, with the long part behind #."),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("Applicant's name as printed (may be empty)"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class CodeForm(forms.Form):
    """The code printed on the document."""

    code = forms.CharField(
        label=_("Verification code"),
        max_length=40,
        help_text=_("16 digits and letters beside the square pattern. Blanks do not matter."),
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
