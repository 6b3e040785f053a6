"""How allauth keeps phones: encrypted, found by keyed hash; and how codes are sent."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dangqiao.apps.fields import keyed_hash, now
from dangqiao.apps.identity.models import User
from dangqiao.apps.identity.phones import normalise_phone
from dangqiao.apps.ports import port
from dangqiao.core.errors import BadInput


class PhoneField(forms.CharField):
    """A mobile phone number; the cleaned value is `+86…`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile phone number"))
        kwargs.setdefault("max_length", 30)
        widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})
        super().__init__(**{"widget": widget, **kwargs})

    def clean(self, value: str) -> str:
        """Raises ValidationError where it is no phone number."""
        text = super().clean(value)
        try:
            return normalise_phone(text) if text else ""
        except BadInput as error:
            raise ValidationError(f"{gettext(error.sentence)} {gettext(error.remedy)}", code=error.code) from error


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is not typed
    """The node's account adapter."""

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        """The field with which a citizen logs in."""
        return PhoneField(**kwargs)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by a form: a citizen's account is made by the first code, staff's by an administrator."""
        return False

    def get_user_by_phone(self, phone: str) -> User | None:
        """The citizen with this phone."""
        return User.objects.filter(phone_hash=keyed_hash(phone, "phone"), is_staff_member=False, is_active=True).first()

    def get_phone(self, user: AbstractBaseUser) -> tuple[str, bool] | None:
        """The account's phone, and whether a code sent to it was entered."""
        account = cast(User, user)
        return (account.phone, account.phone_verified_at is not None) if account.phone else None

    def set_phone(self, user: AbstractBaseUser, phone: str, verified: bool) -> None:
        """Sets the phone of an account."""
        account = cast(User, user)
        account.phone, account.phone_hash = phone, keyed_hash(phone, "phone")
        account.phone_verified_at = now() if verified else None
        account.save(update_fields=["phone", "phone_hash", "phone_verified_at"])

    def set_phone_verified(self, user: AbstractBaseUser, phone: str) -> None:
        """A code sent to the phone was entered."""
        self.set_phone(user, phone, verified=True)

    def send_verification_code_sms(self, user: AbstractBaseUser, phone: str, code: str, **kwargs: Any) -> None:
        """Sends the code by the port `sms`. Raises Unavailable."""
        text = gettext("Your log-in code is {code}. It is valid for 5 minutes. Do not tell it to anybody.")
        port("sms").send(phone, text.format(code=code))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Only what went wrong: that all went well is seen from the page."""
        if message and level >= messages.WARNING:
            messages.add_message(request, level, message, extra_tags=extra_tags)
