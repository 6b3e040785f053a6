"""Rows of platforms, archives and counters follow the signed directory."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from dangqiao.adapters.directory import client, repository
from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.directory import jobs, queries, services
from dangqiao.apps.directory.models import AcceptancePoint, Archive, ArchiveGroupMember, Platform
from dangqiao.apps.ledger.models import Evidence
from dangqiao.apps.ports import port
from dangqiao.core.errors import Unavailable, Untrusted
from dangqiao.core.federation.listing import GroupListing
from dangqiao.core.vocabulary.actor import Actor
from tests.apps.peers import ANHUI, JIANGSU, Peer

pytestmark = pytest.mark.django_db


def _now() -> datetime:
    return datetime.now(UTC)


def _publish(anhui: Peer, listing) -> None:
    anhui.source().publish_listing(listing, _now())


def test_a_node_alone_has_no_directory() -> None:
    assert queries.current() is None and not queries.has_joined()
    jobs.update({})
    assert queries.last_look() == queries.LastLook()
    with pytest.raises(Unavailable):
        queries.required()


@pytest.mark.usefixtures("seeded")
def test_the_rows_of_all_345_archives_are_written_once(
    anhui: Peer, clerk: Actor, django_assert_max_num_queries
) -> None:
    assert Archive.objects.count() == 17
    with django_assert_max_num_queries(40):
        directory = services.apply(clerk)
    assert directory and queries.current() is directory
    assert Archive.objects.filter(active=True).count() == 345
    assert Platform.objects.count() == 4
    assert AcceptancePoint.objects.count() > 287
    assert queries.platform_of("340802") == ANHUI
    assert Evidence.objects.get(kind="directory.accepted").digest == directory.digest
    with django_assert_max_num_queries(1):
        services.apply(clerk)
    assert AuditRecord.objects.filter(event="directory.accepted").count() == 1


@pytest.mark.usefixtures("seeded")
def test_what_another_platform_changes_arrives_with_the_next_look(anhui: Peer, clerk: Actor) -> None:
    services.apply(clerk)
    listing = anhui.directory().listing(ANHUI)
    kept = [replace(one, telephone="0556-12345") for one in listing.archives if one.code != "340802"]
    points = tuple(one for one in listing.acceptance_points if one.archive != "340802")
    group = GroupListing("zone", "示范区", archives=("340100", "310101"))
    _publish(anhui, replace(listing, archives=tuple(kept), acceptance_points=points, groups=(group,)))

    jobs.update({})
    assert not Archive.objects.get(code="340802").active
    assert Archive.objects.get(code="340100").telephone == "0556-12345"
    assert not AcceptancePoint.objects.filter(archive="340802", active=True).exists()
    assert queries.last_look().error == "" and queries.last_look().good_at
    assert [row.archive_code for row in ArchiveGroupMember.objects.all()] == ["340100"], "only its own archives"


@pytest.mark.usefixtures("seeded")
def test_nobody_takes_over_another_platforms_counter_or_archive(anhui: Peer, clerk: Actor) -> None:
    services.apply(clerk)
    listing = anhui.directory().listing(ANHUI)
    stolen = replace(listing.acceptance_points[0], code="310101-001", name="冒名")
    foreign = replace(listing.archives[0], code="310101", name="冒名")
    _publish(anhui, replace(listing, archives=(*listing.archives, foreign), acceptance_points=(stolen,)))
    services.update(clerk)
    assert not Archive.objects.filter(name="冒名").exists()
    assert not AcceptancePoint.objects.filter(name="冒名").exists()


@pytest.mark.usefixtures("seeded")
def test_our_own_archives_are_ours_to_change_and_are_published(anhui: Peer, clerk: Actor) -> None:
    services.apply(clerk)
    Archive.objects.filter(code="310101").update(telephone="021-1")
    listing = services.publish(clerk)
    assert len(listing.archives) == 17 and len(listing.acceptance_points) == 287
    assert Archive.objects.get(code="310101").telephone == "021-1"
    seen = queries.required().archive("310101")
    assert seen and seen.telephone == "021-1"


@pytest.mark.usefixtures("seeded")
def test_a_bad_directory_is_refused_and_the_last_good_one_stays(anhui: Peer, clerk: Actor) -> None:
    services.apply(clerk)
    stamp = anhui.folder / "trust" / "metadata" / "timestamp.json"
    stamp.write_bytes(re.sub(rb'"version": ?2', b'"version": 9', stamp.read_bytes()))
    jobs.update({})
    look = queries.last_look()
    assert look.error_code == "directory.too_few_signatures" and look.checked_at and look.good_at is None
    assert queries.required().members
    with pytest.raises(Untrusted):
        services.update(clerk)


@pytest.mark.usefixtures("seeded")
def test_an_expired_directory_counts_as_none(anhui: Peer, clerk: Actor) -> None:
    long_ago = _now() - timedelta(days=60)
    online = anhui.source()._private_pem
    repository.refresh_timestamp(settings.TRUST_FOLDER, online, long_ago)
    assert queries.current() is None and queries.has_joined()
    assert services.apply(clerk) is None
    assert JIANGSU not in Platform.objects.values_list("code", flat=True)


@pytest.mark.usefixtures("seeded")
def test_a_fork_by_two_who_publish_at_once_is_an_alarm_that_publishing_again_ends(anhui: Peer, clerk: Actor) -> None:
    services.apply(clerk)
    listing = anhui.directory().listing(ANHUI)
    theirs = replace(listing, archives=tuple(replace(one, telephone="0551-2") for one in listing.archives))
    repository.publish_listing(
        anhui.folder / "trust", theirs, anhui.source()._private_pem, _now(), countersign=anhui.source()._countersign
    )
    Archive.objects.filter(code="310101").update(telephone="021-1")
    ours, source = services.own_listing(_now()), port("directory")
    repository.publish_listing(
        settings.TRUST_FOLDER, ours, source._private_pem, _now(), countersign=source._countersign
    )
    jobs.update({})
    assert queries.last_look().error_code == "directory.forked"

    services.publish(clerk)
    jobs.update({})
    assert queries.last_look().error_code == ""
    known = queries.required()
    assert known.archive("340100").telephone == "0551-2" and known.archive("310101").telephone == "021-1"
    theirs_now = client.update(anhui.folder / "trust", [settings.TRUST_FOLDER], _now())
    assert theirs_now.directory.digest == known.digest
