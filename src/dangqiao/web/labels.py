"""Words of coded values as they stand on pages. Labels of the core's own tables come from there."""

from dangqiao.apps.deliverables.models import Format, Kind, Mode
from dangqiao.core.errors import N_
from dangqiao.core.vocabulary.actor import Role
from dangqiao.core.vocabulary.identity import Sex
from dangqiao.core.vocabulary.purpose import Purpose

PURPOSE_LABELS: dict[str, str] = {
    Purpose.HOUSING: N_("Buying or transferring a home"),
    Purpose.PENSION: N_("Pension, years of service"),
    Purpose.HOUSEHOLD: N_("Household registration"),
    Purpose.SCHOOLING: N_("School admission"),
    Purpose.INHERITANCE: N_("Inheritance, notarisation"),
    Purpose.MARRIAGE: N_("Marriage registration, re-issue of a certificate"),
    Purpose.ALLOWANCE: N_("Allowances and subsidies"),
    Purpose.LITIGATION: N_("Law suit or arbitration"),
    Purpose.OFFICIAL: N_("Official business"),
    Purpose.OTHER: N_("Another purpose"),
}

KIND_LABELS: dict[str, str] = {
    Kind.COPY: N_("Copy of the archive's pages"),
    Kind.EXTRACT: N_("Extract"),
    Kind.CERTIFICATE: N_("Archive certificate"),
    Kind.NOT_FOUND_NOTICE: N_("Notice of not found"),
}

FORMAT_LABELS: dict[str, str] = {
    Format.PDF: N_("PDF: opens on every phone and computer; for banks, schools, and abroad."),
    Format.OFD: N_("OFD: for public offices in China, which check its national-standard seal."),
}

MODE_LABELS: dict[str, str] = {
    Mode.DOWNLOAD: N_("Download from this site"),
    Mode.COUNTER: N_("Collect at the counter"),
    Mode.POST: N_("By post"),
    Mode.NEAREST_ARCHIVE: N_("Collect at the nearest archive"),
}

SEX_LABELS: dict[str, str] = {Sex.MALE: N_("male"), Sex.FEMALE: N_("female")}

IDENTITY_KIND_LABELS: dict[str, str] = {
    "identity_card": N_("Resident identity card"),
    "passport": N_("Passport"),
    "hong_kong_macao_permit": N_("Travel permit for Hong Kong and Macao residents"),
    "taiwan_permit": N_("Travel permit for Taiwan residents"),
    "foreigner_residence_permit": N_("Foreigner's permanent residence card"),
    "other": N_("Another document"),
}

ROLE_LABELS: dict[str, str] = {
    Role.APPLICANT: N_("applicant"),
    Role.RECEPTIONIST: N_("receptionist"),
    Role.HANDLER: N_("handler"),
    Role.REVIEWER: N_("reviewer"),
    Role.SIGNATORY: N_("signatory"),
    Role.NODE: N_("the system"),
}
