"""The register that names are checked with: for a test or demonstration node, a file of invented people."""

import json
import unicodedata
from pathlib import Path

from dangqiao.core.configuration import Configuration
from dangqiao.core.errors import N_, Unavailable
from dangqiao.core.vocabulary import identity
from dangqiao.core.vocabulary.outside import RegisterAnswer

_DOTS = str.maketrans(dict.fromkeys("•・．.‧∙", "·"))


class FileRegister:
    """`register.json` in the node's folder: `[{"name": …, "identity_number": …}, …]`."""

    def __init__(self, folder: Path, configuration: Configuration) -> None:
        self._file = folder / "register.json"

    def check(self, name: str, identity_number: str) -> RegisterAnswer:
        """Whether the file has a person of this name and number.

        Raises:
            Unavailable: `register.unavailable` when the file is missing or cannot be read.
        """
        try:
            people = json.loads(self._file.read_text(encoding="utf-8"))
            known = {(_plain(row["name"]), identity.normalise(row["identity_number"])) for row in people}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unavailable(
                "register.unavailable",
                N_("The register that names are checked with does not answer."),
                N_("Try again later, or come to a counter with your identity document."),
            ) from error
        found = (_plain(name), identity.normalise(identity_number)) in known
        return RegisterAnswer.MATCHES if found else RegisterAnswer.DOES_NOT_MATCH


def _plain(name: str) -> str:
    """Without spaces, with one kind of dot between the parts of a name."""
    return "".join(unicodedata.normalize("NFKC", name).split()).translate(_DOTS)
