"""The rota, the take-over, and mending a fork that arose because two published at once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from dangqiao.adapters.directory import TufDirectory
from dangqiao.adapters.directory.client import load, update
from dangqiao.adapters.directory.repository import merge, publish_listing, refresh_timestamp
from dangqiao.core.errors import Misconfigured, Untrusted
from dangqiao.core.federation.rota import EVERY, PATIENCE, on_duty, whose_turn
from tests.adapters.directory.federation import (
    ANHUI,
    NOW,
    PLATFORMS,
    SHANGHAI,
    Federation,
    listing,
    private_pem,
)

Later = Callable[..., datetime]


def test_each_member_is_on_duty_in_turn() -> None:
    week = [on_duty(date(2026, 3, day), PLATFORMS) for day in range(1, 9)]
    assert set(week[:4]) == set(PLATFORMS)
    assert week[:4] == week[4:]


def test_nobody_renews_a_fresh_time_stamp() -> None:
    assert whose_turn(NOW + EVERY - timedelta(seconds=1), NOW, PLATFORMS) is None


def test_the_next_one_steps_in_when_the_one_on_duty_is_late() -> None:
    order = [whose_turn(NOW + EVERY + PATIENCE * late, NOW, PLATFORMS) for late in range(5)]
    assert order[0] == on_duty((NOW + EVERY).date(), PLATFORMS) == order[4]
    assert set(order[:4]) == set(PLATFORMS)


def test_a_node_renews_only_when_it_is_its_turn(federation: Federation, later: Later) -> None:
    def refresh(platform: str, now: datetime) -> bool:
        return TufDirectory(federation.repository, (), platform, federation.online_keys[platform]).refresh(now)

    now = later(days=1)
    turn = on_duty(now.date(), PLATFORMS)
    following = sorted(PLATFORMS)[(sorted(PLATFORMS).index(turn) + 1) % 4]
    assert not refresh(following, now)
    late = now + PATIENCE
    assert not refresh(turn, late)
    assert refresh(following, late), "the one on duty is late: the next takes over"
    assert not refresh(turn, late), "and then nobody needs to"
    directory = load(federation.repository, late)
    assert (directory.as_of, directory.versions.timestamp) == (late, 3)


def test_the_snapshot_is_renewed_long_before_it_ends(federation: Federation, later: Later) -> None:
    before = load(federation.repository, NOW).versions.snapshot
    refresh_timestamp(federation.repository, federation.online_keys[SHANGHAI], later(days=44))
    assert load(federation.repository, later(days=44)).versions.snapshot == before
    refresh_timestamp(federation.repository, federation.online_keys[SHANGHAI], later(days=46))
    directory = load(federation.repository, later(days=46))
    assert directory.versions.snapshot == before + 1
    assert directory.expires == datetime(2026, 3, 1, 8, tzinfo=UTC) + timedelta(days=91)


def test_a_stranger_cannot_renew(federation: Federation, later: Later) -> None:
    with pytest.raises(Misconfigured) as caught:
        refresh_timestamp(federation.repository, private_pem(), later(days=1))
    assert caught.value.code == "directory.key_not_listed"


def test_two_listings_published_at_once_are_merged(federation: Federation, tmp_path: Path, later: Later) -> None:
    other, trust = federation.copy(tmp_path / "other"), federation.anchored(tmp_path / "trust")
    now = later(hours=1)
    publish_listing(federation.repository, listing(SHANGHAI, "310101"), federation.online_keys[SHANGHAI], now)
    publish_listing(other, listing(ANHUI, "340881"), federation.online_keys[ANHUI], now)
    assert merge(federation.repository, other) == (ANHUI,)
    assert merge(federation.repository, other) == ()
    refresh_timestamp(federation.repository, federation.online_keys[SHANGHAI], later(hours=2))
    for folder in (trust, other):
        directory = update(folder, [federation.repository], later(hours=2)).directory
        assert directory.archive("340881") and directory.archive("310101")


def test_a_node_publishes_its_own_listing_only(federation: Federation) -> None:
    source = TufDirectory(federation.repository, (), ANHUI, federation.online_keys[ANHUI])
    source.publish_listing(listing(ANHUI, "340881"), NOW)
    assert source.load(NOW).archive("340881")
    with pytest.raises(Misconfigured) as caught:
        source.publish_listing(listing(SHANGHAI), NOW)
    assert caught.value.code == "directory.no_own_key"


def test_a_listing_that_lost_a_race_comes_into_force_with_the_next_duty(
    federation: Federation, tmp_path: Path, later: Later
) -> None:
    """Anhui published while Shanghai renewed: a fork by accident. Whoever is next takes Anhui's listing along."""
    anhui = federation.copy(tmp_path / "anhui")
    refresh_timestamp(federation.repository, federation.online_keys[SHANGHAI], later(hours=1))
    publish_listing(anhui, listing(ANHUI, "340881"), federation.online_keys[ANHUI], later(hours=1))
    with pytest.raises(Untrusted):
        update(anhui, [federation.repository], later(hours=2))

    now = later(hours=25)
    turn = on_duty(now.date(), PLATFORMS)
    source = TufDirectory(federation.repository, [anhui], turn, federation.online_keys[turn])
    assert source.refresh(now)
    assert source.load(now).archive("340881")
    assert update(anhui, [federation.repository], now).changed


def test_a_platform_publishes_on_top_of_what_others_published(
    federation: Federation, tmp_path: Path, later: Later
) -> None:
    anhui = federation.copy(tmp_path / "anhui")
    publish_listing(
        federation.repository, listing(SHANGHAI, "310101"), federation.online_keys[SHANGHAI], later(hours=1)
    )
    source = TufDirectory(anhui, [federation.repository], ANHUI, federation.online_keys[ANHUI])
    source.publish_listing(listing(ANHUI, "340881"), later(hours=2))
    directory = update(federation.repository, [anhui], later(hours=2)).directory
    assert directory.archive("340881") and directory.archive("310101")
