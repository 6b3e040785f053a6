"""What can be seen in a PDF that claims to be sealed. pyHanko reads and checks; `core.sealing.verdict` concludes.

Strict where readers are lenient, because our own documents have one form: a certification signature that allows no
changes, its container in hex followed by zeros only; after it nothing but what proves it (`lengthening`), under
document time stamps of which the last covers the whole file, or (B-LT) written in the one way in which we write it.
"""

import asyncio
import io
import logging
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from asn1crypto import cms
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel, StandardDiffPolicy
from pyhanko.sign.diff_analysis.form_rules_api import FormUpdatingRule
from pyhanko.sign.diff_analysis.rules.file_structure_rules import CatalogModificationRule
from pyhanko.sign.diff_analysis.rules.form_field_rules import (
    DSSCompareRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
)
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.general import NonexistentAttributeError, find_unique_cms_attribute
from pyhanko.sign.validation.generic_cms import cms_basic_validation
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel

from dangqiao.adapters.asn1 import der_end
from dangqiao.adapters.pdf.lengthening import signer_of, stamps_on, store_of, with_store
from dangqiao.adapters.timestamp.tokens import context, exact, judged, strict
from dangqiao.core.sealing.content import Claim
from dangqiao.core.sealing.periods import out_of_use, usable_from
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
"""Ours have two, and one more for each lengthening; a file with a hundred thousand keeps the reader busy."""
_ADDITIONS = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule({"/AcroForm", "/DSS", "/Extensions", "/Version"}),  # type: ignore[no-untyped-call]
        DSSCompareRule().as_qualified(ModificationLevel.LTA_UPDATES),
    ],
    form_rule=FormUpdatingRule([SigFieldCreationRule(), SigFieldModificationRule()]),  # type: ignore[no-untyped-call]
)
"""What may come after the seal. pyHanko's own policy would also let the metadata change, in which our claim stands."""
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
            signatures = PdfFileReader(io.BytesIO(data)).embedded_signatures
            if _intact(signatures, data):
                return asyncio.run(_observe(signatures, data, trust))
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


def _intact(signatures: Sequence[EmbeddedPdfSignature], data: bytes) -> bool:
    """Whether one seal of our form and time stamps after it cover every byte of the file but their own digits."""
    seal, *stamps = signatures
    seal.compute_integrity_info(_ADDITIONS)  # type: ignore[no-untyped-call]
    for stamp in stamps:
        stamp.compute_integrity_info(skip_diff=True)  # type: ignore[no-untyped-call]
    changes = seal.diff_result
    return (
        seal.docmdp_level is MDPPerm.NO_CHANGES
        and isinstance(changes, DiffResult)
        and changes.modification_level <= ModificationLevel.LTA_UPDATES
        and all(one.sig_object_type == "/DocTimeStamp" for one in stamps)
        and _complete(signatures, data)
        and all(one.coverage >= SignatureCoverageLevel.ENTIRE_REVISION for one in signatures)
        and all(_exact(one, data) for one in signatures)
        and strict(seal.signed_data, "v1", ("signature_time_stamp_token",))
    )


def _complete(signatures: Sequence[EmbeddedPdfSignature], data: bytes) -> bool:
    """Whether the last signature covers the file, but for a Document Security Store as we write it after a seal."""
    last = signatures[-1]
    if last.coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return True
    _, _, second, length = (int(number) for number in last.byte_range)
    return len(signatures) == 1 and with_store(data[: second + length], *store_of(last.reader)) == data


def _exact(signature: EmbeddedPdfSignature, data: bytes) -> bool:
    """Whether the signature's container can only be read in one way."""
    _, first, second, _ = (int(number) for number in signature.byte_range)
    container, der = data[first:second], signature.pkcs7_content
    end = der_end(der)
    return (
        end is not None
        and container == b"<" + der.hex().upper().encode() + b">"
        and not any(der[end:])
        and exact(cms.ContentInfo.load(der))
    )


async def _observe(signatures: Sequence[EmbeddedPdfSignature], data: bytes, trust: TrustList | None) -> Observations:
    signature, *additions = signatures
    sealed = signature.reader.get_historical_resolver(signature.signed_revision)
    claim = Claim.from_keyword(str(sealed.trailer_view["/Info"]["/Keywords"]))
    if claim is None:
        raise ValueError("the claim is not of our form")
    certificate = signature.signer_cert
    validity = certificate["tbs_certificate"]["validity"]
    begins, ends = validity["not_before"].native, validity["not_after"].native
    stamps = [
        *await _stamp(signature.signer_info, trust),
        *[await judged(*_document_stamp(one, data), trust) for one in additions],
    ]
    # The earliest time that is believed: a later stamp stands in where an authority is believed no more.
    stamped_at, stamp_trusted = next(
        (one for one in stamps if one[1] is State.PASSED), stamps[0] if stamps else (None, State.NOT_DONE)
    )
    newest = [*stamps_on(signature.signed_data), *(one.signed_data for one in additions)][-1:]
    periods = trust.seal_periods.get(certificate.sha256.hex(), ()) if trust else ()
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
        seal_from=usable_from(begins, periods),
        seal_until=ends,
        seal_is_test="测试" in certificate.subject.human_friendly + certificate.issuer.human_friendly,
        seal_withdrawn=out_of_use(periods, stamped_at),
        chain=State.PASSED if seal["trust_problem_indic"] is None else State.FAILED,
        stamped_at=stamped_at,
        stamp_trusted=stamp_trusted,
        stamp_until=signer_of(newest[0]).not_valid_after if newest else None,
        archive_known=platform is not None,
        trust_as_of=trust.as_of if trust else None,
        trust_expires=trust.expires if trust else None,
    )


async def _stamp(signer: cms.SignerInfo, trust: TrustList | None) -> list[tuple[datetime, State]]:
    """The time in the signature's own time stamp, if it has one, and whether its authority is trusted.

    Raises:
        ValueError: the stamp is broken or of another signature.
    """
    try:
        token = find_unique_cms_attribute(signer["unsigned_attrs"], "signature_time_stamp_token")
    except NonexistentAttributeError:
        return []
    return [await judged(token, signer["signature"].native, trust)]


def _document_stamp(stamp: EmbeddedPdfSignature, data: bytes) -> tuple[cms.ContentInfo, bytes]:
    """A document time stamp's token, and what it is of."""
    _, first, second, length = (int(number) for number in stamp.byte_range)
    return cms.ContentInfo.load(stamp.pkcs7_content), data[:first] + data[second : second + length]
