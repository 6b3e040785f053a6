"""A seal that outlasts its certificates: every level with every kind of key, and what must not come after a seal."""

import asyncio
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import pytest
from asn1crypto import crl, keys, tsp, x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    BasicConstraints,
    CertificateBuilder,
    CertificateRevocationListBuilder,
    ExtendedKeyUsage,
    Name,
    NameAttribute,
    load_der_x509_certificate,
    random_serial_number,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleCertificateStore, SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from dangqiao.adapters.keys import SoftKeyStore
from dangqiao.adapters.keys.kinds import KINDS
from dangqiao.adapters.pdf import PdfSealer, verify_document
from dangqiao.adapters.pdf.lengthening import Known, Lengthener
from dangqiao.adapters.pdf.sealing import FOREIGN_STAMP, OWN_STAMP
from dangqiao.adapters.timestamp.tokens import PortStamper
from dangqiao.core.errors import Unavailable
from dangqiao.core.sealing.ports import Lengthened
from dangqiao.core.sealing.verdict import Outcome, Verdict
from tests.adapters.pdf.judges import ask
from tests.adapters.pdf.office import NOW, TYPESETTER, YEAR, Office, flipped
from tests.core.sealing.samples import CERTIFICATE
from tools import judge_pdf


def codes(verdict: Verdict) -> list[str]:
    return [str(reason.code) for reason in verdict.reasons]


@dataclass(frozen=True)
class LongOffice:
    """An office whose documents are made to last."""

    office: Office
    folder: Path

    @classmethod
    def of_kind(cls, folder: Path, kind: str = "p256", platform: str = "310000") -> "LongOffice":
        office = Office(folder, platform)
        office.keys = SoftKeyStore(folder, platform, f"样例平台{platform}", office.clock, kind=kind)
        return cls(office, folder)

    def known(self) -> Known:
        return Known((self.office.keys.authority().certificate,), self.office.keys.revocation_lists())

    @property
    def sealer(self) -> PdfSealer:
        return PdfSealer(self.office.keys, self.office.stamper, self.known)

    @cached_property
    def plain(self) -> bytes:
        return TYPESETTER.typeset(CERTIFICATE, {}.__getitem__)

    def levels(self) -> dict[str, bytes]:
        stamped = self.sealer.seal(self.plain, CERTIFICATE)
        return {
            "B-B": PdfSealer(self.office.keys, None).seal(self.plain, CERTIFICATE),
            "B-T": stamped,
            "B-LT": Lengthener(self.office.stamper, self.known, OWN_STAMP).with_proof(stamped),
            "B-LTA": self.sealer.lengthen(stamped).document,
        }


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> LongOffice:
    return LongOffice.of_kind(tmp_path_factory.mktemp("long"))


@pytest.fixture(scope="module")
def lengthened(long: LongOffice) -> Lengthened:
    return long.sealer.lengthen(long.sealer.seal(long.plain, CERTIFICATE))


def test_every_level_with_every_kind_of_key_is_good_to_others(tmp_path: Path) -> None:
    """pdfsig, qpdf and veraPDF (PDF/A-2b) take all; each finds what was changed."""
    if reason := judge_pdf.missing():
        pytest.skip(reason)
    ask("pdfsig", "-v")
    files: dict[Path, bytes] = {}
    for kind in KINDS:
        office = LongOffice.of_kind(tmp_path / kind, kind)
        for level, document in office.levels().items():
            files[tmp_path / f"{kind} {level}.pdf"] = document
            wanted = Outcome.INDETERMINATE if level == "B-B" else Outcome.VALID
            assert verify_document(document, office.office.trust, NOW).outcome is wanted, (kind, level)
    good = files[tmp_path / "p256 B-LTA.pdf"]
    files |= {
        tmp_path / "changed content.pdf": flipped(good, good.index(b"stream") + 40),
        tmp_path / "changed header.pdf": good.replace(b"%PDF-1.7", b"%PDF-9.7"),
        tmp_path / "changed structure.pdf": good.replace(b"0000000000 65535 f", b"0000000000 65535 x", 1),
    }
    for path, document in files.items():
        path.write_bytes(document)
    found = judge_pdf.judge(list(files))
    bad = {path.stem: one for path, one in found.items() if not one.good}
    assert sorted(bad) == ["changed content", "changed header", "changed structure"], bad
    assert bad["changed content"].seal == "Digest Mismatch."
    assert not bad["changed header"].pdf_a
    assert not bad["changed structure"].sound


