"""Taking in good files, in each form in which they come."""

import datetime

import openpyxl
import pytest
from django.db import DatabaseError, connection, transaction

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.holdings import index
from dangqiao.apps.holdings.models import CatalogueEntry, ImportRun, NameCount
from tests.apps.holdings.conftest import COUPLE, HEADER, report_rows

pytestmark = pytest.mark.django_db


def test_an_entry_is_stored_with_its_index(take_in, couples):
    result = take_in(couples({}))
    assert (result.added, result.rejected, result.report) == (1, 0, None)
    entry = CatalogueEntry.objects.get()
    assert (entry.reference_code, entry.item_number, entry.checked_by) == ("3001-1987-001", 1, "")
    assert (entry.event_date, entry.year, entry.pages, entry.place) == ("1987-03-05", 1987, 3, "上海市浦东新区民政局")
    assert index.describe() == {"entries": 0, "changed": 1, "segments": 0, "bytes": 0}
    assert NameCount.objects.get(kind="name", value="李秀英").count == 1
    assert NameCount.objects.get(kind="entries", value="marriage/310115").count == 1


def test_dates_keep_their_precision_and_their_words(take_in, couples):
    take_in(couples({"男方出生日期": "民国三十六年三月", "女方出生日期": "农历1950年正月初五", "登记日期": "1987"}))
    entry = CatalogueEntry.objects.get()
    man, woman = entry.content["parties"]
    assert man["birth_date"] == {"iso": "1947-03", "original": "民国三十六年三月"}
    assert woman["birth_date"] == {"iso": "1950-01-05", "original": "农历1950年正月初五", "calendar": "lunar"}
    assert entry.event_date == "1987"


def test_an_identity_number_is_never_stored_in_clear(take_in, couples):
    take_in(couples({}))
    entry = CatalogueEntry.objects.get()
    man = entry.content["parties"][0]
    assert "310115196201020015" not in str(entry.content)
    assert man["identity_number"].startswith("1|")
    assert len(man["identity_parts"]) == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_utf8_and_gb18030_say_the_same(take_in, couples, encoding):
    result = take_in(couples({"女方姓名": "莫𬸚䶮"}, encoding=encoding))
    assert result.added == 1
    assert CatalogueEntry.objects.get().content["parties"][1]["name"] == "莫𬸚䶮"


def test_a_workbook_is_read_with_its_dates_and_numbers(take_in, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(","))
    row = COUPLE | {"登记日期": datetime.datetime(1987, 3, 5), "年度": 1987, "页数": 3.0, "男方出生日期": 19620102}
    book.active.append([row[name] for name in HEADER.split(",")])
    book.save(tmp_path / "file.xlsx")
    result = take_in(tmp_path / "file.xlsx")
    assert (result.added, result.rejected) == (1, 0)
    entry = CatalogueEntry.objects.get()
    assert (entry.event_date, entry.year, entry.pages) == ("1987-03-05", 1987, 3)
    assert entry.content["parties"][0]["birth_date"]["iso"] == "1962-01-02"


def test_optional_columns_are_taken_in_and_unknown_ones_named(take_in, couples):
    more = {
        "件内序号": "2",
        "女方曾用名": "李小妹、李招弟",
        "利用限制": "限本人",
        "数字化状态": "已数字化",
        "录入员": "甲",
    }
    result = take_in(couples(more, columns=more))
    entry = CatalogueEntry.objects.get()
    assert (entry.item_number, entry.restriction, entry.digitisation) == (2, "party_only", "full")
    assert entry.content["parties"][1]["former_names"] == ["李小妹", "李招弟"]
    assert result.unknown_columns == ("录入员",)


def test_a_passport_number_is_no_identity_number(take_in, couples):
    foreign = {"男方证件类型": "护照", "男方身份证件号": "E1234567"}
    take_in(couples(foreign, columns=["男方证件类型"]))
    man = CatalogueEntry.objects.get().content["parties"][0]
    assert "identity_parts" not in man
    assert man["identity_number"].startswith("1|")


