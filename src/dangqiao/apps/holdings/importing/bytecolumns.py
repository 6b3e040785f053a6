"""Columns of a block as bytes: how the cells of each kind of column are looked at without becoming objects."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dangqiao.apps.holdings.features import SEXES, Met, Names, place_codes
from dangqiao.apps.holdings.importing import kernels
from dangqiao.apps.holdings.importing.adding_up import summed
from dangqiao.apps.holdings.importing.cells import LONGEST, LONGEST_NAME, LONGEST_TEXT, Unfit, Value, recorder
from dangqiao.apps.holdings.importing.columns import IDENTITY_CARDS, SEPARATOR
from dangqiao.apps.holdings.importing.csvfile import LONGEST_CELL, LONGEST_LINE
from dangqiao.apps.holdings.importing.interned import Interned
from dangqiao.apps.holdings.importing.layout import Placed
from dangqiao.apps.holdings.importing.names import NameReader
from dangqiao.apps.holdings.importing.strings import Places, Strings, constant, joined, listed
from dangqiao.core.categories import FieldDefinition, FieldKind
from dangqiao.core.matching.columns import SEX_BITS, date_rows
from dangqiao.core.vocabulary.identity import PROVINCES, Sex

Mask = NDArray[np.bool_]
PRINTABLE: Mask = np.fromiter((chr(point).isprintable() for point in range(1 << 16)), np.bool_)
_PROVINCES: Mask = np.isin(np.arange(100), list(map(int, PROVINCES)))


class Cut(NamedTuple):
    """A block cut into rows.

    Attributes:
        data: its bytes, in UTF-8.
        begins, ends: of cells, by column and row; blanks around them are left out.
        rows: where each row begins, and the last one ends.
        kinds: of rows, as `kernels` names them; cells are known of ORDINARY ones only.
    """

    data: NDArray[np.uint8]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    rows: NDArray[np.int64]
    kinds: NDArray[np.uint8]


def cut(block: bytes, width: int) -> Cut | None:
    """Cuts whole rows of so many cells; None if it takes more than a glance to see where rows end."""
    data = np.frombuffer(block, np.uint8)
    most = block.count(b"\n") + block.count(b"\r") + 1
    begins, ends = np.zeros((width, most), np.int64), np.zeros((width, most), np.int64)
    rows, kinds = np.zeros(most + 1, np.int64), np.zeros(most, np.uint8)
    count = kernels.split(data, width, LONGEST_CELL, LONGEST_LINE, begins, ends, rows, kinds)
    if count < 0:
        return None
    return Cut(data, begins[:, :count], ends[:, :count], rows[: count + 1], kinds[:count])


class Numbers(NamedTuple):
    """Identity numbers taken apart: `kinds` as `kernels.read_numbers` names them, and the parts of each CARD."""

    kinds: NDArray[Any]
    areas: Places
    births: Places
    sequences: Places


class Seen:
    """A column of a block.

    Attributes:
        text: the cells; `there`: which of them are not empty.
        ids: of the texts in the column's table, if it has one.
        numbers: of a column of identity numbers.
    """

    def __init__(
        self, column: "ByteColumn", text: Strings, ids: NDArray[np.int32] | None, numbers: Numbers | None
    ) -> None:
        self.column, self.text, self.ids, self.numbers = column, text, ids, numbers
        self.there: Mask = text.lengths > 0

    def some(self, wanted: Mask) -> "Seen":
        """The same of some rows."""
        return Seen(
            self.column,
            self.text.some(wanted),
            None if self.ids is None else self.ids[wanted],
            None if self.numbers is None else Numbers._make(one[wanted] for one in self.numbers),
        )

    def said(self) -> list[Strings]:
        """As `columns.Cells.said`."""
        return [constant(self.column.said, self.there), self.text]

    def json(self) -> list[Strings]:
        """As `columns.Cells.json`."""
        column = self.column
        if self.numbers:
            return []
        if column.table is None or self.ids is None:
            return [constant(column.member + '"', self.there), self.text, constant('"', self.there)]
        found = column.table.json(self.ids)
        return [constant(column.member, found.lengths > 0), found]

    def json_there(self) -> Mask:
        """Where `json` has something."""
        table = self.column.table
        return self.there if table is None or self.ids is None else table.json(self.ids).lengths > 0

    def values(self) -> Sequence[Value]:
        """As the readers of cells give them."""
        table = self.column.table
        return listed(self.text) if table is None or self.ids is None else table.listed(self.ids)

    def value(self, row: int) -> Value:
        """One of them."""
        table = self.column.table
        if table is None or self.ids is None:
            data, begins, lengths = self.text
            return data[begins[row] : begins[row] + lengths[row]].tobytes().decode()
        return table.values[self.ids[row]]

    def rows(self) -> NDArray[Any]:
        """What arrays need of the values."""
        table, ids = self._interned()
        rows: NDArray[Any] = table.rows()[ids]
        return rows

    def names(self) -> tuple[NDArray[Any], str]:
        """As `NameReader` gives them."""
        assert self.column.names
        return self.column.names(self.text)

    def more(self) -> list[Any]:
        """What else the table remembers of the values."""
        table, ids = self._interned()
        return list(map(table.more.__getitem__, ids.tolist()))

    def one_more(self, row: int) -> Any:
        """What else the table remembers of one value."""
        table, ids = self._interned()
        return table.more[ids[row]]

    def _interned(self) -> tuple[Interned, NDArray[np.int32]]:
        assert self.column.table is not None
        assert self.ids is not None
        return self.column.table, self.ids


class ByteColumn:
    """How a column of the file is looked at.

    Args:
        table: of texts that are read; without one the text itself is the value.
        names: of names of persons.
        kinds: table of the kinds of document, and their column, beside identity numbers.
        births: whether it has birth dates: words without a year may be an age.
    """

    def __init__(
        self,
        field: FieldDefinition,
        position: int,
        table: Interned | None,
        kinds: tuple[Interned, int] | None = None,
        names: NameReader | None = None,
        *,
        births: bool = False,
    ) -> None:
        self.key, self.position, self.table, self.names = field.key, position, table, names
        self.said, self.member = f"{SEPARATOR}{field.column}{SEPARATOR}", f',"{field.key}":'
        self._required, self._kinds, self._births = field.required, kinds, births
        self._limit = LONGEST_NAME if field.kind is FieldKind.NAME else LONGEST.get(field.key, LONGEST_TEXT)
        self._numbers = field.kind is FieldKind.IDENTITY_NUMBER

    def see(self, data: NDArray[np.uint8], begins: Places, ends: Places, odd: Mask) -> Seen:
        """Looks at the column of rows given by columns; marks those that are out of the ordinary in `odd`."""
        first, last = begins[self.position], ends[self.position]
        text = Strings(data, first, last - first)
        if self._required:
            odd |= text.lengths == 0
        if self._numbers:
            if self._kinds:
                table, position = self._kinds
                ids = table(data, begins[position], ends[position])
                odd |= ~table.fit()[ids]
            return Seen(self, text, None, _numbers(data, first, last, odd))
        if self.table is None:
            kernels.check_texts(data, first, last, PRINTABLE, self._limit, odd)
            return Seen(self, text, None, None)
        ids = self.table(data, first, last)
        odd |= ~self.table.fit()[ids]
        seen = Seen(self, text, ids, None)
        if self._births:
            odd |= seen.json_there() & (seen.rows()["year"] == 0)
        return seen


def _numbers(data: NDArray[np.uint8], begins: Places, ends: Places, odd: Mask) -> Numbers:
    count = len(begins)
    found = Numbers(np.zeros(count, np.int8), *(np.zeros(count, np.int64) for _ in range(3)))
    kernels.read_numbers(data, begins, ends, _PROVINCES, *found)
    odd |= found.kinds < 0
    return found


def kind_of_document(text: str) -> str:
    """A reader of cells that name the kind of an identity document. Raises Unfit where it is no identity card."""
    if text not in IDENTITY_CARDS:
        raise Unfit("")
    return text


def _nothing(text: str) -> Value:
    """A reader of cells that are left to `columns`. Raises Unfit."""
    raise Unfit("")


class ByteColumns:
    """Makes the columns of one file. What reads alike shares a table: dates.

    Args:
        this_year: in which no date lies after it.
    """

    def __init__(self, this_year: int) -> None:
        self._this_year = this_year
        self.tables: list[Interned] = []
        self._names = NameReader()
        self._dates: dict[bool, Interned] = {}

    def column(self, placed: Placed, *, of_party: bool) -> ByteColumn:
        """How the cells of a field are looked at; see `columns.Columns.column`."""
        field, position, kind_position, age = placed
        kind, read = field.kind, recorder(field, self._this_year)
        if age:
            return ByteColumn(field, position, self._table(Interned(_nothing, _dates, _iso)))
        if kind is FieldKind.IDENTITY_NUMBER:
            kinds = (self._table(Interned(kind_of_document)), kind_position) if kind_position >= 0 else None
            return ByteColumn(field, position, None, kinds)
        if of_party and field.key == "name":
            return ByteColumn(field, position, None, names=self._names)
        if kind in (FieldKind.TEXT, FieldKind.NAME):
            return ByteColumn(field, position, None)
        if kind is FieldKind.DATE:
            born = field.key == "birth_date"
            self._dates[born] = self._dates.get(born) or self._table(Interned(read, _dates, _iso))
            return ByteColumn(field, position, self._dates[born], births=of_party)
        rows = {FieldKind.YEAR: _years, FieldKind.CODE: _sexes}.get(kind)
        more = _codes if kind is FieldKind.PLACE else None
        return ByteColumn(field, position, self._table(Interned(read, rows, more, LONGEST_TEXT if more else 0)))

    def _table(self, table: Interned) -> Interned:
        self.tables.append(table)
        return table


def _dates(values: Sequence[Value]) -> NDArray[Any]:
    return date_rows([value or "" for value in values])


def _iso(value: Value) -> str:
    return (value or "").partition("/")[0]


def _years(values: Sequence[Value]) -> NDArray[Any]:
    return np.array([value or 0 for value in values], np.int64)


def _sexes(values: Sequence[Value]) -> NDArray[Any]:
    return np.array([SEX_BITS[SEXES.get(value, Sex.UNKNOWN)] for value in values], np.uint32)


def _codes(value: Value) -> tuple[str, ...]:
    return place_codes(value or "")


def warm() -> None:
    """Goes once through everything that is compiled."""
    found = cut("甲,310115196201020015,一\n".encode(), 3)
    assert found
    rows = np.flatnonzero(found.kinds == kernels.ORDINARY)
    begins, ends = found.begins.take(rows, axis=1), found.ends.take(rows, axis=1)
    odd = np.zeros(len(rows), np.bool_)
    table = Interned(str)
    table.begin()
    table(found.data, begins[0], ends[0])
    kernels.move(table._hashes, table._slots, table._hashes, table._slots)
    kernels.check_texts(found.data, begins[2], ends[2], PRINTABLE, 1, odd)
    _numbers(found.data, begins[1], ends[1], odd)
    _rows, folded = NameReader()(Strings(found.data, begins[0], ends[0] - begins[0]))
    summed(Names({0: Met(folded, Counter(), {}).json()}))
    texts = Strings(found.data, begins[0], ends[0] - begins[0])
    listed(joined([texts, constant("甲", ~odd), table.json(np.zeros(1, np.int32))], 1))
