"""One line of evidence: that something with this digest happened. It is an entry of the Merkle log.

No personal data can get in: ids and codes only, and digests of bytes that are kept, and may be destroyed, elsewhere.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from dangqiao.core.errors import N_, BadInput
from dangqiao.core.ledger.tree import INTL, TreeHash
from dangqiao.core.vocabulary.canonical import canonical_bytes

KINDS = (
    "message.sent",
    "message.received",
    "receipt.given",
    "receipt.got",
    "referral.event",
    "deliverable.registered",
    "deliverable.revoked",
    "deliverable.lengthened",
    "seal.made",
    "seal.active",
    "seal.suspended",
    "seal.expired",
    "seal.replaced",
    "audit.batch",
    "directory.accepted",
    "request.received",
    "checkpoint.seen",
    "checkpoint.contradicted",
    "checkpoint.settled",
)
"""The catalogue of kinds; only added to."""

_SHAPES = {
    "kind": re.compile(r"[a-z_]+(\.[a-z_]+)+"),
    "subject": re.compile(r"[a-z_]+:[0-9A-Za-z][0-9A-Za-z._:/-]{0,170}"),
    "digest": re.compile(r"[0-9a-f]{64}"),
    "actor": re.compile(r"[a-z_]+:[0-9A-Za-z._@-]{1,100}"),
}


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """What happened.

    Attributes:
        id: of the row, a UUID; makes two equal happenings two entries.
        kind: one of `KINDS`.
        subject: `referral:<id>`, `message:<id>`, `deliverable:<serial>`, …
        digest: of the bytes evidenced, hex, by the suite's hash.
        actor: `user:<uuid>`, `node:<platform>`, `operator:<login name>`.
        at: aware.
    """

    id: str
    kind: str
    subject: str
    digest: str
    actor: str
    at: datetime

    def __post_init__(self) -> None:
        wrong = [name for name, shape in _SHAPES.items() if not shape.fullmatch(getattr(self, name))]
        if self.kind not in KINDS:
            wrong.append("kind")
        if self.at.utcoffset() is None:
            wrong.append("at")
        if wrong:
            raise BadInput("ledger.bad_evidence", N_("The evidence has an unfit {field}."), field=", ".join(wrong))

    def to_bytes(self) -> bytes:
        """The entry: canonical JSON."""
        return canonical_bytes(
            {
                "v": 1,
                "id": self.id,
                "kind": self.kind,
                "subject": self.subject,
                "digest": self.digest,
                "actor": self.actor,
                "at": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            }
        )

    def leaf_hash(self, tree: TreeHash = INTL) -> bytes:
        """The entry's leaf in the log."""
        return tree.leaf(self.to_bytes())
