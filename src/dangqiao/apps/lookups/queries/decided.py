"""What archivists have decided, for learning: the search that a decision rested on, and the entries it took."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from dangqiao.apps.holdings.learning import Lesson
from dangqiao.apps.identity.permissions import in_scope
from dangqiao.apps.lookups import records, referrals, searching
from dangqiao.apps.lookups.models import Decision
from dangqiao.core import categories
from dangqiao.core.lookup.states import Outcome
from dangqiao.core.vocabulary.actor import Actor, Role

_GIVEN = (Outcome.PROVIDED, Outcome.PROVIDED_IN_PART, Outcome.ENTRY_WITHOUT_ORIGINAL, Outcome.ORIGINAL_DAMAGED)


def decided(actor: Actor, category: str, archive_codes: Sequence[str] | None = None) -> Iterator[Lesson]:
    """The last decision by a person of each closed referral that says whether the record is there; oldest first.

    What the machine answered at once teaches it nothing. `holdings.learning.train` writes the audit row.
    """
    rows = Decision.objects.filter(
        in_scope(actor, Role.OPERATOR, *referrals.STAFF, archive="referral__archive_code"),
        referral__request__category=category,
        referral__closed_at__isnull=False,
        outcome__in=[*_GIVEN, Outcome.NOT_FOUND],
    ).exclude(decided_by__startswith="node:")
    if archive_codes is not None:
        rows = rows.filter(referral__archive_code__in=archive_codes)
    newest: dict[UUID, Decision] = {}
    for row in rows.select_related("referral").order_by("decided_at", "id"):
        newest[row.referral_id] = row
    for row in newest.values():
        search = searching.last_search(row.referral)
        if search is not None:
            taken = tuple(str(code) for _category, code, *_rest in row.entries)
            query = searching.query_of(records.sought_from_text(search.query), categories.get(category))
            yield Lesson(query, taken, known=True)
