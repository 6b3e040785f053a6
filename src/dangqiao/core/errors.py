"""One tree of errors. Each has a stable code, an English sentence (a msgid) and what to do next.

    DangqiaoError
    ├── BadInput            the caller's data is wrong; saying it again will not help           (HTTP 422)
    │   ├── Malformed       it cannot be read at all                                            (400)
    │   └── ImportRefused   a file of catalogue entries cannot be taken in
    ├── Refused             it is understood and the answer is no, with a reason                (403)
    │   └── NotEntitled     this applicant may not have this record
    ├── NotThere            what is named does not exist, or may not be seen                    (404)
    ├── Conflict            the state has moved on, or another did it first                     (409)
    ├── Unavailable         a part that is needed does not answer now; try again                (503)
    │   └── PeerUnavailable another node does not answer
    ├── Untrusted           a signature, a directory or a certificate is not to be believed     (403)
    └── Misconfigured       the operator must change something                                  (500)

A code is `room.what_is_wrong` in lower case; it is never renamed. Code that raises gives the code, and may give facts
that the sentence names in braces: `raise BadInput("import.column_missing", N_("The column {column} is missing."),
column="档号")`. Facts never hold personal data: errors are logged. Only the web room turns errors into HTTP.
"""

from typing import Any


def N_(message: str) -> str:
    """Marks a sentence for the translators and returns it unchanged."""
    return message


class DangqiaoError(Exception):
    """The root. `code` is stable; `sentence` and `remedy` are English msgids with `{fact}` places.

    Args:
        code: `room.what_is_wrong`, stable for ever.
        sentence: what happened, in one plain sentence.
        remedy: what the reader can do next; may be empty.
        facts: values for the places in both.
    """

    http_status = 500

    def __init__(self, code: str, sentence: str, remedy: str = "", **facts: Any) -> None:
        super().__init__(code, sentence, remedy, facts)
        self.code, self.sentence, self.remedy, self.facts = code, sentence, remedy, facts

    def __str__(self) -> str:
        text = self.sentence.format(**self.facts)
        if self.remedy:
            text = f"{text} {self.remedy.format(**self.facts)}"
        return f"{text} [{self.code}]"


class BadInput(DangqiaoError):
    """The caller's data is wrong."""

    http_status = 422


class Malformed(BadInput):
    """The data cannot be read at all."""

    http_status = 400


class ImportRefused(BadInput):
    """A file of catalogue entries cannot be taken in as a whole."""


class Refused(DangqiaoError):
    """Understood, and the answer is no."""

    http_status = 403


class NotEntitled(Refused):
    """This applicant may not have this record."""


class NotThere(DangqiaoError):
    """What is named does not exist, or this reader may not know that it does."""

    http_status = 404


class Conflict(DangqiaoError):
    """The state has moved on, or somebody else did it first."""

    http_status = 409


class Unavailable(DangqiaoError):
    """A needed part does not answer now. The same call may succeed later."""

    http_status = 503


class PeerUnavailable(Unavailable):
    """Another node does not answer."""


class Untrusted(DangqiaoError):
    """A signature, a directory or a certificate is not to be believed."""

    http_status = 403


class Misconfigured(DangqiaoError):
    """The operator must change something."""
