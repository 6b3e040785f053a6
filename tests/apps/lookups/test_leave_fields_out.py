"""What the applicant wants left out is nowhere: not on the page, not in the files, not in what was frozen."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from dangqiao.adapters.ofd.package import unpack
from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.deliverables.queries import judge
from dangqiao.apps.holdings.models import CatalogueEntry
from dangqiao.apps.lookups import inbox, queries
from dangqiao.apps.lookups.forms import problems_of
from dangqiao.apps.lookups.models import LookupRequest, Referral
from dangqiao.apps.work import services as work
from dangqiao.core import categories
from dangqiao.core.errors import BadInput, Refused
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.vocabulary.purpose import Purpose
from tests.adapters.pdf.judges import ask
from tests.apps.lookups.world import ENTRY, FORM, VAGUE, Anhui, World, fresh

pytestmark = pytest.mark.django_db

WIFE_BORN, HUSBAND_BORN = "1963年4月5日", "1962年1月2日"
IN_OTHER_WORDS = ("1963-04-05", "1963/4/5", "19630405", "1963年04月05日")
"""A whole date each: four digits alone are found by chance in the hexadecimal digits of one signature in ten."""
LEFT_OUT = ("party_b.birth_date", "party_b.former_names")


def issued(
    world: World, kind: str = "certificate", left_out: tuple[str, ...] = LEFT_OUT
) -> tuple[Referral, Deliverable]:
    row = world.accepted(query=VAGUE, kind_wanted=kind, left_out=left_out)
    world.decide(row, "provided", entries=ENTRY)
    work.drain()
    return fresh(row), Deliverable.objects.get(referral_id=row.id)


def files(world: World, document: Deliverable) -> tuple[bytes, bytes]:
    pdf, ofd = (
        b"".join(queries.deliverable_file(world.citizen, Purpose.HANDLING, document.id, kind).chunks)
        for kind in ("pdf", "ofd")
    )
    return pdf, ofd


def text_of_pdf(pdf: bytes, folder: Path) -> str:
    (folder / "document.pdf").write_bytes(pdf)
    return "".join(ask("pdftotext", "-raw", folder / "document.pdf", "-").stdout.split())


def unpacked(pdf: bytes, folder: Path) -> bytes:
    """The file with its streams decompressed."""
    (folder / "document.pdf").write_bytes(pdf)
    ask("qpdf", "--qdf", "--object-streams=disable", folder / "document.pdf", folder / "unpacked.pdf")
    return (folder / "unpacked.pdf").read_bytes()


def text_of_ofd(ofd: bytes) -> str:
    parts = unpack(ofd)
    assert parts
    return parts["Doc_0/Pages/Page_0/Content.xml"].decode()


@pytest.mark.parametrize("kind", ["certificate", "extract"])
def test_a_field_left_out_is_in_neither_file_and_the_document_says_that_something_is(
    world: World, kind: str, tmp_path: Path
) -> None:
    _row, document = issued(world, kind)
    pdf, ofd = files(world, document)
    said = text_of_pdf(pdf, tmp_path)
    for text in (said, text_of_ofd(ofd)):
        assert HUSBAND_BORN in text and "部分项目未列入本件" in text
        assert WIFE_BORN not in text and "女方出生日期" not in text
    for data in (pdf, unpacked(pdf, tmp_path), *(unpack(ofd) or {}).values(), document.frozen_content.encode()):
        for text in (WIFE_BORN, *IN_OTHER_WORDS):
            assert text.encode() not in data and text.encode("utf-16-be") not in data
    content = FrozenContent.from_canonical(document.frozen_content.encode())
    assert content.left_out == LEFT_OUT
    assert judge(pdf).outcome == judge(ofd).outcome == "valid"


def with_former_name(name: str) -> None:
    entry = CatalogueEntry.objects.get(reference_code="3001-1987-001")
    parties = [
        {**party, "former_names": name} if party["role"] == "party_b" else party for party in entry.content["parties"]
    ]
    CatalogueEntry.objects.filter(pk=entry.pk).update(content={**entry.content, "parties": parties})


def test_not_even_the_glyph_of_a_rare_name_stays_in_a_font(world: World, tmp_path: Path) -> None:
    with_former_name("李䶮")
    for left_out, there in (((), True), (LEFT_OUT, False)):
        _row, document = issued(world, left_out=left_out)
        pdf, ofd = files(world, document)
        fonts = [TTFont(io.BytesIO(data)) for name, data in (unpack(ofd) or {}).items() if name.endswith(".ttf")]
        assert any(ord("䶮") in font.getBestCmap() for font in fonts) is there
        assert ("䶮" in text_of_pdf(pdf, tmp_path)) is there


def test_the_handler_sees_the_wish_and_cannot_issue_a_copy(world: World) -> None:
    row = world.accepted(query=VAGUE, kind_wanted="certificate", left_out=LEFT_OUT)
    assert queries.referral_for_handler(world.handler, Purpose.HANDLING, row.id).left_out == LEFT_OUT
    with pytest.raises(BadInput, match=r"lookups\.copy_shows_all"):
        world.decide(row, "provided", entries=ENTRY, kind="copy")


def test_without_a_person_the_wish_counts_too(world: World) -> None:
    world.ready_for_instant()
    row = world.delivered(kind_wanted="certificate", left_out=LEFT_OUT)
    assert fresh(row).state == "closed"
    content = FrozenContent.from_canonical(Deliverable.objects.get().frozen_content.encode())
    assert [fact.label for fact in content.facts if "出生" in fact.label] == ["男方出生日期"]


@pytest.mark.parametrize(
    ("kind", "left_out", "code"),
    [
        ("copy", LEFT_OUT, "not_of_copies"),
        ("certificate", ("party_b.name",), "unknown"),
        ("certificate", ("registration_date",), "unknown"),
        ("extract", ("nothing",), "unknown"),
    ],
)
def test_only_what_the_category_lets_be_left_out_may_be(kind: str, left_out: tuple[str, ...], code: str) -> None:
    found = problems_of(replace(FORM, kind_wanted=kind, left_out=left_out))
    assert [(problem.field, problem.code) for problem in found] == [("left_out", code)]


def test_the_wish_travels_and_one_that_cannot_be_met_is_refused(world: World) -> None:
    anhui = Anhui()
    anhui.says(inbox.referral_submitted, anhui.submitted(wanted=["certificate"], left_out=list(LEFT_OUT)))
    assert LookupRequest.objects.get(id=anhui.request).left_out == list(LEFT_OUT)
    stranger = Anhui()
    with pytest.raises(Refused, match=r"lookups\.left_out_unfit"):
        stranger.says(inbox.referral_submitted, stranger.submitted(left_out=["party_b.name"]))


def test_every_category_lets_numbers_and_birth_dates_be_left_out_but_no_name() -> None:
    for category in categories.shipped().values():
        for party in category.parties:
            shown = {field.key for field in party.fields if field.shown}
            for key in {"identity_number", "birth_date"} & shown:
                assert f"{party.role}.{key}" in category.may_be_left_out
        assert not [path for path in category.may_be_left_out if path.endswith(".name")]
