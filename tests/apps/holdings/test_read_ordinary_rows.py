"""Ordinary rows are read by columns of bytes, all others with care; no difference may be seen in what comes of them."""

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dangqiao.apps.fields import cipher
from dangqiao.apps.holdings.composing import ENTRY_COLUMNS
from dangqiao.apps.holdings.features import Counted, Met, Names, additions, counted_name, name_counts
from dangqiao.apps.holdings.importing import interned
from dangqiao.apps.holdings.importing.adding_up import summed
from dangqiao.apps.holdings.importing.bytecolumns import cut as cut_block
from dangqiao.apps.holdings.importing.csvfile import Block
from dangqiao.apps.holdings.importing.names import NameReader
from dangqiao.apps.holdings.importing.pieces import cut
from dangqiao.apps.holdings.importing.preparing import Chunk, Preparer, Recipe
from dangqiao.apps.holdings.importing.source import inspect
from dangqiao.apps.holdings.importing.strings import strings
from dangqiao.core import categories
from dangqiao.core.matching.columns import name_rows

ARCHIVE = "310115"
USUAL: dict[str, list[str]] = {
    "全宗号": ["3001", "", "3002"],
    "年度": ["1987", "", "1988"],
    "业务类型": ["结婚", "离婚", ""],
    "证件字号": ["沪浦结字第870001号", ""],
    "登记日期": ["1987-03-05", "1987年3月5日", "1987.3.5", "19870305", "1987", "", "农历1950年正月初五", "1987/02/03"],
    "登记机关": ["上海市浦东新区民政局", "川沙县民政局", "", "鼓楼区"],
    "男方姓名": ["张建国", "李伟", "王氏", "陈王秀英", "欧阳明", "古丽·买买提", "张（王+民）", "Zhang San", "□"],
    "男方出生日期": ["1962-01-02", "", "1962年4月", "1962", "62.1", "农历1962年", "23岁", "不详"],
    "男方身份证件号": ["310115196201020015", "31011519620102001X", "310115620102001", "",
        "110105491231996", "990115196202310010"],
    "男方证件类型": ["", "身份证"],
    "女方姓名": ["李秀英", "王芳"],
    "女方出生日期": ["1963年4月", "", "1963-00-00"],
    "女方身份证件号": ["", "310115196201020015"],
    "女方曾用名": ["", "", "赵大、赵二"],
    "页数": ["3", "", "１２"],
    "备注": ["", "两人同来", "\u3000前后有空白 "],
}  # fmt: skip
ODD: list[tuple[str, str]] = [
    ("备注", '"引号，在""中间"""'), ("备注", 'a"b'), ("备注", "反\\斜"), ("备注", "\x07"), ("备注", "制\t表"),
    ("备注", "𠮷"), ("备注", "\ue81e"), ("备注", "\uf8ff"), ("备注", '"两\n行"'), ("备注", '"两\r\n行,"'),
    ("备注", "长" * 2001), ("备注", "a,b"), ("备注", "a,"), ("女方姓名", "王䶮"), ("女方姓名", "王𬸚"),
    ("登记日期", "1987-13-01"), ("登记日期", "2999-01-01"), ("登记日期", "昨天"), ("页数", "若干"), ("页数", "十二"),
    ("页数", "-"),
    ("男方身份证件号", "31011519620102"), ("男方身份证件号", "31011519620102001x"),
    ("男方身份证件号", "3101151962????0015"),
    ("男方身份证件号", "不详"), ("男方证件类型", "护照"), ("男方姓名", ""), ("档号", ""), ("业务类型", "订婚"),
    ("档号", "甲" * 121), ("男方姓名", "\u3000张三\ufeff"), ("年度", "2999"), ("年度", "不详"),
    ("男方姓名", "丁一(曾用名:丁二)"),
    ("全宗号", "\ufffe"),
]  # fmt: skip
ENDINGS = ["\n", "\r\n", "\n\n", "\r", " \n", ",,\n"]


def mess(seed: int, *, oddness: float) -> str:
    """A file of a hundred rows, some of them out of the ordinary."""
    chance = random.Random(seed)
    lines = [",".join(["档号", *USUAL]) + "\n"]
    for number in range(100):
        row = {"档号": f"3001-1987-{number:03d}"} | {column: chance.choice(texts) for column, texts in USUAL.items()}
        if chance.random() < oddness:
            row |= [chance.choice(ODD)]
        lines.append(",".join(row.values()) + (chance.choice(ENDINGS) if chance.random() < oddness else "\n"))
    return "".join(lines)


