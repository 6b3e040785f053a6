"""Canonical JSON (RFC 8785): one value, one sequence of bytes, so that two programs compute the same digest.

Fractions are refused: how they are written is where implementations of RFC 8785 differ most, and nothing here needs
them. The tempting misreading: keys are sorted by UTF-16 code units, not by code points.
"""

import json
from typing import Any

DEEPEST = 16


class TooDeep(ValueError):
    """Objects and lists lie deeper inside one another than is allowed."""


def canonical_bytes(value: Any, deepest: int = DEEPEST) -> bytes:
    """The canonical form of `value` in UTF-8.

    Raises TooDeep, and ValueError for what is not text, a whole number below 2^53, true, false, null, a list or an
    object with text as keys.
    """
    plain = _plain(value, deepest)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def read_json(raw: bytes, *, deepest: int = DEEPEST) -> Any:
    """The value in `raw`. Raises TooDeep, and ValueError for what is not JSON in UTF-8 or names a key twice."""
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise TooDeep("too deep") from None
    _plain(value, deepest)
    return value


def _plain(value: Any, deepest: int) -> Any:
    """`value` with keys in canonical order."""
    if isinstance(value, str):
        if not value.isascii():
            value.encode()  # a lone surrogate is no text: UnicodeEncodeError is a ValueError
        return value if type(value) is str else str(value)
    if isinstance(value, dict | list | tuple):
        if deepest == 0:
            raise TooDeep("too deep")
        if not isinstance(value, dict):
            return [_plain(item, deepest - 1) for item in value]
        return {key: _plain(value[key], deepest - 1) for key in _in_order(value)}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return int(value)
    raise ValueError(f"a value of type {type(value).__name__} has no canonical form")


def _in_order(keys: dict[Any, Any]) -> list[str]:
    """Keys by UTF-16 code units; among ASCII letters that is how Python sorts text."""
    try:
        ascii_only = "".join(keys).isascii()
    except TypeError:
        raise ValueError("a key is not text") from None
    if ascii_only:
        return sorted(keys)
    return sorted(keys, key=lambda key: key.encode("utf-16-be", "surrogatepass"))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
