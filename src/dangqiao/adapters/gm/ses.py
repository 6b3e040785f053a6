"""The electronic seal and the act of sealing in ASN.1: GB/T 38540-2020, and the versions before and after it.

Version 4 is GB/T 38540-2020 (§6.1 the seal, §7.1 what sealing leaves); version 5, GM/T 0031-2025, adds an optional time
stamp to the seal; version 1, GM/T 0031-2014, is built differently and only read. The number is that in the header.

The tempting misreading: the maker signs the DER of eSealInfo *only* in versions 4 and 5, not certificate and algorithm
with it as in version 1.
"""
# mypy: disable-error-code="misc"
# (asn1crypto has no types, so its classes are Any)

from typing import Any, ClassVar

from asn1crypto import core

import dangqiao.adapters.asn1  # noqa: F401  (repairs asn1crypto)
from dangqiao.adapters.asn1 import der_end


class ExtData(core.Sequence):
    """What a maker or a signer adds of their own, under an identifier."""

    _fields: ClassVar = [
        ("extn_id", core.ObjectIdentifier),
        ("critical", core.Boolean, {"default": False}),
        ("extn_value", core.OctetString),
    ]


class ExtensionDatas(core.SequenceOf):
    """Such additions."""

    _child_spec = ExtData


class Header(core.Sequence):
    """`id` is ES; `vid` names who made the software."""

    _fields: ClassVar = [("id", core.IA5String), ("version", core.Integer), ("vid", core.IA5String)]


class Picture(core.Sequence):
    """`type` is png, ofd, …; `width` and `height` are millimetres."""

    _fields: ClassVar = [
        ("type", core.IA5String),
        ("data", core.OctetString),
        ("width", core.Integer),
        ("height", core.Integer),
    ]


class Certificates(core.SequenceOf):
    """DER certificates of those who may use the seal."""

    _child_spec = core.OctetString


class CertificateDigest(core.Sequence):
    """A certificate named by its digest; `type` is the algorithm's identifier."""

    _fields: ClassVar = [("type", core.PrintableString), ("value", core.OctetString)]


class CertificateDigests(core.SequenceOf):
    """Those who may use the seal, named by digests."""

    _child_spec = CertificateDigest


class Property(core.Sequence):
    """Whose seal, who may use it, and when.

    `type` 1: of a unit, 2: of a person; `cert_list_type` 1: `Certificates`, 2: `CertificateDigests`.
    """

    _fields: ClassVar = [
        ("type", core.Integer),
        ("name", core.UTF8String),
        ("cert_list_type", core.Integer),
        ("cert_list", core.Any),
        ("create_date", core.GeneralizedTime),
        ("valid_start", core.GeneralizedTime),
        ("valid_end", core.GeneralizedTime),
    ]
    _spec_callbacks: ClassVar = {
        "cert_list": lambda self: Certificates if self["cert_list_type"].native == 1 else CertificateDigests
    }


class SealInfo(core.Sequence):
    """eSealInfo: what the maker signs."""

    _fields: ClassVar = [
        ("header", Header),
        ("es_id", core.IA5String),
        ("property", Property),
        ("picture", Picture),
        ("ext_datas", ExtensionDatas, {"optional": True}),
    ]


class Seal(core.Sequence):
    """SESeal: what the maker hands to the owner."""

    _fields: ClassVar = [
        ("seal_info", SealInfo),
        ("cert", core.OctetString),
        ("sign_alg_id", core.ObjectIdentifier),
        ("signed_value", core.OctetBitString),
        ("time_stamp", core.OctetBitString, {"explicit": 0, "optional": True}),
    ]


class ToSign(core.Sequence):
    """TBS_Sign: what the owner signs."""

    _fields: ClassVar = [
        ("version", core.Integer),
        ("seal", Seal),
        ("time_info", core.GeneralizedTime),
        ("data_hash", core.OctetBitString),
        ("property_info", core.IA5String),
        ("ext_datas", ExtensionDatas, {"explicit": 0, "optional": True}),
    ]


class Signature(core.Sequence):
    """SES_Signature, the content of SignedValue.dat. The time stamp (GB/T 20520) is of the signature's octets."""

    _fields: ClassVar = [
        ("to_sign", ToSign),
        ("cert", core.OctetString),
        ("signature_alg_id", core.ObjectIdentifier),
        ("signature", core.OctetBitString),
        ("time_stamp", core.OctetBitString, {"explicit": 0, "optional": True}),
    ]


class PropertyV1(core.Sequence):
    """As `Property`; always certificates, and years of two digits."""

    _fields: ClassVar = [
        ("type", core.Integer),
        ("name", core.UTF8String),
        ("cert_list", Certificates),
        ("create_date", core.UTCTime),
        ("valid_start", core.UTCTime),
        ("valid_end", core.UTCTime),
    ]


class SealInfoV1(core.Sequence):
    """As `SealInfo`."""

    _fields: ClassVar = [
        ("header", Header),
        ("es_id", core.IA5String),
        ("property", PropertyV1),
        ("picture", Picture),
        ("ext_datas", ExtensionDatas, {"optional": True}),
    ]


class SignInfoV1(core.Sequence):
    """The maker's certificate and signature."""

    _fields: ClassVar = [
        ("cert", core.OctetString),
        ("sign_alg_id", core.ObjectIdentifier),
        ("signed_value", core.OctetBitString),
    ]


class SealV1(core.Sequence):
    """As `Seal`."""

    _fields: ClassVar = [("seal_info", SealInfoV1), ("sign_info", SignInfoV1)]


class ToSignV1(core.Sequence):
    """`time_info` holds a UTCTime or a time stamp."""

    _fields: ClassVar = [
        ("version", core.Integer),
        ("seal", SealV1),
        ("time_info", core.OctetBitString),
        ("data_hash", core.OctetBitString),
        ("property_info", core.IA5String),
        ("cert", core.OctetString),
        ("signature_alg_id", core.ObjectIdentifier),
    ]


class SignatureV1(core.Sequence):
    """As `Signature`; certificate and algorithm are under the signature."""

    _fields: ClassVar = [("to_sign", ToSignV1), ("signature", core.OctetBitString)]


def read_seal(der: bytes) -> Seal | SealV1:
    """An electronic seal of any version. Raises ValueError for anything that is not one in strict DER."""
    seal: Seal | SealV1 = _read(der, Seal, SealV1)
    return seal


def read_signature(der: bytes) -> Signature | SignatureV1:
    """What sealing left, of any version. Raises ValueError for anything that is not one in strict DER."""
    signature: Signature | SignatureV1 = _read(der, Signature, SignatureV1)
    return signature


def _read(der: bytes, *kinds: type[core.Sequence]) -> Any:
    if der_end(der) != len(der):
        raise ValueError("not DER")
    problem: Exception = ValueError("not a seal")
    for kind in kinds:
        try:
            value = kind.load(der, strict=True)
            if value.copy().dump(force=True) == der:
                return value
        except (ValueError, TypeError) as error:
            problem = error
    raise ValueError("not a seal") from problem
