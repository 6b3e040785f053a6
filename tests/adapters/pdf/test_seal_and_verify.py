"""A sealed document is valid; each way to cheat has its reason."""

import hashlib
import io
import random
from datetime import timedelta
from pathlib import Path

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from dangqiao.adapters.pdf import PdfSealer, verify_document
from dangqiao.core.errors import Unavailable
from dangqiao.core.sealing.periods import Period
from dangqiao.core.sealing.verdict import Outcome, Verdict
from tests.adapters.pdf.judges import ask
from tests.adapters.pdf.office import NOW, TYPESETTER, YEAR, Office, flipped
from tests.core.sealing.samples import CERTIFICATE, certificate


def codes(verdict: Verdict) -> list[str]:
    return [str(reason.code) for reason in verdict.reasons]


def test_a_sealed_document_is_valid(office: Office, sealed: bytes) -> None:
    verdict = verify_document(sealed, office.trust, NOW)
    assert (verdict.outcome, codes(verdict)) == (Outcome.VALID, ["sealed_and_unaltered", "test_seal"])
    assert verdict.claim == CERTIFICATE.claim()
    assert (verdict.sealed_by, verdict.sealed_at) == (CERTIFICATE.archive_name, NOW)


def test_other_programs_agree(saved: Path) -> None:
    assert "Signature is Valid" in ask("pdfsig", saved).stdout
    assert "Total document signed" in ask("pdfsig", saved).stdout
    assert ask("qpdf", "--check", saved).returncode == 0


def test_one_changed_byte_is_found_anywhere(office: Office, sealed: bytes) -> None:
    dice = random.Random(20260305)
    container = sealed.index(b"/Contents <") + 11
    places = dice.sample(range(len(sealed)), 120) + dice.sample(range(container, container + 5600), 80)
    for place in places:
        verdict = verify_document(flipped(sealed, place, dice.randrange(8)), office.trust, NOW)
        assert codes(verdict) == ["document_altered"], place


@pytest.mark.parametrize("trust_list", [True, False])
def test_alteration_needs_no_trust_list(office: Office, sealed: bytes, trust_list: bool) -> None:
    verdict = verify_document(flipped(sealed, 2000), office.trust if trust_list else None, NOW)
    assert (verdict.outcome, codes(verdict)) == (Outcome.INVALID, ["document_altered"])


def test_other_programs_find_the_changed_byte(sealed: bytes, saved: Path) -> None:
    saved.write_bytes(flipped(sealed, sealed.index(b"stream") + 40))
    assert "Signature is Valid" not in ask("pdfsig", saved).stdout


@pytest.mark.parametrize("tail", [b"\n", b"0", b"%%EOF\n"])
def test_nothing_may_be_appended(office: Office, sealed: bytes, tail: bytes) -> None:
    assert codes(verify_document(sealed + tail, office.trust, NOW)) == ["document_altered"]


def test_a_later_revision_is_an_alteration(office: Office, sealed: bytes) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    writer.root["/Lang"] = writer.root["/Lang"]
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    assert out.getvalue().startswith(sealed)
    assert codes(verify_document(out.getvalue(), office.trust, NOW)) == ["document_altered"]


@pytest.mark.parametrize("length", [-1, -1000, 30000])
def test_nothing_may_be_cut_off(office: Office, sealed: bytes, length: int) -> None:
    assert verify_document(sealed[:length], office.trust, NOW).outcome is Outcome.INVALID


def test_the_seal_of_another_archive_is_told(office: Office) -> None:
    other = office.keys.seal("310104", "测试市邻近区档案馆")
    document = office.issue(CERTIFICATE, key=other)
    for trust in (office.trust, None):
        verdict = verify_document(document, trust, NOW)
        assert verdict.outcome is Outcome.INVALID
        assert codes(verdict)[0] == "seal_of_another_archive"
    assert "测试市邻近区档案馆" in verdict.reasons[0].text()


def test_a_seal_made_by_somebody_else_is_told(office: Office, tmp_path: Path) -> None:
    forger = Office(tmp_path)
    verdict = verify_document(forger.issue(CERTIFICATE), office.trust, NOW)
    assert (verdict.outcome, codes(verdict)[0]) == (Outcome.INVALID, "issuer_unknown")


def test_a_platform_may_not_seal_for_the_archives_of_another(office: Office, tmp_path: Path) -> None:
    neighbour = Office(tmp_path, "320000")
    authorities = {
        "310000": (office.keys.authority().certificate,),
        "320000": (neighbour.keys.authority().certificate,),
    }
    both = office.trusting(seal_authorities=authorities, time_authorities=tuple(one for (one,) in authorities.values()))
    assert verify_document(neighbour.issue(certificate(archive="320102")), both, NOW).outcome is Outcome.VALID
    verdict = verify_document(neighbour.issue(CERTIFICATE), both, NOW)
    assert (verdict.outcome, codes(verdict)) == (Outcome.INVALID, ["issuer_unknown"])


def test_an_archive_that_is_not_listed_is_told(office: Office) -> None:
    assert codes(verify_document(office.issue(certificate(archive="999999")), office.trust, NOW)) == ["archive_unknown"]


def test_a_time_stamp_certificate_cannot_seal(office: Office) -> None:
    content = certificate(archive="310000")
    verdict = verify_document(
        office.issue(content, key=office.keys.time_authority()),
        office.trusting(platforms={"310000": "310000"}),
        NOW,
    )
    assert codes(verdict) == ["issuer_unknown"]


