"""How often names occur, counted while entries come in: kept batch by batch, brought together now and then.

A name is met in many batches; adding to its row in each of them would cost more than storing the entries. So a batch
leaves what it counted in one row, in its own transaction, and `bring_together` adds up many of them. Until then
`NameCount` is behind by these entries, which no search notices; what a killed import has left is brought together by
the next one.
"""

import json
from collections import Counter

from django.db import transaction
from django.db.models import Sum

from dangqiao.apps.holdings import bulk
from dangqiao.apps.holdings.features import Counts, whole
from dangqiao.apps.holdings.models import NameCount, NamesMet
from dangqiao.apps.work.services import named_number

ENOUGH = 400_000
"""Entries whose names are worth being brought together."""


def keep(counts: str, entries: int) -> None:
    """Leaves what so many new entries count, in the caller's transaction.

    Args:
        counts: JSON of what `features.met` gives.
    """
    NamesMet.objects.create(counts=counts, entries=entries)


def bring_together(*, least: int = 1) -> None:
    """Outside of any transaction: adds what was kept to `NameCount`, if it is of so many entries."""
    if (NamesMet.objects.aggregate(total=Sum("entries"))["total"] or 0) < least:
        return
    with transaction.atomic():
        named_number("holdings.names", 0)
        together: Counts = {}
        done: list[int] = []
        # A few at a time: the names of one batch are some hundred kilobytes.
        for id, counts in NamesMet.objects.order_by("id").values_list("id", "counts").iterator(chunk_size=8):
            done.append(id)
            for kind, values in json.loads(counts).items():
                together.setdefault(kind, Counter()).update(values)
        if not done:
            return  # another import brought them together while this one waited
        bulk.count_up(NameCount, whole(together))
        NamesMet.objects.filter(id__in=done).delete()
