"""What people at the holding archive do before they decide. Each act carries the caller's idempotency key."""

from uuid import UUID

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.lookups import acting, searching
from dangqiao.apps.lookups.forms import Sought
from dangqiao.apps.lookups.models import Referral, Search
from dangqiao.core.errors import N_, BadInput, Conflict
from dangqiao.core.lookup.states import Act
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.entitlement import Material
from dangqiao.core.vocabulary.purpose import Purpose


def accept(actor: Actor, purpose: Purpose, referral_id: UUID, idempotency_key: str) -> Referral:
    """Accepts a referral (受理). How many people must look follows from the policy and the last search.

    Raises as `acting.act`.
    """
    level = searching.level_for_people(actor, referral_id)
    return acting.act(actor, purpose, referral_id, Act.ACCEPT, idempotency_key, {"level": level.value})


def ask_supplement(
    actor: Actor, purpose: Purpose, referral_id: UUID, materials: list[str], note: str, idempotency_key: str
) -> Referral:
    """Asks the applicant for more (补正); the clock stands still until it comes.

    Args:
        materials: kinds of `core.vocabulary.entitlement.Material`; `identity_document` also stands for particulars.
        note: what is wanted, in words for the applicant.

    Raises BadInput (`lookups.material_unknown`); as `acting.act`.
    """
    unknown = [kind for kind in materials if kind not in tuple(Material)]
    if unknown or not materials:
        raise BadInput("lookups.material_unknown", N_("Choose what the applicant should bring."))
    facts = said(materials=materials, note=note)
    return acting.act(actor, purpose, referral_id, Act.ASK_SUPPLEMENT, idempotency_key, facts)


def not_accept(
    actor: Actor, purpose: Purpose, referral_id: UUID, reason: str, note: str, idempotency_key: str
) -> Referral:
    """Does not accept a referral (不予受理), with a coded reason; the applicant is told who hears complaints.

    Raises as `acting.act`.
    """
    body = complaint_body(searching.visible(actor, referral_id).archive_code)
    facts = said(reason=reason, complaint_body=body, note=note)
    return acting.act(actor, purpose, referral_id, Act.NOT_ACCEPT, idempotency_key, facts)


def search(actor: Actor, purpose: Purpose, referral_id: UUID, sought: Sought | None, idempotency_key: str) -> Search:
    """Searches the archive's catalogue again, with the applicant's particulars or corrected ones.

    Raises NotThere (`lookups.referral_unknown`).
    """
    return searching.search(actor, purpose, referral_id, sought, idempotency_key)


def fetch_originals(actor: Actor, purpose: Purpose, referral_id: UUID, note: str, idempotency_key: str) -> Referral:
    """Has the file fetched from the stacks (调卷). `note`: for colleagues. Raises as `acting.act`."""
    return acting.act(actor, purpose, referral_id, Act.FETCH_ORIGINALS, idempotency_key, said(remark=note))


def originals_arrived(actor: Actor, purpose: Purpose, referral_id: UUID, idempotency_key: str) -> Referral:
    """The file is on the table. Raises as `acting.act`."""
    return acting.act(actor, purpose, referral_id, Act.ORIGINALS_ARRIVED, idempotency_key)


def extend(actor: Actor, purpose: Purpose, referral_id: UUID, reason: str, idempotency_key: str) -> Referral:
    """Extends the time limit once (延期), with a coded reason. Raises as `acting.act`."""
    return acting.act(actor, purpose, referral_id, Act.EXTEND, idempotency_key, {"reason": reason})


def transfer(
    actor: Actor, purpose: Purpose, referral_id: UUID, to_archive: str, reason: str, note: str, idempotency_key: str
) -> Referral:
    """Hands a referral over to another archive (转办), perhaps of another platform; the asking node asks it.

    Raises:
        NotThere: `directory.archive_unknown`; Conflict: `lookups.transfer_to_itself`; as `acting.act`.
    """
    directory.archive(to_archive)
    row = searching.visible(actor, referral_id)
    if row.archive_code == to_archive:
        raise Conflict("lookups.transfer_to_itself", N_("Choose another archive than this one."))
    facts = said(reason=reason, to_archive=to_archive, note=note)
    return acting.act(actor, purpose, referral_id, Act.TRANSFER, idempotency_key, facts)


def said(**facts: str | list[str]) -> dict[str, str | list[str]]:
    """The facts that are said; empty ones are left out."""
    return {name: value for name, value in facts.items() if (value.strip() if isinstance(value, str) else value)}


def complaint_body(archive_code: str) -> str:
    """Who hears complaints about an archive: the archives administration (档案局), not the archive itself."""
    archive = directory.archive(archive_code)
    return archive.complaint_body or archive.name.removesuffix("馆") + "局"
