"""What knowing a person needs from outside: a way to send a code, and an authority's register to check a name with."""

from enum import StrEnum
from typing import Protocol


class RegisterAnswer(StrEnum):
    """What an authority's register says about a name and an identity number. It never says which of the two is wrong:
    that would let anybody learn names from numbers."""

    MATCHES = "matches"
    DOES_NOT_MATCH = "does_not_match"


class Register(Protocol):
    """The port `real_name_register`: the population register, or a service in front of it (实名核验)."""

    def check(self, name: str, identity_number: str) -> RegisterAnswer:
        """Whether a living person has this name and this number. Raises Unavailable (`register.unavailable`)."""
        ...


class Sms(Protocol):
    """The port `sms`."""

    def send(self, phone: str, text: str) -> None:
        """Sends a short message. Raises Unavailable (`sms.unavailable`)."""
        ...
