"""Makes or loads all compiled code at once: python -m dangqiao.adapters.index.warming

The first time after an installation it takes half a minute, later a second. A node's web server
does it beside its first requests, so that no search has to wait for it.
"""

import numpy as np

from dangqiao.adapters.index.building import batch_of, in_memory
from dangqiao.adapters.index.searching import SegmentSearch, desk, weigh
from dangqiao.core.matching import DEFAULT, EntryFeatures, Frequencies, Person, Query, entry_keys, query_keys
from dangqiao.core.matching.candidates import Limits, Rows, Window
from dangqiao.core.matching.needle import Needles
from dangqiao.core.matching.packed import pack

_LIMITS = Limits(per_key=10, entries=100)


def warm() -> None:
    """Goes once through everything that is compiled."""
    entry = EntryFeatures("", (Person("张三"),), 1987, place_codes=("310115",))
    keys = sorted(entry_keys(entry))
    batch = batch_of("310115", [1], keys, [0] * len(keys), pack(entry), [])
    segment = in_memory([in_memory([batch]), batch_of("310115", [2], keys, [0] * len(keys), pack(entry), [])])
    query = Query(Person("张三"), event_year=1987)
    needles = Needles(Frequencies(), DEFAULT)
    search = SegmentSearch(
        [segment.without([("310115", 2)]), segment], needles.of(query), needles.weights, None, _LIMITS
    )
    search.under(query_keys(query, 1))
    search.worthy(Window(0.0, 1.0, 0.0, 8))
    search.rest()
    one = np.zeros(1, np.int64)
    weigh(
        desk(_LIMITS.entries), Rows(one, one, batch.records.view(np.uint8), 1), 1, 0, needles.of(query), needles.weights
    )


if __name__ == "__main__":
    warm()
