"""Signature.xml: which files a seal covers, and where readers draw it (GB/T 33190-2016 §18)."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime

from dangqiao.adapters.gm.sm3 import OID_SM2_WITH_SM3, OID_SM3, sm3
from dangqiao.adapters.ofd import layout
from dangqiao.adapters.ofd.layout import element, text
from dangqiao.adapters.ofd.page import SealPlace


def references(files: Mapping[str, bytes]) -> str:
    """The digests of all files that a signature covers, in their order (GB/T 33190-2016 §18.2.4)."""
    return element(
        "References",
        *(
            element("Reference", text("CheckValue", base64.b64encode(sm3(data)).decode()), FileRef=f"/{name}")
            for name, data in files.items()
        ),
        CheckMethod=OID_SM3,
    )


def signature_xml(files: Mapping[str, bytes], seals: Sequence[tuple[int, SealPlace]], now: datetime) -> bytes:
    """Signature.xml.

    Args:
        files: what it covers.
        seals: where the seal is drawn: IDs of pages and places on them.
        now: when, UTC.
    """
    info = element(
        "SignedInfo",
        element("Provider", ProviderName="dangqiao", Version="1", Company="dangqiao"),
        text("SignatureMethod", OID_SM2_WITH_SM3),
        text("SignatureDateTime", f"{now:%Y%m%d%H%M%S}Z"),
        references(files),
        *(_stamp(number, page, place) for number, (page, place) in enumerate(seals, 1)),
        element("Seal", text("BaseLoc", f"/{layout.SEAL}")),
    )
    return layout.file("Signature", info, text("SignedValue", f"/{layout.SIGNED_VALUE}"))


def _stamp(number: int, page: int, place: SealPlace) -> str:
    box = f"{place.x:.3f} {place.y:.3f} {place.width:.3f} {place.height:.3f}"
    attributes = {"ID": f"s{number:03}", "PageRef": page, "Boundary": box}
    if place.parts > 1:
        width = place.width / place.parts
        attributes["Clip"] = f"{place.part * width:.3f} 0 {width:.3f} {place.height:.3f}"
    return element("StampAnnot", **attributes)