def test_a_lengthened_document_is_valid_and_says_how_long(long: LongOffice, lengthened: Lengthened) -> None:
    verdict = verify_document(lengthened.document, long.office.trust, NOW)
    assert (verdict.outcome, verdict.claim, verdict.sealed_at) == (Outcome.VALID, CERTIFICATE.claim(), NOW)
    ends = load_der_x509_certificate(long.office.keys.time_authority().certificate).not_valid_after_utc
    assert lengthened.stamp_until == ends


def test_nothing_of_the_document_is_touched(long: LongOffice) -> None:
    sealed = long.sealer.seal(long.plain, CERTIFICATE)
    longer = long.sealer.lengthen(sealed).document
    assert longer.startswith(sealed)
    before, after = (PdfFileReader(io.BytesIO(one)).trailer_view for one in (sealed, longer))
    assert before["/Info"] == after["/Info"]
    assert before["/Root"]["/Metadata"].data == after["/Root"]["/Metadata"].data


@pytest.mark.parametrize("years", [0, 3])
def test_what_proves_it_is_all_within(long: LongOffice, lengthened: Lengthened, years: int) -> None:
    """pyHanko follows ETSI EN 319 102-1 §5.6.3 without asking anybody; when the seal has expired it needs to know of
    the newest stamp's authority only, whether it was taken back.
    """
    now = NOW + timedelta(days=1) + years * YEAR
    roots = SimpleTrustManager.build([x509.Certificate.load(long.office.keys.authority().certificate)])
    later = SoftKeyStore(long.folder, long.office.platform, "", lambda: now).revocation_lists() if years else ()
    policy = SignatureValidationSpec(
        CertValidationPolicySpec(roots, CertRevTrustPolicy(REQUIRE_REVINFO)),
        RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
        local_knowledge=LocalKnowledge(known_crls=[CRLContainer(crl.CertificateList.load(der)) for der in later]),
    )
    signature = PdfFileReader(io.BytesIO(lengthened.document)).embedded_regular_signatures[0]
    timing = ValidationTimingInfo(now, now, True)
    found = asyncio.run(ades_lta_validation(signature, PdfSignatureValidationSpec(policy), timing))
    assert (found.ades_subindic, found.best_signature_time) == (AdESPassed.OK, NOW)


def test_it_can_be_lengthened_again_and_again(long: LongOffice, lengthened: Lengthened, tmp_path: Path) -> None:
    document = lengthened.document
    for _ in range(3):
        document = long.sealer.lengthen(document).document
    assert verify_document(document, long.office.trust, NOW).outcome is Outcome.VALID
    path = tmp_path / "document.pdf"
    path.write_bytes(document)
    assert ask("pdfsig", path).stdout.count("Signature Field Name") == 5
    assert ask("qpdf", "--check", path).returncode == 0


def test_a_later_stamp_stands_in_for_an_authority_that_is_believed_no_more(long: LongOffice, tmp_path: Path) -> None:
    sealed = long.sealer.seal(long.plain, CERTIFICATE)
    elsewhere = LongOffice.of_kind(tmp_path, platform="320000")
    other = elsewhere.office
    other.stamp_clock.now = NOW + timedelta(days=90)

    def known() -> Known:
        ours, theirs = long.known(), elsewhere.known()
        return Known(ours.authorities + theirs.authorities, ours.revocation_lists + theirs.revocation_lists)

    longer = PdfSealer(long.office.keys, other.stamper, known).lengthen(sealed).document
    later = long.office.trusting(time_authorities=(other.keys.authority().certificate,))
    assert codes(verify_document(sealed, later, NOW + YEAR))[0] == "timestamp_untrusted"
    verdict = verify_document(longer, later, NOW + YEAR)
    assert (verdict.outcome, verdict.sealed_at) == (Outcome.VALID, NOW + timedelta(days=90))


