"""What an import does with every byte: compiled (numba), on arrays. Nothing here judges a row: a kernel says which rows
are out of the ordinary, and those are read by the same functions as ever (`csvfile`, `cells`, `columns`).

Texts are UTF-8 in a buffer of bytes; a cell is the place where it begins and the one where it ends.
"""

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np

# Places are unsigned where bytes are copied: a signed one may count from the end, and then nothing is done at once.
compiled = cast(Callable[[Callable[..., Any]], Any], numba.njit(cache=True, nogil=True))

ORDINARY, ODD, BLANK = 0, 1, 2
"""Kinds of rows: as most are · to be read with care · a blank line."""
FREE, CARD, OTHER = 0, 1, 2
"""Kinds of identity numbers: none · well formed (GB 11643-1999) · anything else of 15 or 18 characters."""
_COMMA, _QUOTE, _BACKSLASH, _CR, _LF, _SPACE, _DELETE = 0x2C, 0x22, 0x5C, 0x0D, 0x0A, 0x20, 0x7F
_HASH, _APOSTROPHE, _ZERO, _NINE, _X = 0x23, 0x27, 0x30, 0x39, 0x58


@compiled
def split(
    data: Any, width: int, longest_cell: int, longest_row: int, begins: Any, ends: Any, rows: Any, kinds: Any
) -> Any:
    """Cuts CSV (RFC 4180) into cells without the blanks around them.

    Args:
        begins, ends: of cells, by column and row; of ordinary rows only. `rows`: where each row begins, and the last
            one ends.

    Returns:
        How many rows; -1 if quotation marks do not close as they should or something is longer than it may be.
    """
    size = len(data)
    at = row = 0
    while at < size:
        start = at
        rows[row] = at
        column = 0
        odd = False
        while True:
            begin = at
            if at < size and data[at] == _QUOTE:
                odd = True
                at += 1
                while True:
                    while at < size and data[at] != _QUOTE:
                        at += 1
                    if at >= size:
                        return -1
                    at += 1
                    if at >= size or data[at] != _QUOTE:
                        break
                    at += 1
                if at < size and data[at] != _COMMA and data[at] != _CR and data[at] != _LF:
                    return -1
            else:
                while at < size:
                    byte = data[at]
                    if byte in (_COMMA, _LF, _CR):
                        break
                    if (
                        byte < _SPACE
                        or byte in (_QUOTE, _HASH, _DELETE)
                        or (byte == _APOSTROPHE and at == begin)
                        or (byte in (0xC2, 0xE2) and _odd_blank(data, at, size))
                    ):
                        odd = True
                    elif byte >= 0xEE and (byte == 0xEE or byte > 0xEF or (at + 1 < size and data[at + 1] < 0xA4)):
                        odd = True  # the private use area, or beyond the basic plane
                    at += 1
            if at - begin > longest_cell:
                return -1
            if column < width:
                end = at
                while begin < end:
                    if data[begin] == _SPACE:
                        begin += 1
                    elif end - begin > 2 and _wide_blank(data, begin):
                        begin += 3
                    elif data[end - 1] == _SPACE:
                        end -= 1
                    elif end - begin > 2 and _wide_blank(data, end - 3):
                        end -= 3
                    else:
                        break
                begins[column, row] = begin
                ends[column, row] = end
            column += 1
            if at < size and data[at] == _COMMA:
                at += 1
                continue
            break
        blank = at == start
        if at < size and data[at] == _CR:
            at += 1
            if at < size and data[at] == _LF:
                at += 1
        elif at < size:
            at += 1
        if at - start >= longest_row:
            return -1
        kinds[row] = BLANK if blank else ODD if odd or column != width else ORDINARY
        row += 1
    rows[row] = at
    return row


@compiled
def _wide_blank(data: Any, at: int) -> Any:
    """U+3000 or U+FEFF."""
    return (data[at] == 0xE3 and data[at + 1] == 0x80 and data[at + 2] == 0x80) or (
        data[at] == 0xEF and data[at + 1] == 0xBB and data[at + 2] == 0xBF
    )


@compiled
def _odd_blank(data: Any, at: int, size: int) -> Any:
    """U+00A0, U+2000 to U+200F or U+2060: spaces of other widths and of none, marks of direction."""
    if data[at] == 0xC2:
        return at + 1 < size and data[at + 1] == 0xA0
    if at + 2 >= size:
        return False
    if data[at + 1] == 0x80:
        return data[at + 2] < 0x90
    return data[at + 1] == 0x81 and data[at + 2] == 0xA0


@compiled
def check_texts(data: Any, begins: Any, ends: Any, printable: Any, limit: int, odd_rows: Any) -> Any:
    """Marks the rows whose cell is too long, or has a character that cannot be printed or that JSON writes otherwise.

    Args:
        printable: of each character of the basic plane.
        limit: characters.
    """
    for row in range(len(begins)):
        at, end = begins[row], ends[row]
        odd = False
        count = 0
        while at < end:
            byte = data[at]
            if byte < 0x80:
                odd |= byte in (_QUOTE, _BACKSLASH) or not printable[byte]
                at += 1
            elif byte < 0xE0:
                odd |= at + 1 >= end or not printable[(byte & 0x1F) << 6 | data[at + 1] & 0x3F]
                at += 2
            elif byte < 0xF0 and at + 2 < end:
                odd |= not printable[(byte & 0x0F) << 12 | (data[at + 1] & 0x3F) << 6 | data[at + 2] & 0x3F]
                at += 3
            else:
                odd = True
                at += 4
            count += 1
        if odd or count > limit:
            odd_rows[row] = True


