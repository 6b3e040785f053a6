"""Requests for objects are good for one object, one holder, a few minutes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dangqiao.core.errors import DangqiaoError
from dangqiao.core.federation.objects import ask_for, check_request
from tests.core.federation.samples import ANHUI, SENT_AT, SHANGHAI

SHA256 = "2e" * 32
REQUEST = ask_for(SHA256, us=ANHUI, holder=SHANGHAI, now=SENT_AT)
GOOD = {"signer": ANHUI, "us": SHANGHAI, "sha256": SHA256, "now": SENT_AT + timedelta(minutes=4)}


def test_a_member_gets_what_it_signed_for():
    assert check_request(REQUEST.to_bytes(), **GOOD) == REQUEST


@pytest.mark.parametrize(
    "content, change, code",
    [
        (REQUEST.to_bytes(), {"signer": "320000"}, "exchange.sender_mismatch"),
        (REQUEST.to_bytes(), {"us": "330000"}, "exchange.wrong_receiver"),
        (REQUEST.to_bytes(), {"sha256": "3f" * 32}, "exchange.object_missing"),
        (replace(REQUEST, sub="../etc").to_bytes(), {"sha256": "../etc"}, "exchange.object_missing"),
        (REQUEST.to_bytes(), {"now": SENT_AT + timedelta(minutes=10)}, "exchange.expired"),
        (REQUEST.to_bytes(), {"now": SENT_AT - timedelta(minutes=6)}, "exchange.not_yet_valid"),
        (replace(REQUEST, exp=SENT_AT + timedelta(hours=1)).to_bytes(), {}, "exchange.lifetime_too_long"),
        (b"{}", {}, "exchange.not_readable"),
        (b"[]", {}, "exchange.not_readable"),
    ],
)
def test_a_request_is_good_for_nothing_else(content, change, code):
    with pytest.raises(DangqiaoError) as caught:
        check_request(content, **(GOOD | change))
    assert caught.value.code == code
    str(caught.value)
