"""The catalogue's index. Whoever writes entries says so here, in the same transaction; `search` asks it.

with transaction.atomic():              # under the archive's lock
    …                                   # entries
    index.add(Addition(…))              # last, after the name counts
index.tidy()                            # between transactions; index.tidy(finished=True) at the end
"""

from collections.abc import Callable, Iterator, Sequence

from django.db import connection

from dangqiao.apps.holdings.index_store import STORE
from dangqiao.apps.holdings.models import CatalogueEntry
from dangqiao.apps.holdings.reading_back import additions
from dangqiao.apps.ports import port
from dangqiao.core.matching.candidates import Addition, CandidateIndex, Change, Limits, Search
from dangqiao.core.matching.needle import Needle, Weights


def _index() -> CandidateIndex:
    index: CandidateIndex = port("index")
    return index


def add(addition: Addition) -> None:
    """Adds new entries, in the transaction that writes them and as the last act in it: it may take a lock that all
    archives share."""
    _index().add(STORE, addition)


def change(changes: Sequence[Change]) -> None:
    """Changes or removes entries; as `add`."""
    if changes:
        _index().change(STORE, changes)


def tidy(*, finished: bool = False) -> None:
    """Brings together what additions left apart, if there is enough of it. Inside of a transaction nothing happens.

    Args:
        finished: whether nothing more follows soon.
    """
    if not connection.in_atomic_block:  # files cannot be rolled back
        _index().tidy(STORE, finished=finished)


def warm() -> None:
    """Makes ready what the first search of this process would have to wait for."""
    _index().warm()


def search(needle: Needle, weights: Weights, archives: Sequence[str] | None, limits: Limits) -> Search:
    """Begins a search in these archives, or all. Raises Unavailable (`index.missing`): it never looks like "not
    found"."""
    return _index().search(STORE, needle, weights, archives, limits)


def build(told: Callable[[str, float, int], None]) -> int:
    """Builds the index anew from the catalogue; how many entries. What serves goes on serving meanwhile.

    Args:
        told: told what is being done ("read" or "merge"), the part that is done, and how many entries were read.
    """
    total = CatalogueEntry.objects.filter(deleted=False).count()
    read = 0

    def every() -> Iterator[Addition]:
        nonlocal read
        for addition in additions():
            yield addition
            read += len(addition.ids)
            told("read", read / max(total, read, 1), read)

    _index().build(STORE, every(), lambda done: told("merge", done, read))
    return read


def describe() -> dict[str, int]:
    """Facts for an operator. Raises as `search`."""
    return _index().describe(STORE)
