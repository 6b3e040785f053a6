"""What an import makes of many rows at once is what `compose` makes of each, for every category."""

import csv
import random
from pathlib import Path
from typing import Any

import pytest

from dangqiao.apps.fields import cipher
from dangqiao.apps.holdings.composing import ENTRY_COLUMNS, compose
from dangqiao.apps.holdings.importing.cells import other_document_number, reader
from dangqiao.apps.holdings.importing.columns import IDENTITY_CARDS
from dangqiao.apps.holdings.importing.pieces import cut
from dangqiao.apps.holdings.importing.preparing import Chunk, Preparer, Recipe
from dangqiao.apps.holdings.importing.source import inspect
from dangqiao.core.categories import COMMON_FIELDS, Category, FieldDefinition, FieldKind, shipped
from dangqiao.core.matching.packed import SIZE

ARCHIVE = "310115"
CELLS: dict[FieldKind, list[str]] = {
    FieldKind.TEXT: ["", "", "甲乙丙", ' "引号"\\ ', "甲\u3000", "身份证", "护照", "两行\n字"],
    FieldKind.NAME: ["张建国", "李秀英", "王氏", "陈王秀英", "古丽·买买提", "□", " 李一(曾用名:李二)", "无"],
    FieldKind.NAMES: ["", "", "", "赵大、赵二;赵三", "、"],
    FieldKind.INTEGER: ["", "3", "12", "-"],
    FieldKind.YEAR: ["", "1987", "1987-03", "不详"],
    FieldKind.PLACE: ["", "上海市浦东新区", "安庆市宿松县民政局", "宿松", "nowhere", "鼓楼区"],
    FieldKind.DATE: [
        "",
        "1987-03-05",
        "1987年3月",
        "民国三十六年三月",
        "农历1950年正月初五",
        "不详",
        "1962",
        "1962年10月",
        "农历1962年",
        "1900",
        "23岁",
        "虚龄24",
        "24",
    ],
    FieldKind.IDENTITY_NUMBER: [
        "",
        "",
        "310115196201020015",
        "31011519620102001x",
        "310115620102001",
        "110105491231996",
        "990115196202310010",
        "3101151962????0015",
        "－",
    ],
}


def cell(field: FieldDefinition, chance: random.Random) -> str:
    if field.kind is FieldKind.CODE:
        return chance.choice([*field.codes, *([] if field.required else [""])])
    texts = [text for text in CELLS[field.kind] if text or not field.required]
    return chance.choice(texts)


def rows_of(category: Category, count: int) -> list[dict[str, str]]:
    chance = random.Random(category.id)
    rows = [{field.column: cell(field, chance) for field in category.all_fields()} for _ in range(count)]
    names = [one.column for party in category.parties for one in party.fields if one.key == "name"]
    for row in rows[:: 5 if len(names) > 1 else count]:
        row[chance.choice(names)] = "" if len(names) > 1 else "李秀英"
    return [row | {"档号": f" {number}\t"} for number, row in enumerate(rows)]


def prepared(folder: Path, category: Category, rows: list[dict[str, str]]) -> Chunk:
    path = folder / "file.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    with cut(inspect(path, rows[0])) as pieces:
        prepare = Preparer(Recipe(category, ARCHIVE, pieces.header, 2026, path, "utf-8"))
        piece = pieces.next()
        assert piece
        return prepare(piece)


def one_by_one(category: Category, row: dict[str, str]) -> Any:
    """The row as `compose` has it."""
    groups: list[dict[str, Any]] = []
    for fields in (COMMON_FIELDS, category.fields, *(party.fields for party in category.parties)):
        kind = next((row[field.column].strip() for field in fields if field.key == "identity_kind"), "")
        values: dict[str, Any] = {}
        for field in fields:
            other = field.key == "identity_number" and kind not in IDENTITY_CARDS
            read = other_document_number if other else reader(field, 2026)
            text = row[field.column].strip()
            if text and (value := read(text)) is not None:
                values[field.key] = value
        groups.append(values)
    common, fields_said, *parties = groups
    roles = [party.role for party in category.parties]
    return compose(category, ARCHIVE, common, fields_said, dict(zip(roles, parties, strict=True)), "")


def opened(content: dict[str, Any]) -> dict[str, Any]:
    """Content with its numbers decrypted and its lists alike."""
    parties = []
    for party in content["parties"]:
        number = {"identity_number": cipher().decrypt(party["identity_number"])} if "identity_number" in party else {}
        hashes = {"identity_parts": list(party["identity_parts"])} if "identity_parts" in party else {}
        parties.append(party | number | hashes)
    return {"fields": content["fields"], "parties": parties}


@pytest.mark.parametrize("category", shipped().values(), ids=list(shipped()))
def test_many_rows_are_composed_as_each_of_them(category: Category, tmp_path: Path) -> None:
    rows = rows_of(category, 200)
    chunk = prepared(tmp_path, category, rows)
    assert (chunk.rejected, chunk.numbers) == ([], list(range(1, 201)))
    keys: list[list[int]] = [[] for _ in rows]
    for key, owner in zip(chunk.keys, chunk.owners, strict=True):
        keys[owner].append(key)
    for place, row in enumerate(rows):
        alone, together = one_by_one(category, row), chunk.values(place)
        assert opened(together.pop("content")) == opened(alone.columns["content"])
        assert len(together.pop("content_digest")) == 64
        assert together == {name: alone.columns[name] for name in ENTRY_COLUMNS if name in together}
        assert keys[place] == sorted(alone.keys)
        assert chunk.records[place * SIZE : (place + 1) * SIZE] == alone.record


def test_rows_that_say_the_same_have_one_digest(tmp_path: Path) -> None:
    category = shipped()["marriage"]
    (row, other) = rows_of(category, 2)
    (first,) = prepared(tmp_path, category, [row]).columns[ENTRY_COLUMNS.index("content_digest")]
    turned = dict(reversed([*row.items(), ("另一列", "x")])) | {"男方姓名": f" {row['男方姓名']}"}
    assert list(prepared(tmp_path, category, [turned]).columns[ENTRY_COLUMNS.index("content_digest")]) == [first]
    assert list(prepared(tmp_path, category, [other]).columns[ENTRY_COLUMNS.index("content_digest")]) != [first]