def test_an_aged_stamp_is_told_until_it_is_renewed(long: LongOffice, tmp_path: Path) -> None:
    """After ten years the authority's certificate has ended; the document stays valid, and its holder is told."""
    sealed = long.sealer.seal(long.plain, CERTIFICATE)
    later = NOW + 11 * YEAR
    verdict = verify_document(sealed, long.office.trust, later)
    assert (verdict.outcome, "timestamp_aged" in codes(verdict)) == (Outcome.VALID, True)
    elsewhere = LongOffice.of_kind(tmp_path, platform="320000")
    elsewhere.office.clock.now = elsewhere.office.stamp_clock.now = NOW + 9 * YEAR
    known = elsewhere.known()

    def both() -> Known:
        ours = long.known()
        return Known(ours.authorities + known.authorities, ours.revocation_lists + known.revocation_lists)

    renewed = PdfSealer(long.office.keys, elsewhere.office.stamper, both).lengthen(sealed).document
    trust = long.office.trusting(time_authorities=(*long.office.trust.time_authorities, *known.authorities))
    verdict = verify_document(renewed, trust, later)
    assert (verdict.outcome, "timestamp_aged" in codes(verdict)) == (Outcome.VALID, False)


def test_one_changed_byte_is_found_anywhere(long: LongOffice, lengthened: Lengthened) -> None:
    dice = random.Random(20260306)
    document = lengthened.document
    for place in dice.sample(range(len(document)), 150):
        verdict = verify_document(flipped(document, place, dice.randrange(8)), long.office.trust, NOW)
        assert codes(verdict) == ["document_altered"], place


def test_an_addition_that_changes_the_document_is_an_alteration(long: LongOffice, lengthened: Lengthened) -> None:
    """Also where a trusted authority stamped it: it stamps whatever it is sent."""
    for key in ("/Keywords", "/Title"):
        writer = IncrementalPdfFileWriter(io.BytesIO(lengthened.document))
        info = writer.trailer["/Info"]
        info[key] = type(info[key])("dangqiao/1 archive=310104 serial=1 code=2 kind=copy content=" + "0" * 64)
        writer.update_container(info)
        out = io.BytesIO()
        PdfTimeStamper(PortStamper(long.office.stamper)).timestamp_pdf(writer, "sha256", output=out)
        assert codes(verify_document(out.getvalue(), long.office.trust, NOW)) == ["document_altered"]


def test_what_proves_it_is_written_in_one_way(long: LongOffice) -> None:
    """B-LT: no time stamp covers the proof, so its form is prescribed; what certificates and lists hold is not."""
    sealed = long.sealer.seal(long.plain, CERTIFICATE)
    document = Lengthener(long.office.stamper, long.known, OWN_STAMP).with_proof(sealed)
    streams = [slice(at, document.index(b"endstream", at)) for at in _all(document, b">>\nstream\n", len(sealed))]
    dice = random.Random(20260307)
    for place in dice.sample(range(len(document)), 150):
        verdict = verify_document(flipped(document, place, dice.randrange(8)), long.office.trust, NOW)
        inside = any(one.start <= place < one.stop for one in streams)
        assert inside or codes(verdict) == ["document_altered"], place
    for tail in (b"\n", b"%", b"%%EOF\n"):
        assert codes(verify_document(document + tail, long.office.trust, NOW)) == ["document_altered"]


def _all(document: bytes, mark: bytes, start: int) -> Iterator[int]:
    while (start := document.find(mark, start) + 1) > 0:
        yield start - 1


def test_nothing_may_follow_the_last_stamp(long: LongOffice, lengthened: Lengthened) -> None:
    for tail in (b"\n", b"%", b"%%EOF\n"):
        assert codes(verify_document(lengthened.document + tail, long.office.trust, NOW)) == ["document_altered"]