@compiled
def intern(
    data: Any, begins: Any, ends: Any, hashes: Any, slots: Any, arena: Any, places: Any, count: int, ids: Any
) -> Any:
    """Numbers distinct texts; the empty one is 0.

    Args:
        hashes, slots: a table with open addresses, twice as long as there can be texts; -1 is a free slot.
        arena, places: the texts one after another, and where each begins and the last one ends.
        count: how many texts are known.
        ids: the number of each cell's text.

    Returns:
        How many texts are known now.
    """
    last = len(slots) - 1
    for row in range(len(begins)):
        begin, end = np.uint64(begins[row]), np.uint64(ends[row])
        if begin == end:
            ids[row] = 0
            continue
        value = np.uint64(0xCBF29CE484222325)
        for at in range(begin, end):
            value = (value ^ np.uint64(data[at])) * np.uint64(0x100000001B3)
        value ^= value >> np.uint64(29)
        slot = np.int64(value & np.uint64(last))
        while True:
            known = slots[slot]
            if known < 0:
                place = np.uint64(places[count])
                for offset in range(end - begin):
                    arena[place + offset] = data[begin + offset]
                places[count + 1] = places[count] + np.int64(end - begin)
                hashes[slot] = value
                slots[slot] = known = count
                count += 1
                break
            if hashes[slot] == value and places[known + 1] - places[known] == np.int64(end - begin):
                place = np.uint64(places[known])
                same = True
                for offset in range(end - begin):
                    if arena[place + offset] != data[begin + offset]:
                        same = False
                        break
                if same:
                    break
            slot = (slot + 1) & last
        ids[row] = known
    return count


@compiled
def move(hashes: Any, slots: Any, new_hashes: Any, new_slots: Any) -> Any:
    """Fills a longer table of `intern`."""
    last = len(new_slots) - 1
    for old in range(len(slots)):
        if slots[old] >= 0:
            slot = np.int64(hashes[old] & np.uint64(last))
            while new_slots[slot] >= 0:
                slot = (slot + 1) & last
            new_slots[slot], new_hashes[slot] = slots[old], hashes[old]


@compiled
def append(source: Any, begins: Any, lengths: Any, out: Any, at: Any) -> Any:
    """Copies a text for each row to where `at` stands in `out`, and moves it on."""
    for row in range(len(at)):
        begin, place, length = np.uint64(begins[row]), np.uint64(at[row]), np.uint64(lengths[row])
        for offset in range(length):
            out[place + offset] = source[begin + offset]
        at[row] = place + length


@compiled
def read_numbers(
    data: Any, begins: Any, ends: Any, provinces: Any, kinds: Any, areas: Any, births: Any, sequences: Any
) -> Any:
    """Takes identity numbers apart: GB 11643-1999, and of 15 digits GB 11643-1989; see `vocabulary.identity`.

    Args:
        provinces: whether the first two digits, as a number, name a province.
        kinds: FREE, CARD or OTHER, or -1 where the text is none that is written as it should be.
        areas, births, sequences: the parts as numbers, of those that are CARD.
    """
    for row in range(len(begins)):
        at, length = begins[row], ends[row] - begins[row]
        kinds[row] = FREE
        if length == 0:
            continue
        usual = length in (15, 18) and data[at] != _ZERO
        if usual:
            for place in range(length):
                byte = data[at + place]
                usual &= _ZERO <= byte <= _NINE or (place == 17 and byte == _X)
        if not usual:
            kinds[row] = -1
            continue
        area, birth, sequence = 0, 0, 0
        for place in range(6):
            area = area * 10 + data[at + place] - _ZERO
        digits = 8 if length == 18 else 6
        for place in range(6, 6 + digits):
            birth = birth * 10 + data[at + place] - _ZERO
        for place in range(6 + digits, 9 + digits):
            sequence = sequence * 10 + data[at + place] - _ZERO
        kinds[row] = OTHER
        if length == 18 and not _checks(data, at) and _ends_in_noughts(data, ends[row]):
            kinds[row] = -1  # perhaps a spreadsheet's
            continue
        if length == 15:
            birth += 18000000 if sequence >= 996 else 19000000
        elif not _checks(data, at):
            continue
        if provinces[area // 10000] and _is_day(birth // 10000, birth // 100 % 100, birth % 100):
            kinds[row] = CARD
            areas[row], births[row], sequences[row] = area, birth, sequence


@compiled
def _ends_in_noughts(data: Any, end: int) -> Any:
    return data[end - 1] == _ZERO and data[end - 2] == _ZERO and data[end - 3] == _ZERO


@compiled
def _checks(data: Any, at: int) -> Any:
    """ISO 7064 MOD 11-2: the weight of a place is 2 to the power of its distance from the end."""
    total = 0
    for place in range(17):
        total = (total + data[at + place] - _ZERO) * 2 % 11
    check = (12 - total) % 11
    said = 10 if data[at + 17] == _X else data[at + 17] - _ZERO
    return check == said


@compiled
def _is_day(year: int, month: int, day: int) -> Any:
    """As `identity.born_on` has it."""
    if year < 1800 or year > 2199 or month < 1 or month > 12 or day < 1:
        return False
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return day <= (29 if leap else 28)
    return day <= (30 if month in (4, 6, 9, 11) else 31)
