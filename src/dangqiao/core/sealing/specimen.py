"""A document as it would look: every field that may be shown, filled with samples. For previews and for tests.

The samples are plain to see: partial dates, a masked number, one fact that is not recorded.
"""

from datetime import date

from dangqiao.core.categories import Category, FieldDefinition, FieldKind
from dangqiao.core.sealing.content import DeliverableKind, Fact, FrozenContent, PageImage
from dangqiao.core.sealing.wording import paragraphs
from dangqiao.core.vocabulary import identity

REFERENCE_CODE = "0001-1987-0012"
_VALUES = {
    FieldKind.NAMES: "样例别名",
    FieldKind.DATE: "1987年5月",
    FieldKind.IDENTITY_NUMBER: identity.mask("310101198705010013"),
    FieldKind.INTEGER: "2",
    FieldKind.YEAR: "1987",
    FieldKind.PLACE: "样例市样例区人民政府",
}
_PEOPLE = "甲乙丙丁戊己"


def specimen(
    category: Category,
    kind: DeliverableKind,
    *,
    archive: str,
    archive_name: str,
    platform: str,
    verification_url: str,
    today: date,
    pages: tuple[PageImage, ...] = (),
) -> FrozenContent:
    """A document of a category that says nothing about anybody.

    Args:
        category: with the words that are to be looked at.
        pages: for a copy.
    """
    found = kind is not DeliverableKind.NOT_FOUND_NOTICE
    reference_codes = (REFERENCE_CODE,) if found else ()
    opening, statements = paragraphs(
        category, kind, archive_name, reference_codes, range_searched="1980年至1990年，样例市样例区"
    )
    return FrozenContent(
        kind=kind,
        category=category.id,
        category_name=category.name.zh,
        archive=archive,
        archive_name=archive_name,
        platform=platform,
        serial=f"{archive}-{today.year}-A000000",
        code="ABCD2345EFGH6789",
        verification_url=verification_url,
        issued_on=today,
        applicant="样例甲",
        purpose="购房、房产过户",
        reference_codes=reference_codes,
        opening=opening,
        facts=_facts(category) if found else (),
        statements=statements,
        pages=pages,
        test=True,
    )


def _facts(category: Category) -> tuple[Fact, ...]:
    shown = {path: field for path, field in category.by_path().items() if field.shown}
    unknown = [path for path, field in shown.items() if field.kind is FieldKind.DATE][-1]
    roles = [party.role for party in category.parties]
    return tuple(
        Fact(category.label_of(path).zh, "" if path == unknown else _value(path, field, roles))
        for path, field in shown.items()
    )


def _value(path: str, field: FieldDefinition, roles: list[str]) -> str:
    if field.kind is FieldKind.NAME:
        role = path.rpartition(".")[0]
        return "样例" + _PEOPLE[roles.index(role) if role in roles else -1]
    if field.kind is FieldKind.CODE:
        return next(iter(field.codes.values())).zh
    return _VALUES.get(field.kind, f"样例{field.label.zh}")
