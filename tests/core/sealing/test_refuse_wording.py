"""The archive says whether and how something is recorded, and nothing else."""

import pytest

from dangqiao.core.categories.loader import shipped
from dangqiao.core.errors import BadInput
from dangqiao.core.sealing.content import DeliverableKind, FrozenContent, Mask, PageImage, Release
from dangqiao.core.sealing.wording import check, title
from tests.core.sealing.samples import CERTIFICATE, NOTICE_SENTENCES, certificate, notice


@pytest.mark.parametrize("content", [CERTIFICATE, notice(), notice(category="only-child")])
def test_plain_wording_passes(content: FrozenContent) -> None:
    check(content)


@pytest.mark.parametrize(
    "sentence", ["兹证明二人已登记。", "档案记载、二人系夫妻。", "据记载认定其工龄。", "特此证明。"]
)
def test_a_conclusion_is_refused(sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        check(certificate(statements=(sentence,)))
    assert caught.value.code == "deliverable.wording_concludes"


def test_a_recorded_phrase_in_the_table_is_not_wording() -> None:
    facts = (*CERTIFICATE.facts[:1], type(CERTIFICATE.facts[0])("备注", "兹证明"))
    check(certificate(facts=facts))


def test_a_certificate_says_that_it_is_recorded() -> None:
    with pytest.raises(BadInput) as caught:
        check(certificate(opening=("二人于1987年登记。",), statements=()))
    assert caught.value.code == "deliverable.wording_recorded"


@pytest.mark.parametrize(
    ("missing", "code"),
    [(1, "deliverable.wording_not_found"), (2, "deliverable.wording_single_status")],
)
def test_a_notice_lacks_its_sentence(missing: int, code: str) -> None:
    sentences = tuple(sentence for index, sentence in enumerate(NOTICE_SENTENCES) if index != missing)
    with pytest.raises(BadInput) as caught:
        check(notice(opening=sentences))
    assert caught.value.code == code


def test_a_notice_must_not_call_anybody_single() -> None:
    with pytest.raises(BadInput) as caught:
        check(notice(statements=("申请人未婚。",)))
    assert caught.value.code == "deliverable.wording_single_status"


@pytest.mark.parametrize("category", sorted(shipped()))
def test_the_shipped_wording_passes(category: str) -> None:
    wording = shipped()[category].wording
    places = {"archive": "样例档案馆", "file_title": wording.file_title, "reference_code": "1", "range": "全部"}
    check(certificate(category=category, opening=(wording.statement.format(**places),), statements=(wording.caution,)))
    check(notice(category=category, opening=(wording.not_found.format(**places),), statements=(wording.caution,)))


@pytest.mark.parametrize("field", ["serial", "code", "applicant", "opening", "archive_name", "verification_url"])
def test_what_every_document_needs(field: str) -> None:
    with pytest.raises(BadInput) as caught:
        check(certificate(**{field: type(getattr(CERTIFICATE, field))()}))
    assert caught.value.code == "deliverable.incomplete"


@pytest.mark.parametrize(
    ("kind", "pages", "code"),
    [
        (DeliverableKind.COPY, (), "deliverable.pages_missing"),
        (DeliverableKind.CERTIFICATE, (PageImage("0" * 64, 1),), "deliverable.pages_missing"),
        (DeliverableKind.COPY, (PageImage("0" * 64, 1, Release.EXTRACT_ONLY),), "deliverable.page_not_released"),
        (DeliverableKind.COPY, (PageImage("0" * 64, 1, Release.MASKED),), "deliverable.page_not_released"),
        (
            DeliverableKind.COPY,
            (PageImage("0" * 64, 1, Release.WHOLE, (Mask(0, 0, 1, 1),)),),
            "deliverable.page_not_released",
        ),
    ],
)
def test_pages_that_may_not_leave(kind: DeliverableKind, pages: tuple[PageImage, ...], code: str) -> None:
    with pytest.raises(BadInput) as caught:
        check(certificate(kind=kind, pages=pages))
    assert caught.value.code == code


def test_every_kind_has_a_title() -> None:
    assert len({title(kind) for kind in DeliverableKind}) == 4
