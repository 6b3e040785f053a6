"""A category file that contradicts itself is refused with the place and the reason."""

import pytest

from dangqiao.core.categories import parse
from dangqiao.core.errors import BadInput, Malformed
from dangqiao.core.sealing.wording import check_category


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('event_date = "transfer_date"', 'event_date = "ration"', "of kind date"),
        ('event_date = "transfer_date"', 'event_date = "nothing"', "'nothing'"),
        ('place = "issuing_office"', 'place = "ration"', "of kind place"),
        ('event_number = "certificate_number"', 'event_number = "issuing_office"', "of kind text"),
        ('reissues = ["补发"]', 'reissues = ["补领"]', "'补领'"),
        ('reissues = ["补发"]', 'endings = ["离婚"]', "'离婚'"),
        ('purposes = ["household", "pension"]', 'purposes = ["verification"]', "'verification'"),
        ('purposes = ["household", "pension"]', 'purposes = ["curiosity"]', "Input should be"),
        ('applicant = "party"', 'applicant = "neighbour"', "Input should be"),
        ('materials = ["identity_document"]', 'materials = ["a_letter"]', "Input should be"),
        ('roles = ["resident"]\nmaterials = ["identity_document"]', 'roles = ["wife"]', "'wife'"),
        ('role = "householder"', 'role = "resident"', "same role"),
        ('column = "户主姓名"', 'column = "姓名"', "same column"),
        ('key = "ration"', 'key = "act"', "same key"),
        ('key = "birth_date", column', 'key = "name", column', "same key"),
        ("（档号：{reference_code}）", "", "places in braces"),
        ("目录（{range}）", "目录（{years}）", "places in braces"),
        ('pack = "city"', "nonsense = true", "Extra inputs"),
        ('pack = "city"', "secluded = true", "no blind inquiry"),
        ('pack = "city"', "restricted = true\nsecluded = true", "no blind inquiry"),
        ('level = "handler"', 'level = "handler"\nacceptance_days = 0', "greater than or equal to 1"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(grain: bytes, old: str, new: str, said: str) -> None:
    text = grain.decode()
    assert old in text
    with pytest.raises(BadInput) as caught:
        parse(text.replace(old, new, 1).encode())
    assert caught.value.code == "category.invalid"
    assert said in str(caught.value)


@pytest.mark.parametrize("level", ["instant", "handler"])
def test_restricted_records_are_not_issued_by_machine(grain: bytes, level: str) -> None:
    text = grain.decode().replace('pack = "city"', "restricted = true").replace('"handler"', f'"{level}"')
    if level == "handler":
        assert parse(text.encode()).restricted
    else:
        with pytest.raises(BadInput, match="never issued without a person"):
            parse(text.encode())


def test_restricted_records_are_not_open_to_anybody_with_a_purpose(grain: bytes) -> None:
    text = grain.decode().replace('pack = "city"', "restricted = true").replace('"sent_by_party"', '"other"')
    with pytest.raises(BadInput, match="not open"):
        parse(text.encode())


@pytest.mark.parametrize("source", [b"\xff\xfe", b"id = ", "id = “marriage”".encode()])
def test_what_is_no_toml_is_unreadable(source: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        parse(source)
    assert caught.value.code == "category.unreadable"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("记载如下：", "记载，兹证明属实：", "deliverable.wording_concludes"),
        ("记载", "内容", "deliverable.wording_recorded"),
        ("不证明相关事实不存在", "特告知", "deliverable.wording_not_found"),
        ("不对所涉法律关系作出认定", "据此确认其工龄", "deliverable.wording_concludes"),
    ],
)
def test_wording_that_concludes_is_refused(grain: bytes, old: str, new: str, code: str) -> None:
    category = parse(grain.decode().replace(old, new).encode())
    with pytest.raises(BadInput) as caught:
        check_category(category)
    assert caught.value.code == code
