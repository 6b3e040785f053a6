"""Every category's columns can be imported, found again, and printed; adoption is found by nothing else."""

import csv
from pathlib import Path
from typing import Any

import pytest

from dangqiao.apps.holdings import batch, queries
from dangqiao.apps.lookups.issuing import facts_of
from dangqiao.core.categories import Category, FieldDefinition, FieldKind, shipped
from dangqiao.core.errors import Refused
from dangqiao.core.matching import Outcome
from dangqiao.core.vocabulary.actor import node
from dangqiao.core.vocabulary.purpose import Purpose

pytestmark = pytest.mark.django_db

NAMES = ("欧阳建华", "慕容秀英", "令狐小明")
CELLS = {
    FieldKind.TEXT: "甲乙丙",
    FieldKind.NAMES: "赵大、赵二",
    FieldKind.INTEGER: "3",
    FieldKind.YEAR: "1987",
    FieldKind.PLACE: "上海市浦东新区",
    FieldKind.DATE: "1987-03-05",
    FieldKind.IDENTITY_NUMBER: "",
}


def cell(field: FieldDefinition, name: str) -> str:
    if field.kind is FieldKind.CODE:
        return next(iter(field.codes))
    return name if field.kind is FieldKind.NAME else CELLS[field.kind]


def written(folder: Path, category: Category) -> Path:
    """A file of one row with a value in every column."""
    row = {field.column: cell(field, "") for field in category.all_fields()} | {"档号": "1-1987-1"}
    for party, name in zip(category.parties, NAMES, strict=False):
        row |= {field.column: cell(field, name) for field in party.fields}
    path = folder / f"{category.id}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, row)
        writer.writeheader()
        writer.writerow(row)
    return path


@pytest.fixture
def search(clerk: Any) -> Any:
    who = queries.query(queries.person(NAMES[0]), others=[queries.person(NAMES[1])], event_year=1987)
    return lambda category: queries.find(clerk, Purpose.HANDLING, None, category, who)


@pytest.mark.parametrize("category", shipped().values(), ids=list(shipped()))
def test_what_is_imported_is_found_and_printed(category: Category, tmp_path: Path, take_in: Any, search: Any) -> None:
    result = take_in(written(tmp_path, category), category.id)
    assert (result.added, result.rejected) == (1, 0)
    (record,) = search(category.id).records
    assert [party.name for party in record.parties] == list(NAMES[: len(category.parties)])
    facts = {fact.label: fact.value for fact in facts_of(category, record)}
    hidden = {field.label.zh for field in category.fields if not field.shown}
    assert not hidden & set(facts)
    assert facts[category.field(category.event_date).label.zh] == "1987年3月5日"


def test_an_adoption_is_found_by_no_other_search(tmp_path: Path, take_in: Any, search: Any) -> None:
    take_in(written(tmp_path, shipped()["adoption"]), "adoption")
    assert search("adoption").outcome is not Outcome.NONE
    for other in set(shipped()) - {"adoption"}:
        assert search(other).records == ()


def test_lists_are_not_answered_about_adoptions(tmp_path: Path, take_in: Any, clerk: Any) -> None:
    take_in(written(tmp_path, shipped()["adoption"]), "adoption")
    asked = tmp_path / "queries.csv"
    asked.write_text(f"查询号,姓名\n1,{NAMES[0]}\n", encoding="utf-8")
    with pytest.raises(Refused) as caught:
        batch.match_file(clerk, Purpose.BATCH_LOOKUP, asked, tmp_path / "out.csv", category="adoption")
    assert caught.value.code == "holdings.no_batch"


@pytest.mark.parametrize("category", ["adoption", "notarial"])
def test_no_inquiry_is_answered_where_to_exist_is_a_secret(
    category: str, tmp_path: Path, take_in: Any, clerk: Any
) -> None:
    take_in(written(tmp_path, shipped()[category]), category)
    with pytest.raises(Refused):
        queries.possible(node("310000"), Purpose.HANDLING, category, queries.query(queries.person(NAMES[0])))
