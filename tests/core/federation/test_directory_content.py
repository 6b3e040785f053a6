"""What the directory may say, and what it answers."""

from datetime import UTC, datetime, timedelta

import pytest

from dangqiao.core.errors import BadInput
from dangqiao.core.federation.directory import GRACE, Directory, Versions
from dangqiao.core.federation.listing import (
    ArchiveListing,
    CategoryListing,
    KeyUse,
    Member,
    Members,
    MessageKey,
    PlatformListing,
    SealListing,
    SealStatus,
    certificate,
    quorum,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


def key(kid: str, use: KeyUse = KeyUse.SIGNING, start: datetime = NOW - YEAR, end: datetime = NOW + YEAR) -> MessageKey:
    return MessageKey(kid, use, "intl", {"kty": "OKP", "crv": "Ed25519", "x": kid}, start, end)


def member(*keys: MessageKey, platform: str = "340000") -> Member:
    return Member(
        platform, "安徽省平台", "Anhui", (platform[:2],), f"root {platform}", ("online",), "https://ah.example/node",
        message_keys=keys,
    )  # fmt: skip


def seal(body: bytes, status: SealStatus = SealStatus.ACTIVE) -> SealListing:
    return SealListing(certificate(body), NOW, NOW + YEAR, status)


def a_listing() -> PlatformListing:
    return PlatformListing(
        platform="340000",
        archives=(
            ArchiveListing("340826", "宿松县档案馆", categories=("marriage",), seals=(seal(b"seal of Susong"),)),
            ArchiveListing("310101", "not Anhui's"),
        ),
        categories=(CategoryListing("marriage", "a" * 64),),
        seal_authorities=(certificate(b"authority"),),
        time_authorities=(certificate(b"time"),),
    )


def directory(*members: Member) -> Directory:
    return Directory(members, (a_listing(),), Versions(1, 1, 1, 1), NOW, NOW + timedelta(days=45))


def test_what_is_written_is_read_back_and_bytes_are_stable() -> None:
    listing, members = a_listing(), Members((member(key("a")),))
    assert PlatformListing.from_json(listing.to_json()) == listing
    assert Members.from_json(members.to_json()) == members
    assert PlatformListing.from_json(listing.to_json()).to_json() == listing.to_json()


def test_fields_of_a_later_version_are_ignored() -> None:
    source = a_listing().to_json()
    assert PlatformListing.from_json(source[:-1] + b',"new_in_2030":true}') == a_listing()


def test_the_quorum_is_three_of_four_and_never_half() -> None:
    assert [quorum(count) for count in range(1, 8)] == [1, 2, 3, 3, 4, 5, 5]
    assert all(quorum(count) * 2 > count for count in range(1, 50))


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"not json", "directory.invalid"),
        (b'{"platform":"34"}', "directory.invalid"),
        (b'{"platform":"340000","archives":[{"code":"340826"}]}', "directory.invalid"),
        (b'{"platform":"340000","seal_authorities":[{"pem":"none"}]}', "directory.not_a_certificate"),
        (
            b'{"platform":"340000","archives":[{"code":"340826","name":"a"},{"code":"340826","name":"b"}]}',
            "directory.listed_twice",
        ),
        (
            b'{"platform":"340000","archives":[{"code":"340826","name":"a","categories":["marriage"]}]}',
            "directory.category_not_listed",
        ),
    ],
)
def test_a_listing_that_cannot_be_meant_is_refused(source: bytes, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        PlatformListing.from_json(source)
    assert caught.value.code == code


def test_a_private_key_is_not_published() -> None:
    with pytest.raises(BadInput) as caught:
        MessageKey("a", KeyUse.SIGNING, "intl", {"kty": "OKP", "d": "secret"}, NOW, NOW + YEAR)
    assert caught.value.code == "directory.private_key_published"
    assert "secret" not in str(caught.value)


def test_two_members_cannot_share_a_root_key_or_a_key_id() -> None:
    for pair in ((member(), member()), (member(key("a")), member(key("a"), platform="310000"))):
        with pytest.raises(BadInput):
            Members(pair)


def test_an_archive_is_found_with_its_platform_and_only_in_its_territory() -> None:
    found = directory(member())
    archive = found.archive("340826")
    assert archive is not None and archive.name == "宿松县档案馆"
    assert found.platform_of("340826") == "340000"
    assert found.archive("310101") is None and found.platform_of("310101") == ""


def test_a_certificate_leads_to_whose_it_is() -> None:
    found = directory(member())
    issuer = found.issuer_of(certificate(b"seal of Susong").fingerprint)
    assert issuer is not None and (issuer.role, issuer.archive, issuer.platform) == ("seal", "340826", "340000")
    authority = found.issuer_of(certificate(b"authority").fingerprint)
    assert authority is not None and authority.role == "seal_authority"
    assert found.issuer_of("0" * 64) is None


def test_a_rotated_signing_key_is_known_while_its_messages_travel() -> None:
    old = key("old", end=NOW)
    found = directory(member(old, key("new")))
    assert found.keys_at(NOW + GRACE - timedelta(days=1)).signing_key("old")
    assert found.keys_at(NOW + GRACE).signing_key("old") is None
    assert found.keys_at(NOW - 2 * YEAR).signing_key("old") is None
    evidence = found.who_holds_key("old")
    assert evidence is not None and evidence.member == "340000"


def test_messages_are_sealed_for_the_newest_key_in_force() -> None:
    old = key("old", KeyUse.ENCRYPTION)
    new = key("new", KeyUse.ENCRYPTION, start=NOW)
    future = key("future", KeyUse.ENCRYPTION, start=NOW + timedelta(days=1))
    chosen = directory(member(old, future, new)).keys_at(NOW).sealing_key("340000")
    assert chosen is not None and chosen.kid == "new"
    assert directory(member(key("sig"))).keys_at(NOW).sealing_key("340000") is None


def test_warnings_come_thirty_seven_and_one_day_before_the_end() -> None:
    found = directory(member())

    def within(days: int) -> list[str]:
        return [notice.facts["within"] for notice in found.notices_at(found.expires - timedelta(days=days))]

    assert within(31) == []
    assert within(30) == within(8) == ["30"]
    assert within(7) == within(2) == ["7"]
    assert within(1) == within(-3) == ["1"]
