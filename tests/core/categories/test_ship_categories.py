"""The categories that come with the program: complete, consistent, careful where the law is."""

import json
import re
from pathlib import Path

import pytest

from dangqiao.core.categories import COMMON_FIELDS, Category, digest, first, shipped, shipped_files
from dangqiao.core.errors import BadInput
from dangqiao.core.lookup.entitlement import Answer, judge, materials_of
from dangqiao.core.lookup.policy import Policy, default_policy, refuse_looser
from dangqiao.core.lookup.routing import NEVER_INQUIRED
from dangqiao.core.lookup.states import Level
from dangqiao.core.sealing.wording import check_category
from dangqiao.core.vocabulary.entitlement import ApplicantKind, Material

ROOT = Path(__file__).parents[3]
DIGESTS = ROOT / "tests" / "vectors" / "categories" / "digests.json"
RESTRICTED = {"adoption", "work-injury", "work-capacity", "notarial"}
EACH = pytest.mark.parametrize("category", shipped().values(), ids=list(shipped()))


def test_twenty_categories_and_the_rural_pack() -> None:
    packs = [category.pack for category in shipped().values()]
    assert (packs.count("base"), packs.count("rural"), len(packs)) == (20, 3, 23)
    assert first() == ("marriage", "only-child", "educated-youth") == tuple(shipped())[:3]
    orders = [category.order for category in shipped().values()]
    assert len(set(orders)) == 23


def test_a_file_is_named_after_its_category() -> None:
    assert {name.removesuffix(".toml") for name in shipped_files()} == set(shipped())


def test_rules_change_only_with_the_version() -> None:
    """Referrals pin digests: a file that says something else has another version. Lines here are only added."""
    kept = json.loads(DIGESTS.read_text(encoding="utf-8"))
    assert {f"{one.id} {one.version}": digest(one) for one in shipped().values()}.items() <= kept.items()


@EACH
def test_an_application_may_say_which_kind_is_meant_where_one_ends_the_other(category: Category) -> None:
    offered = {
        "marriage": ("结婚", "离婚"),
        "educated-youth": ("下乡", "返城"),
        "adoption": ("收养", "解除收养"),
    }
    assert category.acts_to_choose() == offered.get(category.id, ())


@EACH
def test_the_wording_may_be_issued(category: Category) -> None:
    check_category(category)
    assert "记载如下" in category.wording.statement
    assert category.wording.file_title.endswith("档案")


@EACH
def test_whoever_a_record_is_about_may_ask_and_so_may_whom_they_send(category: Category) -> None:
    kinds = {row.applicant for row in category.eligibility}
    assert kinds >= set(ApplicantKind) - {
        ApplicantKind.REGISTRATION_AUTHORITY,
        ApplicantKind.HEIR,
        ApplicantKind.OTHER,
    }
    for party in category.parties:
        verdict = judge(category, ApplicantKind.PARTY, {Material.IDENTITY_DOCUMENT}, role=party.role)
        assert verdict.answer is Answer.ALLOWED, party.role
    assert all(row.basis for row in category.eligibility)
    (sent,) = materials_of(category, ApplicantKind.SENT_BY_PARTY)
    assert {Material.IDENTITY_DOCUMENT, Material.IDENTITY_DOCUMENT_OF_PARTY} < set(sent)


@EACH
def test_whoever_is_not_concerned_needs_approval(category: Category) -> None:
    for row in category.eligibility:
        if row.applicant in (ApplicantKind.HEIR, ApplicantKind.OTHER):
            assert row.needs_approval and Material.PURPOSE_PROOF in row.materials


@EACH
def test_columns_are_ones_that_old_catalogues_have(category: Category) -> None:
    """What a file must have is little: the number, the event, where, and who."""
    must = [field for field in category.all_fields() if field.required]
    assert must[0] is COMMON_FIELDS[0] and {field.key for field in must[1:]} == {"name"}
    for field in category.all_fields():
        assert re.fullmatch(r"[\u4e00-\u9fff]+", field.column), field.column
        assert field.label.zh and field.label.en


@EACH
def test_codes_have_room_for_what_nobody_thought_of(category: Category) -> None:
    """A word that the table lacks rejects the row, so tables of acts that are not fixed by law end in 其他."""
    if category.id != "marriage":
        for field in category.fields:
            assert not field.codes or "其他" in field.codes


def test_adoption_is_seen_by_no_other_search_and_never_issued_by_machine() -> None:
    adoption = shipped()["adoption"]
    assert adoption.secluded and adoption.restricted and not adoption.blind_inquiry
    assert default_policy(adoption).level is Level.REVIEWER
    assert [one.id for one in shipped().values() if one.secluded] == sorted(NEVER_INQUIRED)
    assert judge(adoption, ApplicantKind.OTHER).answer is Answer.REFUSED
    assert not next(field for field in adoption.fields if field.key == "placed_by").shown


def test_restricted_files_are_looked_at_by_two() -> None:
    assert {one.id for one in shipped().values() if one.restricted} == RESTRICTED
    for name in RESTRICTED:
        assert default_policy(shipped()[name]).level is Level.REVIEWER
        assert Material.NOTARISED_MANDATE in materials_of(shipped()[name], ApplicantKind.SENT_BY_PARTY)[0]


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"level": "instant"}, True),
        ({"level": "handler"}, True),
        ({"refusal_level": "reviewer"}, True),
        ({"level": "signatory"}, False),
        ({"processing_days": 20}, False),
    ],
)
def test_an_archive_may_make_the_policy_of_adoption_stricter_only(changes: dict[str, object], refused: bool) -> None:
    adoption = shipped()["adoption"]
    policy = Policy.from_dict({**default_policy(adoption).as_dict(), **changes, "archive": "310115"})
    if refused:
        with pytest.raises(BadInput) as caught:
            refuse_looser(adoption, policy)
        assert caught.value.code == "lookup.policy_too_loose"
    else:
        refuse_looser(adoption, policy)


def test_an_archive_is_free_where_nothing_is_restricted() -> None:
    retirement = shipped()["retirement"]
    refuse_looser(retirement, Policy.from_dict({**default_policy(retirement).as_dict(), "level": "instant"}))


def test_the_columns_of_marriage_stay_as_agreed() -> None:
    """Imports of all members are made with these."""
    columns = [field.column for field in shipped()["marriage"].all_fields() if not field.optional_column]
    assert ",".join(columns) == (
        "档号,业务类型,证件字号,登记日期,登记机关,男方姓名,男方出生日期,男方身份证件号,女方姓名,女方出生日期,女方身份证件号"
    )


def test_the_documentation_lists_every_category() -> None:
    text = (ROOT / "docs" / "archivists" / "categories.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\S+) \| `([a-z-]+)` \|", text, re.MULTILINE)
    assert listed == [(one.name.zh, one.id) for one in shipped().values()]
    for category in shipped().values():
        (line,) = [line for line in text.splitlines() if f"`{category.id}`" in line and line.startswith("| ")]
        assert ("restricted" in line, "secluded" in line) == (category.restricted, category.secluded), category.id
        for party in category.parties:
            assert party.label.zh in line, (category.id, party.label.zh)
        assert category.retention.zh in line
