"""Pages, checking against the original, coverage, correction."""

import io

import pytest
from PIL import Image

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.apps.holdings import queries, services, tables
from dangqiao.apps.holdings.models import (
    CatalogueEntry,
    EntryPage,
    EntryRevision,
    HoldingCoverage,
    NameCount,
    PageImage,
)
from dangqiao.apps.holdings.pages import NewPage
from dangqiao.apps.holdings.records import Citation
from dangqiao.apps.ports import port
from dangqiao.core.errors import BadInput, Conflict, NotThere
from dangqiao.core.matching import Outcome
from dangqiao.core.vocabulary.purpose import Purpose

pytestmark = pytest.mark.django_db

HERE = Citation("310115", "marriage", "3001-1987-001")
WHY = Purpose.CATALOGUING


def picture(colour: str = "white", kind: str = "JPEG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (100, 140), colour).save(stream, kind)
    return stream.getvalue()


@pytest.fixture
def entry(take_in, couples) -> Citation:
    take_in(couples({"页数": "2"}))
    return HERE


def test_pages_are_attached_once_and_complete_the_entry(entry, clerk):
    first = NewPage(entry, 1, picture())
    assert services.attach_pages(clerk, WHY, "310115", [first]) == 1
    assert CatalogueEntry.objects.get().digitisation == "part"
    services.attach_pages(clerk, WHY, "310115", [first, NewPage(entry, 2, picture("black", "PNG"))])
    assert CatalogueEntry.objects.get().digitisation == "full"
    assert (EntryPage.objects.count(), PageImage.objects.count()) == (2, 2)
    image = queries.entry(clerk, WHY, entry).images[0]
    assert port("storage").get(image.sha256) == picture()


def test_one_page_may_show_several_entries(entry, clerk, take_in, couples):
    take_in(couples({"档号": "second"}, name="second.csv"))
    roster = [NewPage(entry, 1, picture()), NewPage(Citation("310115", "marriage", "second"), 1, picture())]
    services.attach_pages(clerk, WHY, "310115", roster)
    assert (EntryPage.objects.count(), PageImage.objects.count()) == (2, 1)


@pytest.mark.parametrize("content", [b"", b"no picture", picture()[:200]])
def test_what_is_no_picture_is_refused(entry, clerk, content):
    with pytest.raises(BadInput, match="not a picture"):
        services.attach_pages(clerk, WHY, "310115", [NewPage(entry, 1, content)])


@pytest.mark.parametrize(
    ("release", "masks"),
    [("masked", ()), ("whole", ((0, 0, 10, 10),)), ("masked", ((90, 0, 20, 10),)), ("secret", ())],
)
def test_masks_must_fit_the_rule_and_the_picture(entry, clerk, release, masks):
    with pytest.raises(BadInput, match="masks"):
        services.attach_pages(clerk, WHY, "310115", [NewPage(entry, 1, picture(), release, masks)])


def test_a_page_without_an_entry_is_refused(entry, clerk):
    with pytest.raises(NotThere):
        services.attach_pages(clerk, WHY, "310115", [NewPage(Citation("310115", "marriage", "none"), 1, picture())])
    with pytest.raises(NotThere):
        services.attach_pages(clerk, WHY, "310115", [NewPage(Citation("310104", "marriage", "none"), 1, picture())])


def test_a_table_of_pages_names_files_beside_it_only(entry, clerk, tmp_path):
    (tmp_path / "a.jpg").write_bytes(picture())
    table = tmp_path / "pages.csv"
    table.write_text(
        '档号,页码,文件,公开规则,遮盖\n3001-1987-001,1,a.jpg,遮盖后公开,"10,10,20,20;50,50,10,10"\n', "utf-8"
    )
    (page,) = tables.pages(table, "310115", "marriage")
    assert (page.release, page.masks) == ("masked", ((10, 10, 20, 20), (50, 50, 10, 10)))
    table.write_text("档号,页码,文件\n3001-1987-001,1,../../etc/passwd\n", "utf-8")
    with pytest.raises(BadInput, match="Row 2"):
        list(tables.pages(table, "310115", "marriage"))


def test_checking_is_recorded_with_its_actor(entry, clerk):
    assert services.mark_checked(clerk, WHY, "310115", "marriage", [("3001-1987-001", 1)]) == 1
    record = queries.entry(clerk, WHY, entry)
    assert record.checked_by == "operator:test"
    assert record.checked_at is not None
    assert not record.issuable_at_once
    services.attach_pages(clerk, WHY, "310115", [NewPage(entry, 1, picture())])
    assert queries.entry(clerk, WHY, entry).issuable_at_once


def test_checking_an_unknown_entry_marks_none(entry, clerk):
    with pytest.raises(NotThere):
        services.mark_checked(clerk, WHY, "310115", "marriage", [("3001-1987-001", 1), ("none", 1)])
    assert CatalogueEntry.objects.get().checked_by == ""


def test_coverage_of_a_category_is_replaced(clerk, archive, tmp_path):
    table = tmp_path / "coverage.csv"
    table.write_text(
        "档案馆,种类,行政区划,起始年,终止年,状态,保管单位\n310115,marriage,310115,1950,2005,在馆,\n"
        "310115,marriage,310115,2006,,未进馆,浦东新区民政局\n",
        "utf-8",
    )
    for _again in range(2):
        for code, rows in tables.coverage(table).items():
            services.set_coverage(clerk, WHY, code, rows)
    states = HoldingCoverage.objects.order_by("year_from").values_list("archive_code", "state", "custodian")
    assert list(states) == [("310115", "in_archive", ""), ("310115", "not_handed_over", "浦东新区民政局")]


def correct(clerk, changes: dict[str, str], revision: int = 1) -> int:
    return services.correct_entry(clerk, WHY, HERE, changes, revision=revision, reason="与原件不符")


def test_a_correction_keeps_what_was_said_before(entry, clerk):
    services.mark_checked(clerk, WHY, "310115", "marriage", [("3001-1987-001", 1)])
    assert correct(clerk, {"女方姓名": "李绣瑛", "登记日期": "1987-03", "备注": ""}) == 2
    record, before = queries.entry(clerk, WHY, entry), EntryRevision.objects.get()
    assert (record.parties[1].name, record.event_date.iso(), record.checked_by) == ("李绣瑛", "1987-03", "")
    assert record.parties[0].values["identity_number"] == "310115196201020015"
    assert (before.content["parties"][1]["name"], before.replaced_by, before.reason) == (
        "李秀英",
        "operator:test",
        "与原件不符",
    )
    assert before.content["columns"]["checked_by"] == "operator:test"
    assert AuditRecord.objects.get(event="holdings.entry_corrected").facts["columns"] == [
        "备注",
        "女方姓名",
        "登记日期",
    ]


def test_a_correction_changes_the_index(entry, clerk):
    correct(clerk, {"女方姓名": "闵素绢"})
    query = queries.query(queries.person("闵素绢"), others=[queries.person("张建国")])
    assert queries.find(clerk, WHY, None, "marriage", query).outcome is Outcome.MATCH
    assert NameCount.objects.get(kind="name", value="李秀英").count == 0


def test_two_correctors_do_not_overwrite_each_other(entry, clerk):
    correct(clerk, {"女方姓名": "李绣瑛"})
    with pytest.raises(Conflict):
        correct(clerk, {"女方姓名": "李绣英"})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [({"登记日期": "1987-04-31"}, "登记日期"), ({"女方姓名": ""}, "女方姓名"), ({"档号": "x"}, "cannot be corrected")],
)
def test_an_unfit_correction_changes_nothing(entry, clerk, changes, problem):
    with pytest.raises(BadInput, match=problem):
        correct(clerk, changes)
    assert CatalogueEntry.objects.get().revision == 1
