"""Compiling: one doorway to numba, whose code is kept on disk and loaded by the next process.

What is kept lies in a folder named by the sources, because numba asks only for the age of the file that a function is
in, not of those that it was compiled from.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numba

from dangqiao.core import matching

_SOURCES = (Path(__file__).parent, Path(matching.__file__).parent)


def _folder() -> Path:
    digest = sha256()
    for path in sorted(path for folder in _SOURCES for path in folder.glob("*.py")):
        digest.update(path.read_bytes())
    beside = Path(__file__).parent / "__pycache__"
    beside.mkdir(exist_ok=True) if os.access(beside.parent, os.W_OK) else None
    home = beside if os.access(beside, os.W_OK) else Path.home() / ".cache" / "dangqiao"
    return home / f"compiled-{digest.hexdigest()[:16]}"


if not os.environ.get("NUMBA_CACHE_DIR"):
    vars(numba.config)["CACHE_DIR"] = str(_folder())

compiled = cast(Callable[[Callable[..., Any]], Any], numba.njit(cache=True, nogil=True, error_model="numpy"))
"""Compiles at the first call with types not seen before. Does not hold the interpreter's lock while it runs."""
