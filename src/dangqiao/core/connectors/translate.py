"""From the platform's words to ours and back: a record becomes a row of the category's catalogue file, a question
becomes the platform's parameters. Pure; what the row then says is judged by the import's own readers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dangqiao.core import categories
from dangqiao.core.categories import FieldKind
from dangqiao.core.connectors.contract import Question, Record
from dangqiao.core.connectors.mapping import Mapping, Rule, places
from dangqiao.core.vocabulary.dates import PartialDate

_TOKENS = {"YYYY": r"(?P<year>\d{4})", "MM": r"(?P<month>\d{1,2})", "DD": r"(?P<day>\d{1,2})"}


@dataclass(frozen=True, slots=True)
class Translated:
    """A record in our words.

    Attributes:
        id: the platform's number of it; empty if it has none (then it is rejected).
        cells: by column of the catalogue; what is not known is absent.
        problems: (code, column) of what could not be translated; with any, the record is rejected.
    """

    id: str
    archive: str
    deleted: bool
    cells: dict[str, str]
    problems: tuple[tuple[str, str], ...] = field(default=())


class Translator:
    """Translates the records of one mapping file."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._unknown = frozenset(mapping.record.unknown)
        self._forms = [re.compile(_pattern(form)) for form in mapping.record.dates]
        fields = categories.get(mapping.connector.category).all_fields()
        self._dates = {field.column for field in fields if field.kind is FieldKind.DATE}

    def __call__(self, record: Record) -> Translated:
        """One record as a row."""
        rules = self._mapping.record
        said = {name: text.strip() for name, text in record.values.items()}
        problems: list[tuple[str, str]] = []
        cells: dict[str, str] = {}
        number = record.id or said.get(rules.id, "")
        archive = self._mapping.connector.archive
        where = archive if isinstance(archive, str) else self._text(archive, said, "archive", problems)
        deleted = record.deleted or (bool(rules.deleted) and said.get(rules.deleted, "") in rules.deleted_values)
        for column, rule in self._mapping.fields.items():
            if text := self._text(rule, said, column, problems):
                cells[column] = text
        if deleted:
            problems = []  # of a record that goes nothing but its name is needed
        elif not where:
            problems.append(("connector.archive_unknown", "archive"))
        if not number:
            problems.append(("connector.no_id", rules.id))
        return Translated(number, where, deleted, cells, tuple(dict.fromkeys(problems)))

    def _text(self, rule: Rule, said: dict[str, str], column: str, problems: list[tuple[str, str]]) -> str:
        if rule.value:
            return rule.value
        parts = [text for name in rule.sources if (text := said.get(name, "")) and text not in self._unknown]
        if not parts or (rule.fields and len(parts) < len(rule.fields)):
            return ""
        text = rule.join.join(parts)
        if not rule.codes:
            return self._date(text) if column in self._dates else text
        table = self._mapping.codes[rule.codes]
        if text not in table:
            problems.append(("connector.code_unknown", column))
            return ""
        return table[text]

    def _date(self, text: str) -> str:
        """A date in one of the file's own forms as ISO, zeros for what is not known; any other text unchanged."""
        for form in self._forms:
            if found := form.fullmatch(text):
                parts = {"month": "00", "day": "00"} | found.groupdict()
                return f"{parts['year']}-{int(parts['month']):02d}-{int(parts['day']):02d}"
        return text


def _pattern(form: str) -> str:
    pattern = re.escape(form)
    for token, expression in _TOKENS.items():
        pattern = pattern.replace(token, expression, 1)
    return pattern + r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"


def asked(mapping: Mapping, question: Question) -> Iterator[dict[str, str]]:
    """The sets of parameters with which the platform is asked: those of which every place is known, each once."""
    known = _known(question, mapping.record.dates)
    seen: set[tuple[tuple[str, str], ...]] = set()
    for parameters in mapping.search:
        needed = {place for text in parameters.values() for place in places(text)}
        if not all(known[place] for place in needed):
            continue
        filled = {name: text.format(**known) for name, text in parameters.items()}
        key = tuple(filled.items())
        if key not in seen:
            seen.add(key)
            yield filled


def _known(question: Question, forms: tuple[str, ...]) -> dict[str, str]:
    year = question.event_year or question.event_date.year
    said = {
        "name": question.name,
        "identity_number": question.identity_number,
        "birth_date": _day(question.birth, forms),
        "birth_year": str(question.birth.year or ""),
        "event_date": _day(question.event_date, forms),
        "event_year": str(year or ""),
        "other": question.others[0] if question.others else "",
        "place": question.place,
        "archive": question.archive,
    }
    return {place: _harmless(text) for place, text in said.items()}


def _harmless(text: str) -> str:
    """Without what no name has and some platform may take for more than text: control characters, and the asterisk that
    ends a beginning in a `[[search]]`."""
    return "".join(character for character in text if character.isprintable() and character != "*").strip()


def _day(when: PartialDate, forms: tuple[str, ...]) -> str:
    """A whole date in the platform's first form, ISO without one; a partial date asks for nothing."""
    if when.year is None or when.month is None or when.day is None:
        return ""
    if not forms:
        return when.iso()
    text = forms[0].replace("YYYY", f"{when.year:04d}").replace("MM", f"{when.month:02d}")
    return text.replace("DD", f"{when.day:02d}")
