"""What can be wrong with one row. It is written to a report; the file goes on. Some reject nothing and want a look."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from dangqiao.core.errors import N_

SENTENCES: dict[str, str] = {
    "import.quotes": N_("The quotation marks of this row do not close, or a cell is longer than {limit} characters."),
    "import.line_too_long": N_("The row is longer than {limit} characters."),
    "import.cell_count": N_("The row has {found} cells, the header has {expected}."),
    "import.control_character": N_("The cell contains a character that cannot be printed (code {code_point})."),
    "import.formula_cell": N_("The cell holds a formula, not a value."),
    "import.damaged_text": N_(
        "The text of the cell was cut off in the middle of a character, or is in another encoding."
    ),
    "import.damaged_cell": N_("The cell does not hold what its field should hold."),
    "import.required": N_("The cell must not be empty."),
    # Two that reject nothing; what they mean for the whole file is said at its end.
    "import.not_named": N_("Nobody is named here. The row was taken in by the other name."),
    "import.spoilt": N_("A spreadsheet has rounded this number, or left an error: it was taken in as illegible."),
    "import.too_long": N_("The cell has {found} characters; {limit} are allowed."),
    "import.not_a_number": N_("This is not a whole number between {least} and {most}."),
    "import.code_unknown": N_("This word is not in the list: {allowed}."),
    "import.identity_number_length": N_("An identity number has 15 or 18 characters; this one has {found}."),
    "import.identity_number_characters": N_("An identity number consists of digits; only the last of 18 may be X."),
    "import.date_in_future": N_("The date lies in the future."),
    "date.unreadable": N_("This is not a date that can be read."),
    "date.impossible": N_("No calendar has this date."),
    "import.conflict": N_(
        "An entry with this reference code and item number exists with other content, in the catalogue or in this file."
    ),
}
"""Code -> sentence. Codes are stable; a report may be read by a program."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a row. `facts` never hold what the cell said: the report has the row."""

    code: str
    column: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return gettext(SENTENCES[self.code]).format(**self.facts)
