"""Seals and what sealing leaves, of three versions; anything else is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from dangqiao.adapters.gm import ses

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
HEAD: dict[str, Any] = {
    "es_id": "310101-1",
    "picture": {"type": "ofd", "data": b"picture", "width": 42, "height": 42},
}
DATES = {"create_date": NOW, "valid_start": NOW, "valid_end": NOW}
ALGORITHM = "1.2.156.10197.1.501"


def seal(version: int, **more: Any) -> ses.Seal:
    digests = ses.CertificateDigests([{"type": "1.2.156.10197.1.401", "value": bytes(32)}])
    certificates: dict[str, Any] = {"cert_list_type": 2, "cert_list": digests}
    info = HEAD | {
        "header": {"id": "ES", "version": version, "vid": "x"},
        "property": {"type": 1, "name": "章"} | certificates | DATES,
        "ext_datas": [{"extn_id": "1.2.3", "extn_value": b"more"}],
    }
    return ses.Seal({"seal_info": info, "cert": b"c", "sign_alg_id": ALGORITHM, "signed_value": b"s"} | more)


def signature(version: int, **more: Any) -> ses.Signature:
    sign = {"version": version, "seal": seal(version), "time_info": NOW, "data_hash": b"h", "property_info": "/x"}
    return ses.Signature({"to_sign": sign, "cert": b"c", "signature_alg_id": ALGORITHM, "signature": b"s"} | more)


def signature_v1() -> ses.SignatureV1:
    info = HEAD | {
        "header": {"id": "ES", "version": 1, "vid": "x"},
        "property": {"type": 1, "name": "章", "cert_list": [b"c"]} | DATES,
    }
    sign = {"cert": b"c", "sign_alg_id": ALGORITHM, "signed_value": b"s"}
    return ses.SignatureV1(
        {
            "to_sign": {
                "version": 1,
                "seal": {"seal_info": info, "sign_info": sign},
                "time_info": b"20260305020000Z",
                "data_hash": b"h",
                "property_info": "/x",
                "cert": b"c",
                "signature_alg_id": ALGORITHM,
            },
            "signature": b"s",
        }
    )


def test_version_4_is_read() -> None:
    read = ses.read_signature(signature(4, time_stamp=b"t").dump())
    assert read["to_sign"]["seal"]["seal_info"]["header"]["version"].native == 4
    assert read["to_sign"]["time_info"].native == NOW
    assert read["time_stamp"].native == b"t"


def test_version_5_may_have_a_time_stamp_in_the_seal() -> None:
    read = ses.read_seal(seal(5, time_stamp=b"t").dump())
    assert (read["seal_info"]["header"]["version"].native, read["time_stamp"].native) == (5, b"t")
    assert read["seal_info"]["property"]["cert_list"][0]["value"].native == bytes(32)


def test_version_1_is_read() -> None:
    document = signature_v1()
    read = ses.read_signature(document.dump())
    assert isinstance(read, ses.SignatureV1)
    assert read["to_sign"]["seal"]["seal_info"]["property"]["valid_end"].native == NOW
    assert isinstance(ses.read_seal(document["to_sign"]["seal"].dump()), ses.SealV1)


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30\x00",
        signature(4).dump() + b"\x00",
        signature(4).dump()[:-1],
        b"\x30\x80" + signature(4).dump()[4:] + b"\x00\x00",
        signature(4).dump().replace(b"\x16\x02/x", b"\x04\x02/x"),
    ],
)
def test_anything_else_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match="not"):
        ses.read_signature(der)