def test_without_the_additions_it_is_what_it_was_before(long: LongOffice) -> None:
    sealed = long.sealer.seal(long.plain, CERTIFICATE)
    longer = long.sealer.lengthen(sealed).document
    assert verify_document(longer[: len(sealed)], long.office.trust, NOW).outcome is Outcome.VALID


def test_it_is_not_lengthened_without_a_revocation_list(long: LongOffice) -> None:
    sealed = long.sealer.seal(long.plain, CERTIFICATE)
    blind = PdfSealer(long.office.keys, long.office.stamper, lambda: Known(long.known().authorities))
    with pytest.raises(Unavailable) as caught:
        blind.lengthen(sealed)
    assert caught.value.code == "seals.revocation_missing"
    assert "电子印章测试根" in str(caught.value)


def foreign_authority() -> tuple[DummyTimeStamper, Known]:
    """A time-stamp authority as one can buy it: RSA, an authority between it and its root, all certificates sent."""
    root_key, middle_key, own_key = (rsa.generate_private_key(65537, 2048) for _ in range(3))

    def name(words: str) -> Name:
        return Name([NameAttribute(NameOID.COMMON_NAME, words)])

    def issued(subject: str, key: rsa.RSAPrivateKey, issuer: str, issuer_key: rsa.RSAPrivateKey, ca: bool) -> bytes:
        builder = (
            CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name(issuer))
            .public_key(key.public_key())
            .serial_number(random_serial_number())
            .not_valid_before(NOW - YEAR)
            .not_valid_after(NOW + 9 * YEAR)
            .add_extension(BasicConstraints(ca, None), critical=True)
        )
        if not ca:
            builder = builder.add_extension(ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        return builder.sign(issuer_key, SHA256()).public_bytes(Encoding.DER)

    def revoked(issuer: str, key: rsa.RSAPrivateKey) -> bytes:
        builder = CertificateRevocationListBuilder().issuer_name(name(issuer))
        return builder.last_update(NOW).next_update(NOW + YEAR).sign(key, SHA256()).public_bytes(Encoding.DER)

    root = issued("Root", root_key, "Root", root_key, True)
    middle = issued("Middle", middle_key, "Root", root_key, True)
    own = issued("Authority", own_key, "Middle", middle_key, False)
    store = SimpleCertificateStore.from_certs([x509.Certificate.load(middle)])
    private = own_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    stamper = DummyTimeStamper(
        x509.Certificate.load(own), keys.PrivateKeyInfo.load(private), certs_to_embed=store, fixed_dt=NOW
    )
    return stamper, Known((root,), (revoked("Root", root_key), revoked("Middle", middle_key)))


@dataclass(frozen=True)
class Wire:
    """The authority behind our port."""

    authority: DummyTimeStamper

    def stamp(self, request: bytes) -> bytes:
        return bytes(self.authority.request_tsa_response(tsp.TimeStampReq.load(request)).dump())


def test_the_stamps_of_a_foreign_authority_are_believed_and_proven(long: LongOffice) -> None:
    authority, theirs = foreign_authority()

    def known() -> Known:
        ours = long.known()
        return Known(ours.authorities + theirs.authorities, ours.revocation_lists + theirs.revocation_lists)

    sealer = PdfSealer(long.office.keys, Wire(authority), known, reserved=FOREIGN_STAMP)
    sealed = sealer.seal(long.plain, CERTIFICATE)
    trust = long.office.trusting(time_authorities=theirs.authorities)
    assert codes(verify_document(sealed, long.office.trust, NOW))[0] == "timestamp_untrusted"
    for document in (sealed, sealer.lengthen(sealed).document):
        verdict = verify_document(document, trust, NOW)
        assert (verdict.outcome, verdict.sealed_at) == (Outcome.VALID, NOW)
        assert codes(verify_document(flipped(document, len(document) - 40_000), trust, NOW)) == ["document_altered"]
