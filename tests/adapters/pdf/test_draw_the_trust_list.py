"""What a verifier believes is what the directory says."""

from dataclasses import replace
from datetime import timedelta

from dangqiao.adapters.pdf import verify_document
from dangqiao.adapters.pdf.trust import trust_list
from dangqiao.core.federation.directory import Directory, Versions
from dangqiao.core.federation.listing import ArchiveListing, SealListing, SealPeriod, SealStatus, certificate
from dangqiao.core.sealing.verdict import ReasonCode
from tests.adapters.directory.federation import listing, member, private_pem
from tests.adapters.pdf.office import NOW, Office
from tests.core.sealing.samples import CERTIFICATE


def directory(office: Office, status: SealStatus) -> Directory:
    seal = office.keys.seal(CERTIFICATE.archive, CERTIFICATE.archive_name).certificate
    listed = SealListing(certificate(seal), NOW, NOW + timedelta(days=730), status, NOW - timedelta(hours=1))
    root = certificate(office.keys.authority().certificate)
    ours = replace(
        listing("310000"),
        archives=(ArchiveListing(CERTIFICATE.archive, CERTIFICATE.archive_name, seals=(listed,)),),
        seal_authorities=(root,),
        time_authorities=(root,),
    )
    us = member("310000", private_pem(), private_pem())
    return Directory((us,), (ours,), Versions(1, 1, 1, 1), as_of=NOW, expires=NOW + timedelta(days=7))


def test_an_active_seal_is_believed(office: Office, sealed: bytes) -> None:
    trust = trust_list(directory(office, SealStatus.ACTIVE))
    assert trust.names == {CERTIFICATE.archive: CERTIFICATE.archive_name}
    assert verify_document(sealed, trust, NOW).reasons[0].code is ReasonCode.SEALED_AND_UNALTERED


def test_a_suspended_or_revoked_seal_is_not(office: Office, sealed: bytes) -> None:
    for status in (SealStatus.SUSPENDED, SealStatus.REVOKED):
        trust = trust_list(directory(office, status))
        assert verify_document(sealed, trust, NOW).reasons[0].code is ReasonCode.SEAL_WITHDRAWN


def test_periods_of_use_are_taken_as_listed(office: Office, sealed: bytes) -> None:
    for until, code in ((None, ReasonCode.SEALED_AND_UNALTERED), (NOW - timedelta(hours=1), ReasonCode.SEAL_WITHDRAWN)):
        known = directory(office, SealStatus.ACTIVE)
        (ours,) = known.listings
        (archive,) = ours.archives
        (seal,) = archive.seals
        periods = (SealPeriod(NOW - timedelta(days=1), until),)
        listed = replace(archive, seals=(replace(seal, periods=periods),))
        trust = trust_list(replace(known, listings=(replace(ours, archives=(listed,)),)))
        assert verify_document(sealed, trust, NOW).reasons[0].code is code
