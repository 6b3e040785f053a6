"""What can be seen in an OFD that claims to be sealed. `core.sealing.verdict` concludes.

Strict where readers are lenient, because our own documents have one form: each octet of the package is under the seal,
or prescribed (`package`, `layout`), or part of a signature in strict DER. Nothing is unpacked that is not ours.
"""

import asyncio
import re
from datetime import datetime
from typing import Any

from asn1crypto import cms, x509

from dangqiao.adapters.asn1 import der_end
from dangqiao.adapters.gm import ses
from dangqiao.adapters.gm.certificates import MAKES_SEALS, SEALS, issued_by, verifies
from dangqiao.adapters.gm.libcrypto import libcrypto
from dangqiao.adapters.gm.sm3 import OID_SM2_WITH_SM3, sm3
from dangqiao.adapters.ofd import layout
from dangqiao.adapters.ofd.package import unpack
from dangqiao.adapters.ofd.signature_xml import references
from dangqiao.adapters.timestamp.tokens import exact, judged
from dangqiao.core.sealing.content import Claim
from dangqiao.core.sealing.periods import out_of_use, usable_from
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.verdict import Envelope, Observations, State, Verdict, decide

_OURS = b"dangqiao"
"""In plain sight in several files of every document of ours: one changed byte does not hide it."""
_SIGNED = (b"Signatures.xml", b"Signature.xml", b"SignedValue.dat")
_PACKAGE = (b"OFD.xml", b"Document.xml")
_VERSIONS = (4, 5)
_CLAIM = re.compile(r"<ofd:Keyword>(dangqiao/1 [^<]*)</ofd:Keyword>")
_REFERENCES = re.compile(r"<ofd:References.*</ofd:References>", re.DOTALL)


def is_ofd(data: bytes) -> bool:
    """Whether the file is, or once was, an OFD package and not a PDF. Names in a zip are never compressed."""
    return b"%PDF-" not in data[:1024] and any(name in data for name in _PACKAGE)


def verify_ofd(data: bytes, trust: TrustList | None, now: datetime) -> Verdict:
    """The verdict on a file. Never raises for what is in it.

    Args:
        data: the file.
        trust: whose seals are believed; None: nobody's can be, and the verdict is at best indeterminate.
        now: the present moment, aware.

    Raises:
        Misconfigured: `gm.library_missing`, this machine cannot judge SM2 seals.
    """
    return decide(observe(data, trust), now)


def observe(data: bytes, trust: TrustList | None) -> Observations:
    """What is in the file, as `core.sealing.verdict` wants it. Raises as `verify_ofd`."""
    signed = any(mark in data for mark in _SIGNED)
    if _OURS in data and signed:
        libcrypto()
        try:
            return _observe(data, trust)
        except Exception:  # noqa: S110  (any failure to read hostile bytes: they are not what we sealed)
            pass
    if signed:
        envelope = Envelope.ALTERED if _OURS in data else Envelope.FOREIGN
    else:
        envelope = Envelope.NOT_SEALED if is_ofd(data) else Envelope.NOT_A_DOCUMENT
    return Observations(
        envelope, trust_as_of=trust.as_of if trust else None, trust_expires=trust.expires if trust else None
    )


def _observe(data: bytes, trust: TrustList | None) -> Observations:
    """Raises some exception where anything is not as we seal it."""
    files = unpack(data)
    if files is None:
        raise ValueError("not a package of our form")
    signature = ses.read_signature(files[layout.SIGNED_VALUE])
    to_sign, seal = signature["to_sign"], signature["to_sign"]["seal"]
    signer = x509.Certificate.load(signature["cert"].native, strict=True)
    _must(_covers(files, to_sign) and _well_made(signature))
    _must(verifies(signer, signature["signature"].native, to_sign.dump()))
    maker = x509.Certificate.load(seal["cert"].native, strict=True)
    _must(verifies(maker, seal["signed_value"].native, seal["seal_info"].dump()))
    claim = _claim(files[layout.ROOT].decode())
    stamped_at, stamp_trusted = _stamp(signature, trust)
    platform = trust.platforms.get(claim.archive) if trust else None
    authorities = trust.seal_authorities.get(platform, ()) if trust and platform else ()
    own = seal["seal_info"]["property"]
    periods = trust.seal_periods.get(signer.sha256.hex(), ()) if trust else ()
    begins = max(signer.not_valid_before, own["valid_start"].native)
    ends = min(signer.not_valid_after, own["valid_end"].native)
    # As for PDF: whether the seal had expired is a reason of its own.
    moment = min(max(stamped_at or begins, begins), ends)
    believed = (
        issued_by(signer, authorities, moment, SEALS)
        and issued_by(maker, authorities, own["create_date"].native, MAKES_SEALS)  # no archive makes its own seal
    )
    subject: dict[str, Any] = signer.subject.native
    return Observations(
        envelope=Envelope.INTACT,
        claim=claim,
        seal_archive=str(subject.get("serial_number", "")),
        seal_name=str(subject.get("common_name", "")),
        seal_from=usable_from(begins, periods),
        seal_until=ends,
        seal_is_test="测试" in signer.subject.human_friendly + signer.issuer.human_friendly,
        seal_withdrawn=out_of_use(periods, stamped_at),
        chain=State.PASSED if believed else State.FAILED,
        stamped_at=stamped_at,
        stamp_trusted=stamp_trusted,
        archive_known=platform is not None,
        trust_as_of=trust.as_of if trust else None,
        trust_expires=trust.expires if trust else None,
    )


def _covers(files: dict[str, bytes], to_sign: ses.ToSign) -> bool:
    """Whether the signature is over this Signature.xml, and that over all other files as they are."""
    xml = files[layout.SIGNATURE].decode()
    covered = {name: content for name, content in files.items() if name not in layout.UNREFERENCED}
    return (
        to_sign["data_hash"].native == sm3(files[layout.SIGNATURE])
        and to_sign["property_info"].native == f"/{layout.SIGNATURE}"
        and files[layout.SIGNATURES] == layout.SIGNATURES_XML
        and files[layout.SEAL] == to_sign["seal"].dump()
        and _REFERENCES.findall(xml) == [references(covered)]
    )


def _well_made(signature: ses.Signature) -> bool:
    """Whether what nothing signs can only be this: algorithm and certificate, which the seal itself lists."""
    seal = signature["to_sign"]["seal"]
    own = seal["seal_info"]["property"]
    return (
        signature["signature_alg_id"].native == seal["sign_alg_id"].native == OID_SM2_WITH_SM3
        and signature["to_sign"]["version"].native == seal["seal_info"]["header"]["version"].native
        and signature["to_sign"]["version"].native in _VERSIONS
        and own["cert_list_type"].native == 1
        and signature["cert"].native in own["cert_list"].native
    )


def _claim(root: str) -> Claim:
    (keyword,) = _CLAIM.findall(root)
    claim = Claim.from_keyword(keyword)
    if claim is None:
        raise ValueError("the claim is not of our form")
    return claim


def _stamp(signature: ses.Signature, trust: TrustList | None) -> tuple[datetime | None, State]:
    der = signature["time_stamp"].native
    if der is None:
        return None, State.NOT_DONE
    _must(der_end(der) == len(der))
    token = cms.ContentInfo.load(der, strict=True)
    _must(exact(token))
    return asyncio.run(judged(token, signature["signature"].native, trust))


def _must(holds: bool) -> None:
    if not holds:
        raise ValueError("not as we seal it")
