"""An index is built from the same keys and records as each stored entry has by itself."""

import pytest

from dangqiao.apps.holdings import reading_back
from dangqiao.apps.holdings.features import stored_keys
from dangqiao.apps.holdings.models import CatalogueEntry
from dangqiao.apps.holdings.revisions import features_of
from dangqiao.core import categories
from dangqiao.core.matching.packed import SIZE, pack

ROWS = [
    {},
    {"男方姓名": "陈王秀英", "登记日期": "农历1950年正月初五", "登记机关": "鼓楼区民政局"},
    {"女方出生日期": "", "女方身份证件号": "310115196304120025", "登记日期": ""},
    {"登记日期": "1987年", "男方出生日期": "农历", "年度": ""},
    {"男方姓名": "古丽·买买提", "男方身份证件号": "3101151962010200151"[:18], "登记机关": "不知何处"},
    {"女方姓名": "李二(曾用名:李三)", "男方身份证件号": "110105491231996"},
    {"男方出生日期": "虚岁26", "男方身份证件号": "", "女方出生日期": "24岁"},
    {"男方出生日期": "26岁", "女方出生日期": "24岁", "登记日期": "", "年度": ""},
]


def built() -> dict[int, tuple[list[int], bytes]]:
    """Keys and record of each entry, by id."""
    found: dict[int, tuple[list[int], bytes]] = {}
    for addition in reading_back.additions():
        for place, entry in enumerate(addition.ids):
            own = [key for key, owner in zip(addition.keys, addition.owners, strict=True) if owner == place]
            assert entry not in found
            found[entry] = sorted(own), addition.records[place * SIZE : (place + 1) * SIZE]
    return found


def one_by_one() -> dict[int, tuple[list[int], bytes]]:
    entries = {
        row.id: (features_of(row, categories.get(row.category)), row.category) for row in CatalogueEntry.objects.all()
    }
    return {id: (sorted(stored_keys(entry, category)), pack(entry)) for id, (entry, category) in entries.items()}


@pytest.mark.django_db
def test_the_catalogue_is_read_back_as_each_entry_is(couples, take_in, monkeypatch):
    result = take_in(couples(*({"档号": f"A-{n}"} | row for n, row in enumerate(ROWS))))
    assert (result.added, result.rejected) == (len(ROWS), 0)
    assert built() == one_by_one()
    monkeypatch.setattr(reading_back, "_READ_AT_ONCE", 2)
    assert built() == one_by_one()


@pytest.mark.django_db
def test_persons_in_another_order_are_read_back_too(couples, take_in):
    take_in(couples(*({"档号": f"A-{n}"} | row for n, row in enumerate(ROWS))))
    row = CatalogueEntry.objects.order_by("id")[1]
    row.content["parties"].reverse()
    row.save()
    assert built() == one_by_one()
