"""Why a document is revoked: coded reasons, the same everywhere, and who hears them.

A revocation says that the document may no longer be relied on. It is not undone: whoever was wrong to revoke issues a
further document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dangqiao.core.errors import N_


@dataclass(frozen=True, slots=True)
class RevocationReason:
    """Attributes:
    code: stable.
    label: English msgid.
    public: whether somebody who only verifies is told it; of others only that the document was revoked.
    """

    code: str
    label: str
    public: bool = True


_ROWS = (
    RevocationReason("wrong_content", N_("The document does not say what the record says")),
    RevocationReason("wrong_person", N_("It was made out to the wrong person")),
    RevocationReason("record_corrected", N_("The record was corrected or annulled since")),
    RevocationReason("obtained_wrongly", N_("It was obtained with false particulars or materials"), public=False),
    RevocationReason("seal_misused", N_("It was sealed without authority")),
    RevocationReason("replaced", N_("Another document takes its place")),
    RevocationReason("ordered", N_("A court or another authority ordered it"), public=False),
    RevocationReason("other", N_("Another reason, explained in the note"), public=False),
)
REASONS: Mapping[str, RevocationReason] = MappingProxyType({row.code: row for row in _ROWS})
"""By code; only added to."""


def public_reason(code: str) -> str:
    """The label of a reason for somebody who only verifies; empty where it is not for them, or not known here."""
    reason = REASONS.get(code)
    return reason.label if reason and reason.public else ""
