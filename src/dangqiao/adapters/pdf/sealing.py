"""An archive's seal on a PDF: PAdES (ETSI EN 319 142-1 §5), a certification signature that allows no changes.

Level B-T as it is issued, with a time stamp; `lengthening` makes B-LTA of it.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from dangqiao.adapters.cms import DATA, Signing
from dangqiao.adapters.keys.kinds import kind_of_certificate
from dangqiao.adapters.pdf.embedding import certified
from dangqiao.adapters.pdf.lengthening import Lengthener, Revocation, no_revocation
from dangqiao.adapters.timestamp.tokens import asked
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.sealing.ports import KeyStore, Lengthened, TimeStamper
from dangqiao.core.sealing.wording import title

OWN_STAMP, FOREIGN_STAMP = 8192, 16384
"""Octets kept free for signature and time stamp; those of other authorities bring several certificates along."""


class PdfSealer:
    """Seals with an archive's key and a time-stamp authority. See `core.sealing.ports.Sealer`.

    Args:
        keys: where the keys are.
        stamper: None: without a time stamp (B-B), which no verifier of ours calls valid.
        revocation: what `lengthen` needs to know of the authorities.
        reserved: octets kept free for a signature with its time stamp.
        clock: the present moment, aware; what the document says of when.
    """

    def __init__(
        self,
        keys: KeyStore,
        stamper: TimeStamper | None,
        revocation: Revocation = no_revocation,
        reserved: int = OWN_STAMP,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._keys, self._stamper, self._revocation, self._reserved = keys, stamper, revocation, reserved
        self._clock = clock

    def seal(self, document: bytes, content: FrozenContent, reference: str = "") -> bytes:
        """The sealed PDF.

        Args:
            reference: of the key; empty: the first one of the archive.

        Raises:
            Misconfigured: the archive has no seal here.
            Unavailable: `timestamp.unavailable` or `timestamp.refused`.
        """
        key = self._keys.seal(reference or content.archive, content.archive_name)
        kind = kind_of_certificate(key.certificate)

        def cms(digest: bytes) -> bytes:
            signing = Signing(key, DATA, digest, kind.mechanism)
            stamp = asked(self._stamper, signing.signature).dump() if self._stamper else b""
            return signing.finished(time_stamp=stamp)

        return certified(
            document,
            cms,
            name=content.archive_name,
            reason=title(content.kind),
            now=self._clock(),
            reserved=self._reserved,
            hash_name=kind.digest,
        )

    def lengthen(self, document: bytes) -> Lengthened:
        """The sealed document with everything that proves it for the long term, under one more time stamp (B-LTA).

        Raises:
            Unavailable: as `seal`; `seals.revocation_missing`.
        """
        assert self._stamper
        return Lengthener(self._stamper, self._revocation, self._reserved).lengthen(document)
