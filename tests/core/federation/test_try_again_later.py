"""The pauses between attempts, and the message ids."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqiao.core.federation.backoff import Backoff
from dangqiao.core.federation.envelope import LONGEST_LIFE, message_id


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_pauses_stay_between_half_and_the_whole_of_a_capped_step(failures, jitter):
    backoff = Backoff()
    step = min(backoff.first * 2 ** min(failures - 1, 30), backoff.longest)
    assert step / 2 <= backoff.pause(failures, jitter) <= step


def test_a_member_that_comes_back_is_caught_up_within_minutes_and_given_up_before_the_message_expires():
    backoff = Backoff()
    assert [backoff.pause(failures, 0.999999).seconds for failures in (1, 2, 3)] == [1, 3, 7]
    assert backoff.longest <= timedelta(minutes=5)
    assert not backoff.gives_up(timedelta(days=28))
    assert backoff.gives_up(backoff.patience) and backoff.patience < LONGEST_LIFE


@pytest.mark.parametrize("failures, jitter", [(0, 0.5), (1, 1.0), (1, -0.1)])
def test_nonsense_is_not_computed(failures, jitter):
    with pytest.raises(ValueError):
        Backoff().pause(failures, jitter)


def test_ids_are_uuids_of_version_7_and_sort_by_time():
    # RFC 9562 Appendix A.6: the same time and random bits.
    value = message_id(0x017F22E279B0, (0xCC3 << 64 | 0x18C4DC0C0C07398F).to_bytes(10))
    assert value == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
    assert message_id(1, bytes(10)) < message_id(2, bytes(10))
    with pytest.raises(ValueError):
        message_id(1, b"short")
