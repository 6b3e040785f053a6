"""Phone numbers as people type them, in one form."""

import re
import unicodedata

from dangqiao.core.errors import N_, BadInput

_IGNORED = re.compile(r"[\s().\-‐-―]")
_MAINLAND = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_ABROAD = re.compile(r"\+(?!86)[1-9]\d{6,14}")


def normalise_phone(text: str) -> str:
    """`+86…` for a mainland mobile number however it is typed, `+…` for one abroad (ITU-T E.164).

    Raises:
        BadInput: `identity.phone_unreadable`.
    """
    plain = _IGNORED.sub("", unicodedata.normalize("NFKC", text))
    if match := _MAINLAND.fullmatch(plain):
        return f"+86{match[1]}"
    if _ABROAD.fullmatch(plain):
        return plain
    raise BadInput(
        "identity.phone_unreadable",
        N_("This is not a mobile phone number."),
        N_("Enter the 11 digits, or + and the country code for a number abroad."),
    )


def mask_phone(phone: str) -> str:
    """`138****5678`: for screens."""
    local = phone.removeprefix("+86")
    return f"{local[:3]}****{local[-4:]}" if len(local) > 7 else "****"
