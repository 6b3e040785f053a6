"""Taking entries out of the catalogue because their source no longer has them. They stay in the database, with history,
and come back when the source names them again."""

from collections.abc import Sequence

from django.db import transaction

from dangqiao.apps.audit import services as audit
from dangqiao.apps.fields import now
from dangqiao.apps.holdings.importing.run import lock_name
from dangqiao.apps.holdings.models import CatalogueEntry
from dangqiao.apps.holdings.pages import identity_of
from dangqiao.apps.holdings.records import Citation
from dangqiao.apps.identity.permissions import require
from dangqiao.apps.work.services import named_number
from dangqiao.core.vocabulary.actor import Actor, Role
from dangqiao.core.vocabulary.purpose import Purpose


def withdraw(actor: Actor, purpose: Purpose, citations: Sequence[Citation], *, reason: str) -> int:
    """Withdraws entries; how many there were. Those that are not there, or are withdrawn already, change nothing.

    Raises Refused (`permission.missing`).
    """
    number = 0
    for archive in sorted({one.archive for one in citations}):
        require(actor, Role.OPERATOR, archive=archive)
        with transaction.atomic():
            named_number(lock_name(archive), 0)
            # Without a digest the same content is news to the next import, which brings the entry back. The moment
            # tells those who harvest us that something happened.
            gone = [
                str(one)
                for one in citations
                if one.archive == archive
                and CatalogueEntry.objects.filter(**identity_of(one), deleted=False).update(
                    deleted=True, content_digest="", imported_at=now()
                )
            ]
            for entry in gone:
                audit.record(
                    "holdings.entry_withdrawn",
                    actor,
                    purpose=purpose,
                    subject=f"entry:{entry}",
                    archive_code=archive,
                    reason=reason,
                )
        number += len(gone)
    return number
