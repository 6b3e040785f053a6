"""Time-stamp tokens (RFC 3161 §2.4.2) on a signature: asked for, and judged more strictly than readers do."""

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from asn1crypto import cms, core, tsp, x509
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

import dangqiao.adapters.asn1  # noqa: F401  (repairs asn1crypto)
from dangqiao.core.errors import N_, Unavailable
from dangqiao.core.sealing import ports
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.verdict import State

_DIGESTS = frozenset({"sha256", "sha384", "sha512"})


class PortStamper(TimeStamper):
    """pyHanko's time stamper over our port."""

    def __init__(self, port: ports.TimeStamper) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._port = port

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        response = tsp.TimeStampResp.load(self._port.stamp(req.dump()))
        try:
            _ = response["time_stamp_token"]
            return response
        except ValueError as error:  # a refusal has no token, which asn1crypto does not expect
            raise TimestampRequestError("refused") from error


def refused() -> Unavailable:
    """pyHanko's word for a refusal in ours: `timestamp.refused`."""
    return Unavailable("timestamp.refused", N_("The time-stamp authority refused to stamp."))


def asked(port: ports.TimeStamper, signature: bytes) -> cms.ContentInfo:
    """A token on a signature's octets. Raises Unavailable (`timestamp.unavailable`, `timestamp.refused`)."""
    try:
        token = asyncio.run(PortStamper(port).async_timestamp(hashlib.sha256(signature).digest(), "sha256"))
    except TimestampRequestError as error:
        raise refused() from error
    return token


async def judged(token: cms.ContentInfo, signature: bytes, trust: TrustList | None) -> tuple[datetime, State]:
    """The time in a token, and whether its authority is trusted.

    The authority is judged at the time in the stamp: that the trust list still names it says that its key is not known
    to be lost.

    Raises:
        ValueError: the token is broken or of another signature.
    """
    signed = token["content"]
    when: datetime = signed["encap_content_info"]["content"].parsed["gen_time"].native

    def imprint(algorithm: str) -> bytes:
        if algorithm not in _DIGESTS:
            raise ValueError("the time stamp is over a weak digest")
        return hashlib.new(algorithm, signature).digest()

    status = await validate_tst_signed_data(signed, context(trust.time_authorities if trust else (), when), imprint)
    if not (status["intact"] and status["valid"] and strict(signed, "v3", ())):
        raise ValueError("the time stamp is broken")
    return when.astimezone(UTC), State.FAILED if status["trust_problem_indic"] else State.PASSED


def strict(signed: cms.SignedData, version: str, unsigned: tuple[str, ...]) -> bool:
    """Whether those parts of a signature that nothing signs are as RFC 5652 §5.1 and §5.3 prescribe for one signer.

    Readers skip over them, so a changed byte there would go unseen.
    """
    (signer,) = signed["signer_infos"]
    (algorithm,) = signed["digest_algorithms"]
    by_issuer = signer["sid"].name == "issuer_and_serial_number"
    names = {one.chosen.issuer.dump() for one in signed["certificates"] if one.name == "certificate"}
    attributes = tuple(attribute["type"].native for attribute in signer["unsigned_attrs"])
    return (
        exact(signed)
        and exact(signer)
        and signed["version"].native == version
        and signer["version"].native == ("v1" if by_issuer else "v3")
        and (not by_issuer or signer["sid"].chosen["issuer"].dump() in names)
        and algorithm.dump() == signer["digest_algorithm"].dump()
        and attributes in ((), unsigned)
    )


def exact(sequence: core.Sequence) -> bool:
    """Whether the sequence consists of the parts that were read and of nothing else."""
    return bool(sequence.contents == b"".join(sequence[name].dump() for name in sequence))


def context(roots: Iterable[bytes], moment: datetime) -> ValidationContext:
    """Trust in these roots (DER) at that moment, without fetching anything."""
    return ValidationContext(
        trust_roots=[x509.Certificate.load(root) for root in roots], moment=moment, allow_fetching=False
    )