def test_a_wrong_check_digit_is_kept_and_marked(take_in, couples):
    result = take_in(couples({"男方身份证件号": "310115196201020010"}))
    assert result.added == 1
    assert CatalogueEntry.objects.get().content["parties"][0]["identity_check"] == "identity.bad_check"


def test_illegible_digits_are_kept(take_in, couples):
    assert take_in(couples({"男方身份证件号": "3101151962????0015"})).added == 1
    assert "identity_parts" not in CatalogueEntry.objects.get().content["parties"][0]


@pytest.mark.parametrize(
    "name",
    ["王䶮", "莫𬸚云", "古丽·买买提", "王氏", "李一", "囗□", "张（王+民）", "爱新觉罗" * 15, "Maria da Silva", "翁"],
)
def test_strange_names_are_names(take_in, couples, name):
    result = take_in(couples({"女方姓名": name}))
    assert (result.added, result.rejected) == (1, 0)
    assert CatalogueEntry.objects.get().content["parties"][1]["name"] == name


def test_an_import_is_audited_with_actor_and_purpose(take_in, couples):
    take_in(couples({}, {"档号": "3001-1987-002"}))
    begun, ended = AuditRecord.objects.order_by("id")
    assert (begun.event, ended.event) == ("holdings.import_started", "holdings.import_finished")
    assert (ended.actor, ended.purpose, ended.count) == ("operator:test", "cataloguing", 2)
    assert ImportRun.objects.get().state == ImportRun.State.FINISHED


def test_a_header_alone_is_an_empty_catalogue(take_in, couples):
    assert take_in(couples()).rows == 0


def test_quotes_over_several_lines_are_one_cell(take_in, couples):
    take_in(couples({"备注": '两行\n"引号",逗号'}))
    assert CatalogueEntry.objects.get().content["fields"]["remarks"] == '两行\n"引号",逗号'


def test_only_child_and_educated_youth_have_columns_of_their_own(take_in, tmp_path):
    child = tmp_path / "child.csv"
    child.write_text(
        "档号,证件字号,发证日期,发证机关,子女姓名,子女出生日期,子女身份证件号,父亲姓名,父亲出生日期,父亲身份证件号,"
        "母亲姓名,母亲出生日期,母亲身份证件号\nD-1,甲1,1985-12,浦东新区计生委,张小宝,1985-06,,张大宝,,,李秀英,,\n",
        encoding="utf-8",
    )
    youth = tmp_path / "youth.csv"
    youth.write_text(
        "档号,业务类型,批准日期,动员地,接收地,姓名,出生日期,身份证件号\nZ-1,下乡,1969,上海市,宿松县,寿念慈,1951-08,\n",
        encoding="utf-8",
    )
    assert take_in(child, category="only-child").added == 1
    assert take_in(youth, category="educated-youth").added == 1
    roles = {
        entry.category: [one["role"] for one in entry.content["parties"]] for entry in CatalogueEntry.objects.all()
    }
    assert roles == {"only-child": ["child", "father", "mother"], "educated-youth": ["youth"]}


def test_a_report_can_be_corrected_and_taken_in_again(take_in, couples, tmp_path):
    result = take_in(couples({}, {"档号": "3001-1987-002", "登记日期": "1987-04-31"}))
    assert [row["行号"] for row in report_rows(result)] == ["3"]
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(result.report.read_text("utf-8-sig").replace("1987-04-31", "1987-02-28"), encoding="utf-8")
    again = take_in(corrected)
    assert (again.added, again.rejected, again.unknown_columns) == (1, 0, ())


COPIES = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE name = 'holdings_entrykey' AND sql NOT LIKE '%%WITHOUT ROWID'",
    "postgresql": "SELECT count(*) - 1 FROM pg_indexes WHERE tablename = 'holdings_entrykey'",
}
"""How often the keys of entries stand beside their primary key: in a table of its own on SQLite, in other indexes."""


def test_there_is_no_second_copy_of_the_keys(archive: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(COPIES[connection.vendor])
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("code", ["31011", "3101155", "31011x", "３１０１１５", ""])
def test_the_database_takes_no_archive_code_but_six_digits(code: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        CatalogueEntry.objects.create(archive_code=code, id=1, category="marriage", reference_code="A", content={})