def opened(chunk: Chunk) -> dict[str, Any]:
    """What a chunk says; numbers decrypted, for each is encrypted otherwise every time."""
    columns = dict(zip(ENTRY_COLUMNS, map(list, chunk.columns), strict=True))
    columns["content"] = [json.loads(text) for text in columns["content"]]
    for content in columns["content"]:
        for party in content["parties"]:
            if "identity_number" in party:
                party["identity_number"] = cipher().decrypt(party["identity_number"])
    keys = sorted(zip(chunk.keys, chunk.owners, strict=True))
    assert [key for key, _owner in keys] == list(chunk.keys)
    met = json.loads(chunk.counts)
    met["names"] = sorted(met["names"].split(","))
    return chunk._replace(columns=(), keys=None, owners=None, counts="")._asdict() | columns | {"k": keys, "met": met}


@pytest.fixture
def both_ways(tmp_path: Path) -> Callable[..., tuple[Chunk | None, Chunk]]:
    category = categories.get("marriage")

    def prepared(text: str, encoding: str = "utf-8", blocks: int = 1) -> tuple[Chunk | None, Chunk]:
        path = tmp_path / "file.csv"
        path.write_bytes(text.encode(encoding, "surrogatepass"))
        with cut(inspect(path, ["档号", *USUAL])) as pieces:
            prepare = Preparer(Recipe(category, ARCHIVE, pieces.header, 2026, path, encoding))
            piece = pieces.next()
            assert isinstance(piece, Block)
            for _ in range(blocks - 1):
                prepare._at_once(piece)
            return prepare._at_once(piece), prepare._row_by_row(piece)

    return prepared


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("seed", range(12))
def test_a_block_at_once_is_as_its_rows_one_by_one(both_ways, seed, encoding):
    text = mess(seed, oddness=(0.0, 0.05, 0.5)[seed % 3])
    if encoding == "gb18030":
        text = text.replace("\ufffe", "")
    at_once, one_by_one = both_ways(text, encoding)
    assert at_once
    assert opened(at_once) == opened(one_by_one)


@pytest.mark.parametrize(("column", "cell"), ODD)
def test_each_oddity_is_told_as_ever(both_ways, column, cell):
    row = {"档号": "A-1"} | {name: texts[0] for name, texts in USUAL.items()}
    rows = [row, row | {"档号": "A-2", column: cell}, row | {"档号": "A-3"}]
    text = "".join(",".join(cells) + "\n" for cells in ([*row], *(one.values() for one in rows)))
    at_once, one_by_one = both_ways(text)
    assert at_once
    assert opened(at_once) == opened(one_by_one)


@pytest.mark.parametrize(
    "text",
    ['A,"open\nB,c\n', 'A,"x"y\n', '"A\n', f"A,{'x' * 17000}\n"],
    ids=["open", "more behind it", "at the end", "a cell too long"],
)
def test_where_it_is_not_seen_where_rows_end_nothing_is_guessed(text):
    assert cut_block(text.encode(), 2) is None


def test_tables_that_are_full_begin_anew(both_ways, monkeypatch):
    monkeypatch.setattr(interned, "MOST_REMEMBERED", 3)
    at_once, one_by_one = both_ways(mess(3, oddness=0.1), blocks=4)
    assert at_once
    assert opened(at_once) == opened(one_by_one)


def test_most_rows_of_a_catalogue_are_ordinary(both_ways):
    text = mess(0, oddness=0.0)
    width = len(text.partition("\n")[0].split(","))
    found = cut_block(text.partition("\n")[2].encode(), width)
    assert found is not None
    assert not found.kinds.any()


def some_names(seed: int) -> list[str]:
    """Of all ideographs, and such as clerks write them; some more than once."""
    chance = random.Random(seed)
    every = [chr(point) for point in (*range(0x3000, 0x3100), *range(0x3400, 0xA000), *range(0xF900, 0xFB00))]
    usual = "王李张陈赵钱孫劉吳欧阳修司馬光氏名建国華芳秀英□·〇 a"
    return [
        "".join(chance.choices(chance.choice((every, usual)), k=chance.choice((1, 2, 2, 3, 3, 4)))) for _ in range(5000)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_names_read_from_bytes_are_as_those_read_one_by_one(seed):
    names = [*some_names(seed), *USUAL["男方姓名"], "", "王𠮷", "éé"]
    rows, folded = NameReader()(strings(names))
    assert np.array_equal(rows, name_rows(names))
    assert Counter(folded.split(",")) == Counter(["", *filter(None, map(counted_name, names))])


def test_names_added_up_together_are_as_those_counted_one_by_one():
    names = some_names(7)
    met = [Met(NameReader()(strings(some))[1], Counter("12"), {"marriage/310115": 1}) for some in (names, names[:9])]
    entries = [Counted((*names, *names[:9]), ("1", "2")), Counted((), ("1", "2"))]
    found = summed(Names({number: one.json() for number, one in enumerate(met)}))
    assert together(found) == together(additions(name_counts(entries, "marriage", "310115")))


def together(added):
    """What is added, by kind and value."""
    found = Counter()
    for kind, values, counts in added:
        found.update({(kind, value): count for value, count in zip(values.split("\n"), counts, strict=True)})
    return found
