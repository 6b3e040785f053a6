"""What can be seen in a PDF that claims to be sealed. pyHanko reads and checks; `core.sealing.verdict` concludes.

Strict where readers are lenient, because our own documents have one form: one certification signature that allows no
changes and covers the whole file, its container in hex followed by zeros only.
"""

import asyncio
import io
import logging
import re
from datetime import datetime
from typing import Any

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.general import NonexistentAttributeError, find_unique_cms_attribute
from pyhanko.sign.validation.generic_cms import cms_basic_validation
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel

from dangqiao.adapters.asn1 import der_end
from dangqiao.adapters.timestamp.tokens import context, exact, judged, strict
from dangqiao.core.sealing.content import Claim
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.verdict import Envelope, Observations, State, Verdict, decide

_OURS = b"dangqiao/1 "
"""In plain sight in every document of ours, three times: one changed byte does not hide it."""
_SIGNED = (b"/ByteRange", b"/DocMDP", b"/ETSI.CAdES.detached")
_NEVER = re.compile(
    b"|".join(
        b"/" + b"".join(b"(?:%c|#(?i:%02x))" % (letter, letter) for letter in name)
        for name in (b"ObjStm", b"XRef", b"Encrypt")
    )
)
"""What our documents never have, also where its name is spelt with #xx (ISO 32000-1, 7.3.5): packed objects could hide
something, or swell when they are unpacked."""
_MOST_REVISIONS = 16
"""Ours have two; a file with a hundred thousand keeps the reader busy."""
_SEAL_USE = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=True)

for _name in ("pyhanko", "pyhanko_certvalidator"):  # what they would print about a bad file is in the verdict
    logging.getLogger(_name).addHandler(logging.NullHandler())


def verify_document(data: bytes, trust: TrustList | None, now: datetime) -> Verdict:
    """The verdict on a file. Never raises for what is in it.

    Args:
        data: the file.
        trust: whose seals are believed; None: nobody's can be, and the verdict is at best indeterminate.
        now: the present moment, aware.
    """
    return decide(observe(data, trust), now)


def observe(data: bytes, trust: TrustList | None) -> Observations:
    """What is in the file, as `core.sealing.verdict` wants it."""
    if _OURS in data and not _NEVER.search(data) and data.count(b"startxref") <= _MOST_REVISIONS:
        try:
            signature = _only_signature(data)
            if signature is not None and _intact(signature, data):
                return asyncio.run(_observe(signature, trust))
        except Exception:  # noqa: S110  (any failure to read hostile bytes: they are not what we sealed)
            pass
    if any(mark in data for mark in _SIGNED):
        envelope = Envelope.ALTERED if _OURS in data else Envelope.FOREIGN
    elif b"%PDF-" in data[:1024]:
        envelope = Envelope.NOT_SEALED
    else:
        envelope = Envelope.NOT_A_DOCUMENT
    return Observations(
        envelope, trust_as_of=trust.as_of if trust else None, trust_expires=trust.expires if trust else None
    )


def _only_signature(data: bytes) -> EmbeddedPdfSignature | None:
    signatures = PdfFileReader(io.BytesIO(data)).embedded_signatures
    return signatures[0] if len(signatures) == 1 else None


def _intact(signature: EmbeddedPdfSignature, data: bytes) -> bool:
    """Whether the signature is of our form and covers every byte of the file but its own digits."""
    signature.compute_integrity_info()  # type: ignore[no-untyped-call]
    _, first, second, _ = (int(number) for number in signature.byte_range)
    container, der = data[first:second], signature.pkcs7_content
    end = der_end(der)
    return (
        end is not None
        and signature.coverage is SignatureCoverageLevel.ENTIRE_FILE
        and signature.docmdp_level is MDPPerm.NO_CHANGES
        and container == b"<" + der.hex().upper().encode() + b">"
        and not any(der[end:])
        and exact(cms.ContentInfo.load(der))
        and strict(signature.signed_data, "v1", ("signature_time_stamp_token",))
    )


async def _observe(signature: EmbeddedPdfSignature, trust: TrustList | None) -> Observations:
    claim = Claim.from_keyword(str(signature.reader.trailer_view["/Info"]["/Keywords"]))
    if claim is None:
        raise ValueError("the claim is not of our form")
    certificate = signature.signer_cert
    validity = certificate["tbs_certificate"]["validity"]
    begins, ends = validity["not_before"].native, validity["not_after"].native
    stamped_at, stamp_trusted = await _stamp(signature.signer_info, trust)
    platform = trust.platforms.get(claim.archive) if trust else None
    authorities = trust.seal_authorities.get(platform, ()) if trust and platform else ()
    # The authority is judged at the time of sealing, or as near to it as the seal's own validity goes: whether the
    # seal had expired is a reason of its own.
    moment = min(max(stamped_at or begins, begins), ends)
    seal = await cms_basic_validation(
        signature.signed_data,
        raw_digest=signature.compute_digest(),
        validation_context=context(authorities, moment),
        key_usage_settings=_SEAL_USE,
    )
    subject: dict[str, Any] = certificate.subject.native
    return Observations(
        envelope=Envelope.INTACT if seal["intact"] and seal["valid"] else Envelope.ALTERED,
        claim=claim,
        seal_archive=str(subject.get("serial_number", "")),
        seal_name=str(subject.get("common_name", "")),
        seal_from=begins,
        seal_until=ends,
        seal_is_test="测试" in certificate.subject.human_friendly + certificate.issuer.human_friendly,
        seal_withdrawn=trust.withdrawn.get(certificate.sha256.hex()) if trust else None,
        chain=State.PASSED if seal["trust_problem_indic"] is None else State.FAILED,
        stamped_at=stamped_at,
        stamp_trusted=stamp_trusted,
        archive_known=platform is not None,
        trust_as_of=trust.as_of if trust else None,
        trust_expires=trust.expires if trust else None,
    )


async def _stamp(signer: cms.SignerInfo, trust: TrustList | None) -> tuple[datetime | None, State]:
    """The time in the signature's time stamp, and whether its authority is trusted.

    Raises:
        ValueError: the stamp is broken or of another signature.
    """
    try:
        token = find_unique_cms_attribute(signer["unsigned_attrs"], "signature_time_stamp_token")
    except NonexistentAttributeError:
        return None, State.NOT_DONE
    return await judged(token, signer["signature"].native, trust)
