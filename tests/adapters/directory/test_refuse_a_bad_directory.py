"""Expired, rolled back, signed by too few, forged or forked: refused with a reason, and the last good one stays."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, TargetFile, Targets

from dangqiao.adapters.directory.client import load, update
from dangqiao.adapters.directory.layout import TIMESTAMP, listing_path, metadata_path, target_path, versions, write
from dangqiao.adapters.directory.membership import propose, publish, sign
from dangqiao.adapters.directory.repository import (
    publish_listing,
    refresh_timestamp,
    sign_listing,
    signer,
)
from dangqiao.core.errors import Misconfigured, Untrusted
from tests.adapters.directory.federation import (
    ANHUI,
    CATEGORIES,
    JIANGSU,
    NOW,
    PLATFORMS,
    SHANGHAI,
    ZHEJIANG,
    Federation,
    listing,
)

Later = Callable[..., datetime]


@pytest.fixture
def trust(federation: Federation, tmp_path: Path) -> Path:
    """A folder that is up to date."""
    folder = federation.anchored(tmp_path / "trust")
    update(folder, [federation.repository], NOW)
    return folder


def refused(trust: Path, mirrors: list[Path], now: datetime) -> str:
    """The code of the refusal; the folder must not have changed."""
    before = {path: path.read_bytes() for path in trust.rglob("*") if path.is_file()}
    with pytest.raises(Untrusted) as caught:
        update(trust, list(mirrors), now)
    assert {path: path.read_bytes() for path in trust.rglob("*") if path.is_file()} == before
    assert load(trust, NOW).archive("340826")
    return caught.value.code


def test_an_expired_directory_is_refused(federation: Federation, trust: Path, later: Later) -> None:
    assert refused(trust, [federation.repository], later(days=46)) == "directory.expired"


def test_the_operator_is_warned_before_it_ends(federation: Federation, later: Later) -> None:
    def codes(**shift: int) -> list[str]:
        now = later(**shift)
        return [notice.code for notice in load(federation.repository, now).notices_at(now)]

    assert codes(days=10) == []
    assert codes(days=16) == codes(days=44) == ["directory.ends_soon"]


def test_a_directory_that_was_rolled_back_is_refused(
    federation: Federation, trust: Path, tmp_path: Path, later: Later
) -> None:
    old = federation.copy(tmp_path / "old")
    refresh_timestamp(federation.repository, federation.online_keys[SHANGHAI], later(days=1))
    update(trust, [federation.repository], later(days=1))
    assert refused(trust, [old], later(days=1)) == "directory.rolled_back"


def test_a_new_time_stamp_on_an_old_listing_is_refused(
    federation: Federation, trust: Path, tmp_path: Path, later: Later
) -> None:
    old = federation.copy(tmp_path / "old")
    publish_listing(federation.repository, listing(ANHUI), federation.online_keys[ANHUI], later(hours=1))
    update(trust, [federation.repository], later(hours=1))
    for hours in (2, 3, 4):
        refresh_timestamp(old, federation.online_keys[SHANGHAI], later(hours=hours))
    before = load(trust, later(hours=4)).versions
    with pytest.raises(Untrusted) as caught:
        update(trust, [old], later(hours=4))
    assert caught.value.code == "directory.rolled_back"
    assert load(trust, later(hours=4)).versions == before


def test_a_membership_signed_by_two_cannot_be_published(federation: Federation, tmp_path: Path, later: Later) -> None:
    proposal = tmp_path / "proposal"
    propose(proposal, federation.members, CATEGORIES, later(days=1), repository=federation.repository)
    for platform in (SHANGHAI, ZHEJIANG):
        sign(proposal, federation.root_keys[platform])
    with pytest.raises(Untrusted) as caught:
        publish(proposal, federation.repository, federation.online_keys[SHANGHAI], later(days=1))
    assert caught.value.code == "directory.too_few_signatures"


@pytest.mark.parametrize("part", ["root", "targets"])
def test_a_membership_signed_by_two_is_refused_by_readers(
    federation: Federation, trust: Path, tmp_path: Path, later: Later, part: str
) -> None:
    """Two members put their change into a mirror by hand, under a good time stamp of one of them."""
    mirror, proposal = federation.copy(tmp_path / "mirror"), tmp_path / "proposal"
    propose(proposal, federation.members, CATEGORIES, later(days=1), repository=mirror)
    for platform in PLATFORMS:
        sign(proposal, federation.root_keys[platform])
    publish(proposal, mirror, federation.online_keys[SHANGHAI], later(days=1))
    path = metadata_path(part, versions(mirror, part)[-1])
    signed = Metadata.from_bytes((mirror / path).read_bytes())
    for platform in (JIANGSU, ANHUI):
        del signed.signatures[signer(federation.root_keys[platform]).public_key.keyid]
    write(mirror, path, signed.to_bytes())
    if part == "targets":  # the snapshot must vouch for the file, or its digest would give it away first
        _resign_snapshot(mirror, "targets", path, federation.online_keys[SHANGHAI])
    assert refused(trust, [mirror], later(days=1)) == "directory.too_few_signatures"


def test_a_platform_cannot_change_anothers_listing(
    federation: Federation, trust: Path, tmp_path: Path, later: Later
) -> None:
    """Shanghai signs a listing in the name of Anhui and, on duty, puts it under snapshot and time stamp."""
    mirror = federation.copy(tmp_path / "mirror")
    with pytest.raises(Misconfigured) as caught:
        sign_listing(mirror, listing(ANHUI, "340881"), federation.online_keys[SHANGHAI], later(hours=1))
    assert caught.value.code == "directory.key_not_listed"

    content = listing(ANHUI, "340881").to_json()
    target = TargetFile.from_data(listing_path(ANHUI), content, ["sha256"])
    forged = Metadata(Targets(version=2, expires=later(days=300), targets={listing_path(ANHUI): target}))
    forged.sign(signer(federation.online_keys[SHANGHAI]))
    write(mirror, target_path(listing_path(ANHUI), target), content)
    write(mirror, metadata_path(ANHUI, 2), forged.to_bytes())
    refresh_timestamp(mirror, federation.online_keys[SHANGHAI], later(hours=1))
    assert load(mirror, later(hours=1)).archive("340881") is None, "an honest program does not take the forgery up"

    _resign_snapshot(mirror, ANHUI, metadata_path(ANHUI, 2), federation.online_keys[SHANGHAI], version=2)
    assert refused(trust, [mirror], later(hours=1)) == "directory.too_few_signatures"


def test_archives_of_others_in_a_listing_are_ignored(federation: Federation, later: Later) -> None:
    publish_listing(
        federation.repository, listing(SHANGHAI, "310101", "340826"), federation.online_keys[SHANGHAI], later(hours=1)
    )
    directory = load(federation.repository, later(hours=1))
    assert directory.platform_of("340826") == ANHUI
    assert directory.platform_of("310101") == SHANGHAI
    assert [notice.code for notice in directory.notices] == ["directory.outside_territory"]


def test_a_changed_byte_is_refused(federation: Federation, trust: Path, tmp_path: Path, later: Later) -> None:
    mirror = federation.copy(tmp_path / "mirror")
    publish_listing(mirror, listing(ANHUI, "340881"), federation.online_keys[ANHUI], later(hours=1))
    changed = next(
        path for path in (mirror / "targets" / "platforms" / ANHUI).iterdir() if b"340881" in path.read_bytes()
    )
    changed.write_bytes(changed.read_bytes().replace(b"340881", b"340882"))
    assert refused(trust, [mirror], later(hours=1)) == "directory.altered"


def test_what_is_no_metadata_is_refused(federation: Federation, trust: Path, tmp_path: Path) -> None:
    mirror = federation.copy(tmp_path / "mirror")
    (mirror / TIMESTAMP).write_bytes(b"<html>Log in to the hotel network</html>")
    assert refused(trust, [mirror], NOW) == "directory.unreadable"


def test_two_directories_with_one_version_are_an_alarm(
    federation: Federation, trust: Path, tmp_path: Path, later: Later
) -> None:
    one, other = federation.copy(tmp_path / "one"), federation.copy(tmp_path / "other")
    refresh_timestamp(one, federation.online_keys[SHANGHAI], later(hours=1))
    publish_listing(other, listing(ANHUI), federation.online_keys[ANHUI], later(hours=1))
    assert refused(trust, [one, other], later(hours=1)) == "directory.forked"


def test_a_mirror_that_contradicts_what_we_have_is_an_alarm(
    federation: Federation, trust: Path, tmp_path: Path, later: Later
) -> None:
    other = federation.copy(tmp_path / "other")
    refresh_timestamp(federation.repository, federation.online_keys[SHANGHAI], later(hours=1))
    refresh_timestamp(other, federation.online_keys[ANHUI], later(hours=2))
    update(trust, [federation.repository], later(hours=2))
    assert refused(trust, [other], later(hours=2)) == "directory.forked"


def test_a_fork_is_over_when_a_newer_version_is_out(
    federation: Federation, trust: Path, tmp_path: Path, later: Later
) -> None:
    other = federation.copy(tmp_path / "other")
    refresh_timestamp(federation.repository, federation.online_keys[SHANGHAI], later(hours=1))
    refresh_timestamp(other, federation.online_keys[ANHUI], later(hours=1))
    update(trust, [federation.repository], later(hours=1))
    refresh_timestamp(federation.repository, federation.online_keys[JIANGSU], later(hours=2))
    assert update(trust, [other, federation.repository], later(hours=2)).changed


def _resign_snapshot(mirror: Path, role: str, path: str, private_pem: bytes, version: int | None = None) -> None:
    """What a dishonest member on duty does: vouches in snapshot and time stamp for a file as it is now."""
    number = versions(mirror, "snapshot")[-1]
    where = metadata_path("snapshot", number)
    snapshot = Metadata.from_bytes((mirror / where).read_bytes())
    meta = snapshot.signed.meta[f"{role}.json"]
    meta.version = version or meta.version
    meta.length = None
    meta.hashes = TargetFile.from_data("any", (mirror / path).read_bytes(), ["sha256"]).hashes
    snapshot.sign(signer(private_pem))
    write(mirror, where, snapshot.to_bytes())
    stamp = Metadata.from_bytes((mirror / TIMESTAMP).read_bytes())
    stamp.signed.snapshot_meta.length = None
    stamp.signed.snapshot_meta.hashes = TargetFile.from_data("any", (mirror / where).read_bytes(), ["sha256"]).hashes
    stamp.sign(signer(private_pem))
    write(mirror, TIMESTAMP, stamp.to_bytes())
