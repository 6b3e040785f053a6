"""Columns of values that need no object for each: between processes and into the database they go as they are."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import repeat
from typing import Any, overload

SEPARATOR = "\x1e"
"""Between texts that travel together; no text that can be printed has it."""


class Texts(Sequence[str]):
    """Texts that become objects where they are first asked for.

    Args:
        together: the texts in UTF-8, SEPARATOR behind each.
    """

    def __init__(self, together: bytes) -> None:
        self.together = together

    def __reduce__(self) -> tuple[type["Texts"], tuple[bytes]]:
        return Texts, (self.together,)

    def encoded(self) -> list[bytes]:
        """Each in UTF-8."""
        return self.together.split(SEPARATOR.encode())[:-1]

    @cached_property
    def _texts(self) -> list[str]:
        return self.together.decode().split(SEPARATOR)[:-1]

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        return self._texts[place]


class Same(Sequence[Any]):
    """The same value so many times."""

    def __init__(self, value: Any, count: int) -> None:
        self.value, self._count = value, count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        return repeat(self.value, self._count)

    @overload
    def __getitem__(self, place: int) -> Any: ...

    @overload
    def __getitem__(self, place: slice) -> "Same": ...

    def __getitem__(self, place: int | slice) -> Any:
        return Same(self.value, len(range(self._count)[place])) if isinstance(place, slice) else self.value
