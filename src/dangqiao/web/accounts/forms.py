"""Forms for logging in and for the real-name check."""

from typing import Any, cast

from allauth.account.forms import LoginForm, RequestLoginCodeForm
from django import forms
from django.contrib.auth.forms import UsernameField
from django.utils.translation import gettext_lazy as _

from dangqiao.apps.identity.services import citizen_by_phone
from dangqiao.core.vocabulary import identity


class PhoneForm(RequestLoginCodeForm):  # type: ignore[misc]  # allauth is not typed
    """Asks for a phone. A code is sent whether the phone is known or not."""

    def clean_phone(self) -> str:
        """The phone, after limits were checked; its account is made if there is none."""
        phone = cast(str, super().clean_phone())
        if phone:
            account = citizen_by_phone(phone)
            self._user = account if account.is_active and not account.is_staff_member else None
        return phone


class StaffForm(LoginForm):  # type: ignore[misc]
    """Username and password of a member of staff."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = UsernameField(
            label=_("Account name"), widget=forms.TextInput(attrs={"autocomplete": "username"})
        )
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.order_fields(["login", "password"])

    def user_credentials(self) -> dict[str, str]:
        """Only the account name: citizens have no password."""
        return {"username": self.cleaned_data["login"], "password": self.cleaned_data["password"]}


class RealNameForm(forms.Form):
    """Name and identity number as on the identity card."""

    name = forms.CharField(
        label=_("Name as on the identity card"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    identity_number = forms.CharField(
        label=_("Identity number"),
        max_length=30,
        help_text=_("18 characters; the last may be X."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def clean_identity_number(self) -> str:
        """The number in its 18-character form."""
        text = str(self.cleaned_data["identity_number"])
        if not identity.check(text).valid:
            raise forms.ValidationError(
                _("This is not a valid identity number. Compare it with your card."), code="identity.number_invalid"
            )
        return identity.upgrade(text)
