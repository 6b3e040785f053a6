"""The key under statements on paper changes: old paper stays good, and nobody is shown a key that they cannot know."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dangqiao.adapters.keys.generations import KNOWN_BY_ALL, LIFE, OVERLAP, StatementKeys, revoke
from dangqiao.core.errors import Conflict, NotThere

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path: Path) -> StatementKeys:
    """With a first key that is three years old."""
    made = StatementKeys(tmp_path, "310000")
    [first] = made.own()
    then = (NOW - timedelta(days=3 * 365)).timestamp()
    os.utime(first.path, (then, then))
    return made


def listed(keys: StatementKeys, now: datetime = NOW) -> list[str]:
    return [key.kid for key in keys.listed(now)]


def test_a_new_key_signs_a_day_after_it_was_made_and_only_if_it_is_listed(keys: StatementKeys) -> None:
    [old] = listed(keys)
    new = keys.rotate(NOW).kid
    assert listed(keys) == [new, old]
    later = NOW + KNOWN_BY_ALL
    for known, moment, signs in (
        ({old}, later, old),
        ({old, new}, later - timedelta(seconds=1), old),
        ({old, new}, later, new),
        (set(), later, old),
    ):
        assert keys.now_signing(known, moment).listed.kid == signs


def test_the_first_key_of_all_signs_at_once(tmp_path: Path) -> None:
    keys = StatementKeys(tmp_path, "310000")
    now = datetime.now(UTC)
    assert [keys.now_signing(listed(keys, now), now).listed.kid] == listed(keys, now)


def test_old_paper_stays_good_for_the_days_of_the_old_key(keys: StatementKeys) -> None:
    keys.rotate(NOW)
    new, old = keys.listed(NOW)
    assert old.not_after == NOW + OVERLAP
    assert new.not_before <= NOW and new.not_after == NOW + LIFE
    assert old.not_before < NOW - timedelta(days=3 * 365), "what it signed in these years can still be verified"


def test_a_stolen_key_ends_at_once_and_the_next_one_does_not_wait(keys: StatementKeys) -> None:
    [stolen] = listed(keys)
    assert revoke((keys,), stolen, NOW).revoked_at == NOW
    with pytest.raises(NotThere, match=r"keys\.all_revoked"):
        keys.now_signing({stolen}, NOW)
    new = keys.rotate(NOW).kid
    after, before = keys.listed(NOW)
    assert (before.kid, before.not_after, before.revoked_at) == (stolen, NOW, None)
    assert keys.now_signing({stolen, new}, NOW).listed.kid == new == after.kid


def test_a_key_of_lately_is_not_changed_again_unless_it_is_lost(keys: StatementKeys) -> None:
    second = keys.rotate(NOW).kid
    with pytest.raises(Conflict, match=r"keys\.rotated_lately"):
        keys.rotate(NOW + timedelta(days=1))
    revoke((keys,), second, NOW)
    assert keys.rotate(NOW + timedelta(days=1)).kid not in {second}
    with pytest.raises(NotThere, match=r"keys\.unknown"):
        revoke((keys,), "another's", NOW)
