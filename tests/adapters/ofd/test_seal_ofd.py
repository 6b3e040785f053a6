"""A sealed OFD is valid; other programs agree; each way to cheat has its reason."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import pem, x509

from dangqiao.adapters.gm import PrivateKey, certificates, ses, sm3
from dangqiao.adapters.gm.certificates import Issuer
from dangqiao.adapters.gm.keys import GmSeal
from dangqiao.adapters.ofd import layout
from dangqiao.adapters.ofd.package import pack, unpack
from dangqiao.adapters.ofd.verifying import is_ofd, verify_ofd
from dangqiao.adapters.pdf import verify_document
from dangqiao.core.sealing.periods import Period
from dangqiao.core.sealing.ports import ElectronicSeal, TrustList
from dangqiao.core.sealing.verdict import Outcome, Verdict
from tests.adapters.gm.second import DISTID, gmssl_agrees, openssl
from tests.adapters.ofd.bureau import Bureau
from tests.adapters.pdf.office import NOW, YEAR, flipped
from tests.core.sealing.samples import CERTIFICATE, certificate


def codes(verdict: Verdict) -> list[str]:
    return [str(reason.code) for reason in verdict.reasons]


def files_of(document: bytes) -> dict[str, bytes]:
    files = unpack(document)
    assert files is not None
    return files


def signature_of(document: bytes) -> ses.Signature:
    signature = ses.read_signature(files_of(document)[layout.SIGNED_VALUE])
    assert isinstance(signature, ses.Signature)
    return signature


def changed(document: bytes, name: str, old: bytes, new: bytes) -> bytes:
    files = files_of(document)
    assert old in files[name]
    return pack(files | {name: files[name].replace(old, new, 1)})


def test_a_sealed_document_is_valid(bureau: Bureau, issued: bytes) -> None:
    verdict = verify_ofd(issued, bureau.both, NOW)
    assert (verdict.outcome, codes(verdict)) == (Outcome.VALID, ["sealed_and_unaltered", "test_seal"])
    assert verdict.claim == CERTIFICATE.claim()
    assert (verdict.sealed_by, verdict.sealed_at) == (CERTIFICATE.archive_name, NOW)


def test_other_programs_find_the_signature_good(issued: bytes, tmp_path: Path) -> None:
    signature = signature_of(issued)
    public = x509.Certificate.load(signature["cert"].native).public_key.dump()
    signed, value = signature["to_sign"].dump(), signature["signature"].native
    assert gmssl_agrees(public, value, signed)
    (tmp_path / "public.pem").write_bytes(pem.armor("PUBLIC KEY", public))
    (tmp_path / "signature").write_bytes(value)
    verify = ("dgst", "-sm3", "-verify", tmp_path / "public.pem", "-signature", tmp_path / "signature")
    assert openssl(*verify, "-sigopt", DISTID, source=signed).returncode == 0
    assert openssl(*verify, "-sigopt", DISTID, source=flipped(signed, 900)).returncode != 0


def test_what_is_signed_is_as_the_standard_says(issued: bytes) -> None:
    files, signed = files_of(issued), signature_of(issued)["to_sign"]
    assert signed["version"].native == signed["seal"]["seal_info"]["header"]["version"].native == 4
    assert signed["data_hash"].native == sm3(files[layout.SIGNATURE])
    assert signed["property_info"].native == "/Doc_0/Signs/Sign_0/Signature.xml"
    assert signed["seal"].dump() == files[layout.SEAL]
    referenced = files[layout.SIGNATURE].decode().count("<ofd:Reference ")
    assert referenced == len(files) - 3


def places(document: bytes) -> Iterator[int]:
    """Some places everywhere, and more in what no digest covers."""
    dice = random.Random(20260305)
    yield from dice.sample(range(len(document)), 200)
    value = document.index(files_of(document)[layout.SIGNED_VALUE])
    yield from dice.sample(range(value + 13_400, value + len(files_of(document)[layout.SIGNED_VALUE])), 300)
    yield from dice.sample(range(len(document) - 900, len(document)), 200)


def test_one_changed_byte_is_found_anywhere(bureau: Bureau, issued: bytes) -> None:
    dice = random.Random(1)
    for place in places(issued):
        verdict = verify_ofd(flipped(issued, place, dice.randrange(8)), bureau.both, NOW)
        assert codes(verdict) == ["document_altered"], place


@pytest.mark.parametrize("trust_list", [True, False])
def test_alteration_needs_no_trust_list(bureau: Bureau, issued: bytes, trust_list: bool) -> None:
    document = changed(issued, layout.page_file(0), b'X="', b'X="1')
    verdict = verify_ofd(document, bureau.both if trust_list else None, NOW)
    assert (verdict.outcome, codes(verdict)) == (Outcome.INVALID, ["document_altered"])


def test_nothing_may_be_added_or_taken_away(bureau: Bureau, issued: bytes) -> None:
    files = files_of(issued)
    with_more = files | {"Doc_0/Annots.xml": b"<more/>"}
    with_less = {name: data for name, data in files.items() if name != layout.RESOURCES}
    reordered = dict(sorted(files.items()))
    for document in (pack(with_more), pack(with_less), pack(reordered), issued + b"\n"):
        assert codes(verify_ofd(document, bureau.both, NOW)) == ["document_altered"]


def test_files_that_are_not_ours_are_named(bureau: Bureau, issued: bytes) -> None:
    unsigned = {name: data for name, data in files_of(issued).items() if "Sign" not in name}
    foreign = {name: data.replace(b"dangqiao", b"somebody") for name, data in files_of(issued).items()}
    assert codes(verify_ofd(pack(foreign), bureau.both, NOW)) == ["of_no_archive"]
    assert codes(verify_ofd(b"", bureau.both, NOW)) == ["not_a_document"]
    unsigned[layout.ROOT] = unsigned[layout.ROOT].replace(b"<ofd:Signatures>Doc_0/Signs/Signatures.xml", b"<ofd:None>")
    assert codes(verify_ofd(pack(unsigned), bureau.both, NOW)) == ["not_sealed"]


def test_ofd_and_pdf_are_told_apart(bureau: Bureau, issued: bytes) -> None:
    assert is_ofd(issued) and is_ofd(flipped(issued, 0))
    assert not is_ofd(bureau.issue(CERTIFICATE)) and not is_ofd(b"")


def test_without_a_fresh_trust_list_nothing_is_said(bureau: Bureau, issued: bytes) -> None:
    assert codes(verify_ofd(issued, None, NOW)) == ["no_trust_list", "test_seal"]
    old = replace(bureau.both, expires=NOW - timedelta(hours=1))
    assert codes(verify_ofd(issued, old, NOW))[0] == "trust_list_expired"


def with_(trust: TrustList, **changes: object) -> TrustList:
    return replace(trust, **changes)  # type: ignore[arg-type]


def test_whose_seal_it_is_decides(bureau: Bureau, issued: bytes, tmp_path: Path) -> None:
    fingerprint = x509.Certificate.load(bureau.seals.seal("310101", CERTIFICATE.archive_name).certificate).sha256.hex()
    stranger = Bureau(tmp_path)
    reasons = {
        "issuer_unknown": with_(bureau.both, seal_authorities=stranger.both.seal_authorities),
        "archive_unknown": with_(bureau.both, platforms={}),
        "seal_withdrawn": with_(
            bureau.both, seal_periods={fingerprint: (Period(NOW - YEAR, NOW - timedelta(days=1)),)}
        ),
        "timestamp_untrusted": with_(bureau.both, time_authorities=stranger.both.time_authorities),
    }
    assert {code: codes(verify_ofd(issued, trust, NOW))[0] for code, trust in reasons.items()} == {
        code: code for code in reasons
    }


def test_a_document_outlives_its_seal(bureau: Bureau, issued: bytes) -> None:
    verdict = verify_ofd(issued, bureau.both, NOW + 5 * YEAR)
    assert codes(verdict) == ["sealed_and_unaltered", "seal_expired_since", "test_seal"]


def test_pdf_is_judged_as_before_by_a_list_with_both_authorities(bureau: Bureau) -> None:
    assert codes(verify_document(bureau.issue(CERTIFICATE), bureau.both, NOW))[0] == "sealed_and_unaltered"


def test_version_5_of_the_seal_is_a_parameter(tmp_path: Path) -> None:
    newer = Bureau(tmp_path, seal_version=5)
    document = newer.issue_ofd(CERTIFICATE)
    assert signature_of(document)["to_sign"]["version"].native == 5
    assert codes(verify_ofd(document, newer.both, NOW))[0] == "sealed_and_unaltered"


@dataclass
class Stolen:
    """A key store that hands out one seal, whoever asks."""

    key: ElectronicSeal

    def seal(self, archive: str, archive_name: str) -> ElectronicSeal:
        return self.key


def test_the_seal_of_another_archive_is_seen(bureau: Bureau) -> None:
    other = bureau.seals.seal("310104", "样例乙区档案馆")
    document = bureau.issue_ofd(CERTIFICATE, seals=Stolen(other))
    assert codes(verify_ofd(document, bureau.both, NOW))[0] == "seal_of_another_archive"


def test_an_expired_seal_is_seen(bureau: Bureau, tmp_path: Path) -> None:
    late = Bureau(tmp_path)
    seal = late.seals.seal(CERTIFICATE.archive, CERTIFICATE.archive_name)
    late.stamp_clock.now = NOW + 3 * YEAR
    document = late.issue_ofd(CERTIFICATE, seals=Stolen(seal))
    assert codes(verify_ofd(document, late.both, NOW + 3 * YEAR))[0] == "seal_expired"


class Forger:
    """Somebody with a key and certificates of their own making, by the authority or not."""

    def __init__(self, bureau: Bureau) -> None:
        self.bureau, self.key = bureau, PrivateKey.generate()
        self.good = bureau.seals.seal(CERTIFICATE.archive, CERTIFICATE.archive_name)

    def seal(self, maker: Issuer, certificate: bytes, listed: bytes) -> ElectronicSeal:
        """A seal like the good one, for other certificates, signed by `maker`."""
        seal = ses.read_seal(self.good.seal).copy()
        info = seal["seal_info"]
        info["property"]["cert_list"] = ses.Certificates([listed])
        seal["cert"] = maker.certificate
        seal["signed_value"] = maker.key.sign(info.dump(force=True))
        return GmSeal(self.key, certificate, seal.dump(force=True))

    def issued_to_me(self, archive: str = CERTIFICATE.archive) -> bytes:
        return self.certificate(self.bureau.seals._authority(), archive)

    def certificate(self, issuer: Issuer, archive: str = CERTIFICATE.archive) -> bytes:
        public = self.key.public_der()
        return certificates.seal(
            archive, CERTIFICATE.archive_name, public, issuer, now=self.bureau.clock(), serial=lambda: 7
        )


def first_reason(bureau: Bureau, seal: ElectronicSeal) -> str:
    return codes(verify_ofd(bureau.issue_ofd(certificate(), seals=Stolen(seal)), bureau.both, NOW))[0]


def test_an_archive_cannot_make_its_own_seal(bureau: Bureau) -> None:
    forger = Forger(bureau)
    mine = forger.issued_to_me()
    assert first_reason(bureau, forger.seal(Issuer(mine, forger.key), mine, mine)) == "issuer_unknown"


def test_a_stranger_cannot_use_a_good_seal(bureau: Bureau) -> None:
    forger = Forger(bureau)
    mine = forger.certificate(Issuer(bureau.seals.authority(), forger.key))
    assert first_reason(bureau, GmSeal(forger.key, mine, forger.good.seal)) == "document_altered"


def test_a_certificate_that_the_authority_did_not_sign_is_not_believed(bureau: Bureau) -> None:
    forger = Forger(bureau)
    mine = forger.certificate(Issuer(bureau.seals.authority(), forger.key))
    maker = Issuer(ses.read_seal(forger.good.seal)["cert"].native, bureau.seals._maker().key)
    assert first_reason(bureau, forger.seal(maker, mine, mine)) == "issuer_unknown"


def test_the_picture_of_a_seal_cannot_be_exchanged(bureau: Bureau, issued: bytes) -> None:
    forger = Forger(bureau)
    seal = ses.read_seal(forger.good.seal).copy()
    seal["seal_info"]["picture"]["width"] = 41
    stolen = GmSeal(forger.key, forger.good.certificate, seal.dump(force=True))
    stolen.sign = forger.good.sign  # type: ignore[method-assign]
    assert first_reason(bureau, stolen) == "document_altered"
