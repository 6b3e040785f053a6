"""Phone numbers as people type them."""

import pytest

from dangqiao.apps.identity.phones import mask_phone, normalise_phone
from dangqiao.core.errors import BadInput


@pytest.mark.parametrize(
    "text",
    ["13800138000", "138 0013 8000", "138-0013-8000", "+86 138 0013 8000", "8613800138000", "１３８００１３８０００"],
)
def test_one_number_in_many_writings(text: str) -> None:
    assert normalise_phone(text) == "+8613800138000"


def test_numbers_abroad_keep_their_country() -> None:
    assert normalise_phone("+852 9123 4567") == "+85291234567"


@pytest.mark.parametrize("text", ["", "12345678901", "1380013800", "+86 12345", "张三", "+0123456789"])
def test_what_is_no_mobile_number(text: str) -> None:
    with pytest.raises(BadInput):
        normalise_phone(text)


def test_a_screen_shows_only_the_ends() -> None:
    assert mask_phone("+8613800138000") == "138****8000"
