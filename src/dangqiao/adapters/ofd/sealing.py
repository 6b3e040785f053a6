"""Issuing as OFD: the page that typst sets, written as OFD and sealed with SM2 (GB/T 38540-2020)."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from dangqiao.adapters.gm import ses
from dangqiao.adapters.gm.sm3 import OID_SM2_WITH_SM3, sm3
from dangqiao.adapters.ofd import layout
from dangqiao.adapters.ofd.package import pack
from dangqiao.adapters.ofd.reading import pages
from dangqiao.adapters.ofd.signature_xml import signature_xml
from dangqiao.adapters.ofd.writing import Draft, write
from dangqiao.adapters.timestamp.tokens import asked
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.sealing.ports import ElectronicSeal, ElectronicSeals, TimeStamper


class OfdIssuer:
    """Writes a page as OFD and seals it. See `core.sealing.ports.Issuer`.

    Args:
        fonts: those of the typesetter, in its order.
        seals: where the archives' electronic seals are kept.
        stamper: stamps the signature's octets.
        clock: the present moment, aware; what the seal says of when.
    """

    def __init__(
        self,
        fonts: Sequence[Path],
        seals: ElectronicSeals,
        stamper: TimeStamper,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._fonts, self._seals, self._stamper, self._clock = fonts, seals, stamper, clock

    def issue(self, content: FrozenContent, page: bytes, reference: str = "") -> bytes:
        """The sealed OFD.

        Args:
            page: the PDF that the typesetter set.
            reference: of the seal; empty: the first one of the archive.

        Raises:
            Misconfigured: the archive has no seal here; `gm.library_missing`.
            Unavailable: `timestamp.unavailable` or `timestamp.refused`.
        """
        draft = write(pages(page), content, self._fonts)
        return self._sealed(draft, self._seals.seal(reference or content.archive, content.archive_name))

    def _sealed(self, draft: Draft, seal: ElectronicSeal) -> bytes:
        now = self._clock().astimezone(UTC).replace(microsecond=0)
        covered = draft.files | {layout.SEAL: seal.seal}
        made = ses.Seal.load(seal.seal)  # ours; whoever verifies is strict
        signature = signature_xml(covered, draft.seals, now)
        to_sign = ses.ToSign(
            {
                "version": made["seal_info"]["header"]["version"].native,
                "seal": made,
                "time_info": now,
                "data_hash": sm3(signature),
                "property_info": f"/{layout.SIGNATURE}",
            }
        )
        value = seal.sign(to_sign.dump())
        signed = ses.Signature(
            {
                "to_sign": to_sign,
                "cert": seal.certificate,
                "signature_alg_id": OID_SM2_WITH_SM3,
                "signature": value,
                "time_stamp": asked(self._stamper, value).dump(),
            }
        )
        return pack(
            covered
            | {
                layout.SIGNATURES: layout.SIGNATURES_XML,
                layout.SIGNATURE: signature,
                layout.SIGNED_VALUE: signed.dump(),
            }
        )
