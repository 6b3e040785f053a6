"""How often names occur, counted while entries come in: kept batch by batch, brought together now and then.

A name is met in many batches; adding to its row in each of them would cost more than storing the entries. So a batch
leaves what it counted in one row, in its own transaction. Many of them are added up by whoever has time
(`importing.adding_up`), and `bring_together` adds the sums. Until then `NameCount` is behind by these entries, which no
search notices; what a killed import has left is brought together by the next one.
"""

from collections.abc import Sequence

from django.db import transaction

from dangqiao.apps.holdings import bulk
from dangqiao.apps.holdings.features import Added, Names
from dangqiao.apps.holdings.models import NameCount, NamesMet
from dangqiao.apps.work.services import named_number

ENOUGH = 1_000_000
"""Entries whose names are worth being brought together: in a large catalogue that changes nearly every page of
`NameCount`."""


def keep(counts: str) -> None:
    """Leaves what new entries count, in the caller's transaction.

    Args:
        counts: JSON of `features.Met`.
    """
    NamesMet.objects.create(counts=counts)


def kept() -> Names:
    """All that batches have left."""
    rows = NamesMet.objects.order_by("id").values_list("id", "counts")
    return Names(dict(rows.iterator()))


def bring_together(names: Names, sums: Sequence[Added]) -> bool:
    """Outside of any transaction: adds the sums of what batches have left to `NameCount`. Whether it did: not if
    another import has added some of these meanwhile."""
    with transaction.atomic():
        named_number("holdings.names", 0)
        deleted, _ = NamesMet.objects.filter(id__in=names.counts).delete()
        if deleted != len(names.counts):
            transaction.set_rollback(True)
            return False
        bulk.count_up(NameCount, sums)
    return True
