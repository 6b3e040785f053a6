"""Compiling: one doorway to numba, whose code is kept on disk and loaded by the next process.

What is kept lies in a folder named by what it was compiled from, because numba asks only for the age of the file that a
function is in.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numba

from dangqiao.core.matching import candidates, needle, packed

_SOURCES = (*Path(__file__).parent.glob("*.py"), *(Path(one.__file__ or "") for one in (candidates, needle, packed)))
_LEVELS = (needle.STEPS, needle.DATES, needle.IDS, needle.PLACES)


def _folder() -> Path:
    digest = sha256()
    for path in sorted(_SOURCES):
        digest.update(path.read_bytes())
    digest.update(repr([list(map(str, levels)) for levels in _LEVELS]).encode())
    beside = Path(__file__).parent / "__pycache__"
    beside.mkdir(exist_ok=True) if os.access(beside.parent, os.W_OK) else None
    home = beside if os.access(beside, os.W_OK) else Path.home() / ".cache" / "dangqiao"
    return home / f"compiled-{digest.hexdigest()[:16]}"


if not os.environ.get("NUMBA_CACHE_DIR"):
    vars(numba.config)["CACHE_DIR"] = str(_folder())

compiled = cast(
    Callable[[Callable[..., Any]], Any], numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
)
"""Compiles at the first call with types not seen before. Does not hold the interpreter's lock while it runs. Functions
become one piece with what calls them: at every call between them the arrays' users would be counted."""
