"""Whatever bytes come, there is a value or an error of ours; the long form is tools/fuzz_exchange.py."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.federation.hostile import TARGETS, receive, receive_signed


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nothing_but_values_and_errors_of_ours(name, data):
    act, bytes_of = TARGETS[name]
    act(data.draw(bytes_of))


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"9" * 200_000,
        b'{"specversion":"1.0","data":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'"' + b"\\u0041" * 30_000 + b'"',
        b"." * 400_000,
        b"1e" + b"9" * 1000,
    ],
    ids=lambda content: repr(content[:12]),
)
def test_what_is_made_to_cost_much_costs_little(content):
    begun = time.process_time()
    receive(content)
    receive_signed(content)
    assert time.process_time() - begun < 2