def test_a_seal_cannot_stamp_time(office: Office) -> None:
    key = office.keys.seal(CERTIFICATE.archive, CERTIFICATE.archive_name)
    office_of_impostor = PdfSealer(office.keys, type(office.stamper)(key, lambda: 1, office.stamp_clock))
    document = office_of_impostor.seal(TYPESETTER.typeset(CERTIFICATE, {}.__getitem__), CERTIFICATE)
    assert codes(verify_document(document, office.trust, NOW))[0] == "timestamp_untrusted"


def test_without_a_trust_list_nothing_can_be_said(sealed: bytes) -> None:
    verdict = verify_document(sealed, None, NOW)
    assert (verdict.outcome, codes(verdict)[0]) == (Outcome.INDETERMINATE, "no_trust_list")


def test_an_old_trust_list_is_told(office: Office, sealed: bytes) -> None:
    verdict = verify_document(sealed, office.trusting(expires=NOW - timedelta(days=1)), NOW)
    assert (verdict.outcome, codes(verdict)[0]) == (Outcome.INDETERMINATE, "trust_list_expired")


def test_a_document_outlives_its_seal(office: Office, sealed: bytes) -> None:
    verdict = verify_document(sealed, office.trust, NOW + 3 * YEAR)
    assert verdict.outcome is Outcome.VALID
    assert "seal_expired_since" in codes(verdict)


def test_an_expired_seal_makes_no_valid_document(tmp_path: Path) -> None:
    late = Office(tmp_path)
    key = late.keys.seal(CERTIFICATE.archive, CERTIFICATE.archive_name)
    late.stamp_clock.now = NOW + 3 * YEAR
    verdict = verify_document(late.issue(CERTIFICATE, key), late.trust, NOW + 3 * YEAR)
    assert (verdict.outcome, codes(verdict)) == (Outcome.INVALID, ["seal_expired"])


def test_a_seal_counts_while_it_was_in_use(office: Office, sealed: bytes) -> None:
    """Sealed at NOW: with a seal that is replaced later, suspended before, and not yet activated."""
    key = office.keys.seal(CERTIFICATE.archive, CERTIFICATE.archive_name).certificate
    seal, day = hashlib.sha256(key).hexdigest(), timedelta(days=1)

    def told(*periods: Period) -> list[str]:
        return codes(verify_document(sealed, office.trusting(seal_periods={seal: periods}), NOW))

    assert told(Period(NOW - day, NOW + day)) == ["sealed_and_unaltered", "test_seal"]
    assert told(Period(NOW - 3 * day, NOW - 2 * day), Period(NOW - day)) == ["sealed_and_unaltered", "test_seal"]
    assert told(Period(NOW - 3 * day, NOW - 2 * day), Period(NOW + day)) == ["seal_withdrawn"]
    assert told(Period(NOW - 3 * day, NOW)) == ["seal_withdrawn"]
    assert told(Period(NOW + day)) == ["seal_not_yet_valid"]


def test_an_unknown_time_authority_is_told(office: Office, sealed: bytes) -> None:
    verdict = verify_document(sealed, office.trusting(time_authorities=()), NOW)
    assert (verdict.outcome, codes(verdict)[0]) == (Outcome.INDETERMINATE, "timestamp_untrusted")


def test_an_unsealed_document_is_told(office: Office) -> None:
    document = TYPESETTER.typeset(CERTIFICATE, {}.__getitem__)
    assert codes(verify_document(document, office.trust, NOW)) == ["not_sealed"]


def test_a_document_signed_by_others_is_told(office: Office, sealed: bytes) -> None:
    foreign = sealed.replace(b"dangqiao/1 ", b"something  ")
    assert codes(verify_document(foreign, office.trust, NOW)) == ["of_no_archive"]


@pytest.mark.parametrize("mark", [b"/ObjStm", b"/XRef", b"/Encrypt", b"/#58Re#66", b"/#4fbjStm"])
def test_packed_objects_are_not_even_unpacked(office: Office, sealed: bytes, mark: bytes) -> None:
    assert codes(verify_document(sealed + mark, office.trust, NOW)) == ["document_altered"]


def test_a_hundred_thousand_revisions_are_not_read(office: Office, sealed: bytes) -> None:
    many = sealed + b"xref\n0 0\ntrailer\n<</Prev 9>>\nstartxref\n9\n%%EOF\n" * 100_000
    assert codes(verify_document(many, office.trust, NOW)) == ["document_altered"]


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n" + bytes(1000)])
def test_a_file_of_another_kind_is_told(office: Office, data: bytes) -> None:
    assert codes(verify_document(data, office.trust, NOW)) == ["not_a_document"]


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n", b"%PDF-1.7\n" + b"1 0 obj<<" * 5000, b"%PDF-1.4\ntrailer<</Root 1 0 R>>"]
)
def test_a_broken_pdf_is_not_sealed(office: Office, data: bytes) -> None:
    assert codes(verify_document(data, office.trust, NOW)) == ["not_sealed"]


class Silent:
    """A time-stamp authority that answers with a refusal (RFC 3161 §2.4.2: status rejection)."""

    def stamp(self, request: bytes) -> bytes:
        return bytes.fromhex("30053003020102")


def test_nothing_is_sealed_without_time(office: Office) -> None:
    with pytest.raises(Unavailable) as caught:
        PdfSealer(office.keys, Silent()).seal(TYPESETTER.typeset(CERTIFICATE, {}.__getitem__), CERTIFICATE)
    assert caught.value.code == "timestamp.refused"
