"""An archive's seal on a PDF: PAdES (ETSI EN 319 142-1 §5), a certification signature that allows no changes.

Level B-T as it is issued, with a time stamp; `lengthening` makes B-LTA of it.
"""

import io

from asn1crypto import x509
from asn1crypto.algos import SignedDigestAlgorithm
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

import dangqiao.adapters.asn1  # noqa: F401  (repairs asn1crypto)
from dangqiao.adapters.keys.kinds import KeyKind, kind_of_certificate
from dangqiao.adapters.pdf.lengthening import Lengthener, Revocation, no_revocation
from dangqiao.adapters.timestamp.tokens import PortStamper, refused
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.sealing.ports import KeyStore, Lengthened, SealKey, TimeStamper
from dangqiao.core.sealing.wording import title

OWN_STAMP, FOREIGN_STAMP = 8192, 16384
"""Octets kept free for signature and time stamp; those of other authorities bring several certificates along. Without
it pyHanko builds everything twice to measure."""


class PdfSealer:
    """Seals with an archive's key and a time-stamp authority. See `core.sealing.ports.Sealer`.

    Args:
        keys: where the keys are.
        stamper: None: without a time stamp (B-B), which no verifier of ours calls valid.
        revocation: what `lengthen` needs to know of the authorities.
        reserved: octets kept free for a signature with its time stamp.
    """

    def __init__(
        self,
        keys: KeyStore,
        stamper: TimeStamper | None,
        revocation: Revocation = no_revocation,
        reserved: int = OWN_STAMP,
    ) -> None:
        self._keys, self._stamper, self._revocation, self._reserved = keys, stamper, revocation, reserved

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
        # typst ends without a newline; the next revision must start on a line of its own (ISO 19005-2 §6.1.9).
        writer = IncrementalPdfFileWriter(io.BytesIO(document + b"\n"))
        metadata = PdfSignatureMetadata(
            field_name="Seal",
            md_algorithm=kind.digest,
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            name=content.archive_name,
            reason=title(content.kind),
        )
        stamper = PortStamper(self._stamper) if self._stamper else None
        signer = PdfSigner(metadata, _Signer(key, kind), timestamper=stamper, new_field_spec=SigFieldSpec("Seal"))
        try:
            sealed = signer.sign_pdf(writer, bytes_reserved=2 * self._reserved)
        except TimestampRequestError as error:
            raise refused() from error
        return bytes(sealed.getvalue())

    def lengthen(self, document: bytes) -> Lengthened:
        """The sealed document with everything that proves it for the long term, under one more time stamp (B-LTA).

        Raises:
            Unavailable: as `seal`; `seals.revocation_missing`.
        """
        assert self._stamper
        return Lengthener(self._stamper, self._revocation, self._reserved).lengthen(document)


class _Signer(Signer):
    """pyHanko's signer over our port: the key never leaves its store."""

    def __init__(self, key: SealKey, kind: KeyKind) -> None:
        super().__init__(
            signing_cert=x509.Certificate.load(key.certificate),
            signature_mechanism=SignedDigestAlgorithm({"algorithm": kind.mechanism}),
        )
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return bytes(512) if dry_run else self._key.sign(data)
