"""A category from a deployment's folder has its page, its form, its rules and its words, without code."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from dangqiao.adapters import category_files
from dangqiao.apps.directory.models import Archive
from dangqiao.apps.holdings import queries
from dangqiao.apps.holdings import services as holdings
from dangqiao.apps.lookups.issuing import facts_of
from dangqiao.core import categories
from dangqiao.core.categories import Category, loader
from dangqiao.core.configuration import parse
from dangqiao.core.lookup.entitlement import Answer, judge
from dangqiao.core.vocabulary.entitlement import ApplicantKind, Material
from dangqiao.core.vocabulary.purpose import Purpose
from dangqiao.web.applying.forms import RecordForm, UseForm, WhoForm
from tests.web.conftest import OPERATOR

GRAIN = Path(__file__).parents[1] / "vectors" / "categories" / "grain-ration.toml"
TABLE = (
    "档号,转移类别,转移证编号,转移日期,发证粮管所,定量标准,姓名,出生日期,户主姓名\n"
    "3001-1979-7,迁入,沪粮00012,1979.8,上海市浦东新区,29斤,诸葛明远,1956,诸葛老\n"
)


@pytest.fixture
def grain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, node: Path) -> Category:
    monkeypatch.setattr(loader, "_added", {})
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / GRAIN.name).write_bytes(GRAIN.read_bytes())
    own = parse(b'[node]\nplatform = "310000"\n[categories]\nfolders = ["ours"]\n')
    category_files.load(tmp_path, own)
    Archive.objects.filter(code="310115").update(categories=["marriage", "grain-ration"])
    return categories.get("grain-ration")


def test_it_stands_on_the_start_page_where_an_archive_serves_it(grain: Category, client: Client) -> None:
    page = client.get("/").content.decode()
    assert "粮油关系转移" in page and "山林权属" not in page


def test_its_pages_ask_for_what_its_file_says(grain: Category, zhang: Client) -> None:
    assert zhang.get("/apply/grain-ration/who/").status_code == 200
    assert {"applicant_kind", "role"} == set(WhoForm(grain, False).fields)
    assert set(RecordForm(grain, "resident").fields) == {"householder-name", "event_date", "place"}
    assert {"resident-name", "resident-birth_date"} < set(RecordForm(grain, "").fields)
    use = UseForm(grain, False)
    assert [code for code, _label in use.fields["purpose_of_use"].choices][:2] == ["household", "pension"]
    assert [code for code, _label in use.fields["kind_wanted"].choices] == ["copy", "certificate"]


def test_its_rules_decide_who_may_ask(grain: Category) -> None:
    assert judge(grain, ApplicantKind.PARTY, {Material.IDENTITY_DOCUMENT}, role="resident").answer is Answer.ALLOWED
    assert judge(grain, ApplicantKind.PARTY, role="householder").answer is Answer.REFUSED
    assert judge(grain, ApplicantKind.HEIR).answer is Answer.REFUSED


def test_its_columns_are_imported_found_and_printed(grain: Category, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text(TABLE, encoding="utf-8")
    result = holdings.import_file(OPERATOR, Purpose.CATALOGUING, table, category=grain.id, archive_code="310115")
    assert (result.added, result.rejected) == (1, 0)
    wanted = queries.query(queries.person("诸葛明远"), event_year=1979)
    (record,) = queries.find(OPERATOR, Purpose.HANDLING, ["310115"], grain.id, wanted).records
    facts = {fact.label: fact.value for fact in facts_of(grain, record)}
    assert facts["转移证编号"] == "沪粮00012" and facts["转移日期"] == "1979年8月"
    assert facts["户主姓名"] == "诸葛老" and "定量标准" not in facts


def test_nothing_of_it_is_left_in_the_settings() -> None:
    assert settings.CATEGORIES_SERVED == () and "grain-ration" not in categories.known()
