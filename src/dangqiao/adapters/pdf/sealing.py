"""An archive's seal on a PDF: PAdES B-T (ETSI EN 319 142-1 §5.3), a certification signature that allows no changes."""

import io

from asn1crypto import x509
from asn1crypto.algos import SignedDigestAlgorithm
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

import dangqiao.adapters.asn1  # noqa: F401  (repairs asn1crypto)
from dangqiao.adapters.timestamp.tokens import PortStamper, refused
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.sealing.ports import KeyStore, SealKey, TimeStamper
from dangqiao.core.sealing.wording import title

RESERVED = 2 * 8192
"""Hex digits kept free for signature and time stamp. Without it pyHanko builds everything twice to measure."""


class PdfSealer:
    """Seals with an archive's key and a time-stamp authority. See `core.sealing.ports.Sealer`."""

    def __init__(self, keys: KeyStore, stamper: TimeStamper) -> None:
        self._keys, self._stamper = keys, stamper

    def seal(self, document: bytes, content: FrozenContent) -> bytes:
        """The sealed PDF.

        Raises:
            Misconfigured: the archive has no seal here.
            Unavailable: `timestamp.unavailable` or `timestamp.refused`.
        """
        key = self._keys.seal(content.archive, content.archive_name)
        # typst ends without a newline; the next revision must start on a line of its own (ISO 19005-2 §6.1.9).
        writer = IncrementalPdfFileWriter(io.BytesIO(document + b"\n"))
        metadata = PdfSignatureMetadata(
            field_name="Seal",
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            name=content.archive_name,
            reason=title(content.kind),
        )
        signer = PdfSigner(
            metadata, _Signer(key), timestamper=PortStamper(self._stamper), new_field_spec=SigFieldSpec("Seal")
        )
        try:
            sealed = signer.sign_pdf(writer, bytes_reserved=RESERVED)
        except TimestampRequestError as error:
            raise refused() from error
        return bytes(sealed.getvalue())


class _Signer(Signer):
    """pyHanko's signer over our port: the key never leaves its store."""

    def __init__(self, key: SealKey) -> None:
        super().__init__(
            signing_cert=x509.Certificate.load(key.certificate),
            signature_mechanism=SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
        )
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return bytes(72) if dry_run else self._key.sign(data)
