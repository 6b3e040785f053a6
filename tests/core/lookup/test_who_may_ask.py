"""The rows of Order 32 Article 15, and what stands for what."""

import pytest

from dangqiao.core.categories import get, shipped
from dangqiao.core.lookup.entitlement import Answer, judge, materials_of
from dangqiao.core.vocabulary.actor import Assurance
from dangqiao.core.vocabulary.entitlement import APPLICANT_LABELS, MATERIAL_LABELS, ApplicantKind, Material

MARRIAGE = get("marriage")


def test_the_party_with_a_verified_identity_needs_no_paper():
    assert judge(MARRIAGE, ApplicantKind.PARTY, assurance=Assurance.REAL_NAME).answer is Answer.ALLOWED
    verdict = judge(MARRIAGE, ApplicantKind.PARTY, assurance=Assurance.PHONE)
    assert (verdict.answer, verdict.missing) == (Answer.NEEDS_MATERIALS, (Material.IDENTITY_DOCUMENT,))


def test_somebody_sent_to_a_marriage_file_needs_a_notarised_mandate():
    shown = {Material.IDENTITY_DOCUMENT, Material.IDENTITY_DOCUMENT_OF_PARTY, Material.MANDATE}
    verdict = judge(MARRIAGE, ApplicantKind.SENT_BY_PARTY, shown)
    assert (verdict.answer, verdict.missing) == (Answer.NEEDS_MATERIALS, (Material.NOTARISED_MANDATE,))
    assert "第十五条" in verdict.basis


@pytest.mark.parametrize(
    "mandate",
    [
        Material.NOTARISED_MANDATE,
        Material.MANDATE_OF_MISSION,
        Material.MANDATE_WITH_APOSTILLE,
        Material.MANDATE_LEGALISED,
        Material.MANDATE_HONG_KONG,
        Material.MANDATE_MACAO,
        Material.MANDATE_TAIWAN,
    ],
)
def test_mandates_from_abroad_stand_for_a_notarised_one(mandate):
    shown = {Material.IDENTITY_DOCUMENT, Material.IDENTITY_DOCUMENT_OF_PARTY, mandate}
    assert judge(MARRIAGE, ApplicantKind.SENT_BY_PARTY, shown).answer is Answer.ALLOWED


def test_for_educated_youth_a_plain_mandate_is_enough():
    shown = {Material.IDENTITY_DOCUMENT, Material.IDENTITY_DOCUMENT_OF_PARTY, Material.MANDATE}
    assert judge(get("educated-youth"), ApplicantKind.SENT_BY_PARTY, shown).answer is Answer.ALLOWED


def test_an_investigation_order_stands_for_the_proof_that_the_case_is_accepted():
    shown = {Material.INVESTIGATION_ORDER, Material.LAWYER_LICENCE}
    assert judge(MARRIAGE, ApplicantKind.LAWYER, shown).answer is Answer.ALLOWED


def test_heirs_also_need_the_leaders_approval():
    shown = {Material.IDENTITY_DOCUMENT, Material.KINSHIP_PROOF, Material.PURPOSE_PROOF}
    verdict = judge(MARRIAGE, ApplicantKind.HEIR, shown)
    assert (verdict.answer, verdict.needs_approval) == (Answer.ALLOWED, True)


def test_who_has_no_row_is_refused_with_the_rule():
    verdict = judge(MARRIAGE, ApplicantKind.PARTY, role="child")
    assert (verdict.answer, verdict.reason and verdict.reason.code) == (Answer.REFUSED, "not_entitled_marriage")
    verdict = judge(get("only-child"), ApplicantKind.PARTY, role="uncle")
    assert (verdict.answer, verdict.reason and verdict.reason.code) == (Answer.REFUSED, "not_entitled")
    assert "第二十八条" in verdict.basis


@pytest.mark.parametrize("role", ["child", "father", "mother", ""])
def test_parents_and_child_are_all_parties_of_an_only_child_file(role):
    verdict = judge(get("only-child"), ApplicantKind.PARTY, role=role, assurance=Assurance.IN_PERSON)
    assert verdict.answer is Answer.ALLOWED


def test_shipped_categories_use_known_words_that_have_labels():
    assert set(APPLICANT_LABELS) == set(ApplicantKind)
    assert set(MATERIAL_LABELS) == set(Material)
    for category in shipped().values():
        for row in category.eligibility:
            assert materials_of(category, ApplicantKind(row.applicant))
