"""GB 11643 numbers. All numbers here are made up: area 110105 with the standard's own example, or computed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangqiao.core.errors import BadInput
from dangqiao.core.vocabulary.dates import Calendar, from_iso
from dangqiao.core.vocabulary.identity import (
    IdentityReason,
    Sex,
    birth_date,
    check,
    completed,
    division,
    mask,
    normalise,
    parts,
    sex,
    upgrade,
)

EXAMPLE = "11010519491231002X"
"""The example of GB 11643-1999, annex."""

numbers = st.builds(
    lambda day, sequence: f"110105{day:%y%m%d}{sequence:03d}",
    st.dates(min_value=date(1900, 1, 1), max_value=date(1999, 12, 31)),
    st.integers(0, 995),
)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (EXAMPLE, IdentityReason.VALID),
        ("11010519491231002x", IdentityReason.VALID),
        ("１１０１０５１９４９１２３１００２Ｘ", IdentityReason.VALID),
        ("110105 19491231 002X", IdentityReason.VALID),
        ("110105491231002", IdentityReason.VALID),
        ("", IdentityReason.EMPTY),
        ("11010519491231002", IdentityReason.BAD_LENGTH),
        ("1101051949123100211", IdentityReason.BAD_LENGTH),
        ("11010519491231O02X", IdentityReason.BAD_CHARACTERS),
        ("990105194912310024", IdentityReason.BAD_DIVISION),
        ("110105194902310020", IdentityReason.BAD_DATE),
        ("110105194900000020", IdentityReason.BAD_DATE),
        ("110105194912310021", IdentityReason.BAD_CHECK),
    ],
)
def test_say_what_is_wrong(number: str, reason: IdentityReason) -> None:
    verdict = check(number)
    assert verdict.reason is reason
    assert verdict.valid == (reason is IdentityReason.VALID)
    assert verdict.sentence


def test_fifteen_digits_are_the_same_number() -> None:
    assert upgrade("110105491231002") == EXAMPLE
    assert parts("110105491231002") == parts(EXAMPLE) == ("110105", "19491231", "002")
    assert upgrade("110105991231997")[6:10] == "1899"


def test_read_birth_sex_and_area() -> None:
    assert birth_date(EXAMPLE).iso() == "1949-12-31"
    assert sex(EXAMPLE) is Sex.FEMALE
    assert sex("110105491231001") is Sex.MALE
    assert division(EXAMPLE) == "110105"
    assert not birth_date("110105194902310020").known


def test_a_wrong_check_character_still_serves_a_search() -> None:
    assert check("110105194912310021").readable
    assert parts("110105194912310021") == parts(EXAMPLE)


def test_refuse_what_is_no_number() -> None:
    with pytest.raises(BadInput) as caught:
        parts("E12345678")
    assert caught.value.code == "identity.unreadable"
    assert "E12345678" not in str(caught.value)


@given(numbers)
def test_every_upgraded_number_is_valid(number: str) -> None:
    assert check(upgrade(number)).valid
    assert upgrade(upgrade(number)) == upgrade(number)


@given(numbers, st.integers(0, 17), st.sampled_from("0123456789"))
def test_every_wrong_digit_is_noticed(number: str, place: int, digit: str) -> None:
    right = upgrade(number)
    wrong = right[:place] + digit + right[place + 1 :]
    assert check(wrong).valid == (wrong == right)


@given(st.one_of(numbers.map(upgrade), numbers, st.text(max_size=24)))
def test_a_mask_never_tells(number: str) -> None:
    hidden, plain = mask(number), normalise(number)
    assert len(hidden) == len(plain)
    assert sum(character != "*" for character in hidden if character not in plain or plain.count("*") == 0) <= 7
    if len(plain) in (15, 18):
        assert plain[6:14] not in hidden


def test_mask_as_on_screen() -> None:
    assert mask("310104198703051234") == "310***********1234"
    assert mask("12345") == "*****"


@pytest.mark.parametrize(
    ("shown", "born", "whole"),
    [
        ("110105********002X", "1949-12-31", EXAMPLE),
        ("1101051949????002X", "1949-12-31", EXAMPLE),
        ("110105□□□□□□□□002X", "1949-12-30", ""),
        ("1101051950****002X", "1949-12-31", ""),
        ("110105********002X", "1949-12", ""),
        ("110***********002X", "1949-12-31", ""),
        (EXAMPLE, "1950-01-01", ""),
    ],
)
def test_a_birth_date_completes_the_number_that_hides_it(shown: str, born: str, whole: str) -> None:
    assert completed(shown, from_iso(born)) == (whole or shown)


def test_a_lunar_date_is_in_no_number() -> None:
    shown = f"310115********{upgrade('310115620102001')[14:]}"
    assert completed(shown, from_iso("1962-01-02")) == upgrade("310115620102001")
    assert completed(shown, from_iso("1962-01-02", Calendar.LUNAR)) == shown
