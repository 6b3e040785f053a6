"""Which fields a category may let be left out of a document."""

import pytest

from dangqiao.core import categories
from dangqiao.core.errors import BadInput


@pytest.mark.parametrize(
    "path", ["party_b.name", "registration_date", "act", "party_b.nothing", "nothing", "remarks", "child.birth_date"]
)
def test_names_dates_of_the_event_and_what_is_not_there_stay(path: str) -> None:
    source = categories.shipped_files()["marriage.toml"].decode()
    with pytest.raises(BadInput, match=r"cannot|can be left out") as caught:
        categories.parse(source.replace("may_be_left_out = [", f'may_be_left_out = ["{path}", ', 1).encode())
    assert caught.value.code == "category.invalid"
    assert path in str(caught.value.facts["problem"])


def test_a_field_is_called_as_on_paper() -> None:
    marriage, youth = categories.get("marriage"), categories.get("educated-youth")
    assert marriage.label_of("party_b.identity_number").zh == "女方身份证件号"
    assert marriage.label_of("certificate_number").zh == "证件字号"
    assert youth.label_of("youth.birth_date").zh == "出生日期"  # one party needs no name
