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
from numba.core import cgutils, types
from numba.extending import intrinsic

from dangqiao.core.matching import candidates, needle, packed

_SOURCES = (*Path(__file__).parent.glob("*.py"), *(Path(one.__file__ or "") for one in (candidates, needle, packed)))
_CODE: Any = cgutils
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

compiled: Callable[[Callable[..., Any]], Any] = cast(Any, numba.njit)(
    cache=True, nogil=True, error_model="numpy", forceinline=True, _nrt=False
)
"""Compiles at the first call with types not seen before. Does not hold the interpreter's lock while it runs. Functions
become one piece with what calls them, and nobody counts the users of arrays (`_nrt`): the caller keeps them, and what
is compiled here makes none. That counting took four fifths of the time."""


def _prefetch(_context: Any, array: Any, row: Any) -> Any:
    """Asks for the line of memory where a row of an array begins, and waits for nothing: what is wanted from many
    places at once then comes at once."""
    ir = _CODE.ir

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kind = signature.args[0]
        own = context.make_array(kind)(context, builder, given[0])
        begin = [given[1], *[ir.Constant(ir.IntType(64), 0)] * (kind.ndim - 1)]
        place = _CODE.get_item_pointer(context, builder, kind, own, begin)
        place = builder.bitcast(place, ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        ask = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        reading, for_long, data = (ir.Constant(number, one) for one in (0, 3, 1))
        builder.call(
            builder.module.declare_intrinsic("llvm.prefetch", [place.type], ask), [place, reading, for_long, data]
        )
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


prefetch = cast(Callable[[Any, Any], None], intrinsic(_prefetch))
"""For compiled functions: `prefetch(array, row)`."""
