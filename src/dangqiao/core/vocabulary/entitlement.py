"""Who asks, in what relation to the record, and what they show. Category files use these words (`[[eligibility]]`).

Source of the rows for marriage: 婚姻登记档案管理办法 (Order 32 of 2006), Article 15.
"""

from enum import StrEnum

from dangqiao.core.errors import N_


class ApplicantKind(StrEnum):
    """In what relation to the record somebody asks (申请人类型)."""

    PARTY = "party"
    """本人: the person whose record it is."""
    SENT_BY_PARTY = "sent_by_party"
    """受托人"""
    REGISTRATION_AUTHORITY = "registration_authority"
    """The body that handed these files over."""
    AUTHORITY = "authority"
    """Court, procuratorate, police, state security, supervision commission."""
    LAWYER = "lawyer"
    """Lawyer or other agent in a law suit; only that case's records."""
    GUARDIAN = "guardian"
    HEIR = "heir"
    OTHER = "other"


class Material(StrEnum):
    """What an applicant shows (申请材料)."""

    IDENTITY_DOCUMENT = "identity_document"
    IDENTITY_DOCUMENT_OF_PARTY = "identity_document_of_party"
    MANDATE = "mandate"
    NOTARISED_MANDATE = "notarised_mandate"
    MANDATE_OF_MISSION = "mandate_of_mission"
    """Signed abroad, notarised by a Chinese embassy or consulate."""
    MANDATE_WITH_APOSTILLE = "mandate_with_apostille"
    """Foreign notarisation with Apostille; in force for China since 2023-11-07."""
    MANDATE_LEGALISED = "mandate_legalised"
    """Foreign notarisation with consular legalisation, where the Apostille does not apply."""
    MANDATE_HONG_KONG = "mandate_hong_kong"
    """By a China-appointed attesting officer, passed on by China Legal Services (Hong Kong)."""
    MANDATE_MACAO = "mandate_macao"
    MANDATE_TAIWAN = "mandate_taiwan"
    """Notarised in Taiwan; the duplicate sent between the two associations is checked."""
    UNIT_LETTER = "unit_letter"
    WORK_CARD = "work_card"
    CASE_ACCEPTANCE_PROOF = "case_acceptance_proof"
    INVESTIGATION_ORDER = "investigation_order"
    LAWYER_LICENCE = "lawyer_licence"
    GUARDIANSHIP_PROOF = "guardianship_proof"
    KINSHIP_PROOF = "kinship_proof"
    PURPOSE_PROOF = "purpose_proof"


_NOTARISED = frozenset(
    {
        Material.NOTARISED_MANDATE,
        Material.MANDATE_OF_MISSION,
        Material.MANDATE_WITH_APOSTILLE,
        Material.MANDATE_LEGALISED,
        Material.MANDATE_HONG_KONG,
        Material.MANDATE_MACAO,
        Material.MANDATE_TAIWAN,
    }
)

ACCEPTED_FOR: dict[Material, frozenset[Material]] = {
    Material.NOTARISED_MANDATE: _NOTARISED,
    Material.MANDATE: _NOTARISED | {Material.MANDATE},
    Material.CASE_ACCEPTANCE_PROOF: frozenset({Material.CASE_ACCEPTANCE_PROOF, Material.INVESTIGATION_ORDER}),
    Material.LAWYER_LICENCE: frozenset({Material.LAWYER_LICENCE, Material.IDENTITY_DOCUMENT}),
}
"""A material that is asked for -> what may be shown for it. What is not listed stands for itself only.
Order 32 Article 15 asks agents in a law suit for "a valid document": a licence or an identity document."""

APPLICANT_LABELS: dict[ApplicantKind, str] = {
    ApplicantKind.PARTY: N_("The person themself"),
    ApplicantKind.SENT_BY_PARTY: N_("Somebody sent by the person"),
    ApplicantKind.REGISTRATION_AUTHORITY: N_("The authority that handed the files over"),
    ApplicantKind.AUTHORITY: N_("Court, procuratorate, police, state security or supervision commission"),
    ApplicantKind.LAWYER: N_("Lawyer or other agent in a law suit"),
    ApplicantKind.GUARDIAN: N_("Guardian"),
    ApplicantKind.HEIR: N_("Heir"),
    ApplicantKind.OTHER: N_("Another unit or person"),
}

MATERIAL_LABELS: dict[Material, str] = {
    Material.IDENTITY_DOCUMENT: N_("Valid identity document of the applicant"),
    Material.IDENTITY_DOCUMENT_OF_PARTY: N_("Identity document of the person whose record it is"),
    Material.MANDATE: N_("Power of attorney"),
    Material.NOTARISED_MANDATE: N_("Notarised power of attorney"),
    Material.MANDATE_OF_MISSION: N_("Power of attorney notarised by a Chinese embassy or consulate"),
    Material.MANDATE_WITH_APOSTILLE: N_("Power of attorney notarised abroad, with Apostille"),
    Material.MANDATE_LEGALISED: N_("Power of attorney notarised abroad, with consular legalisation"),
    Material.MANDATE_HONG_KONG: N_("Power of attorney attested in Hong Kong and passed on"),
    Material.MANDATE_MACAO: N_("Power of attorney attested in Macao"),
    Material.MANDATE_TAIWAN: N_("Power of attorney notarised in Taiwan and checked"),
    Material.UNIT_LETTER: N_("Letter of the unit"),
    Material.WORK_CARD: N_("Work card"),
    Material.CASE_ACCEPTANCE_PROOF: N_("The court's proof that the case is accepted"),
    Material.INVESTIGATION_ORDER: N_("The court's investigation order"),
    Material.LAWYER_LICENCE: N_("Lawyer's licence"),
    Material.GUARDIANSHIP_PROOF: N_("Proof of guardianship"),
    Material.KINSHIP_PROOF: N_("Proof of kinship"),
    Material.PURPOSE_PROOF: N_("Proof of the purpose of use"),
}
