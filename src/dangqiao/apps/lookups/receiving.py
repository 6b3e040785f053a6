"""What the holding node does with what the asking node sends: take in an application, a supplement, a withdrawal."""

from logging import getLogger
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.exchange import services as exchange
from dangqiao.apps.fields import keyed_hash, now
from dangqiao.apps.lookups import acting, issuing, materials, policies, records, referrals, searching
from dangqiao.apps.lookups.forms import Applicant, EntryCited, request_id_of
from dangqiao.apps.lookups.models import Decision, LookupRequest, Referral
from dangqiao.apps.work import services as work
from dangqiao.apps.work.services import Later
from dangqiao.core import categories
from dangqiao.core.errors import N_, DangqiaoError, Refused
from dangqiao.core.federation import messages
from dangqiao.core.federation.envelope import Envelope
from dangqiao.core.lookup import machine
from dangqiao.core.lookup.progress import Routing
from dangqiao.core.lookup.referral import sent
from dangqiao.core.lookup.states import Act, Level, Outcome, Stage
from dangqiao.core.vocabulary.actor import node
from dangqiao.core.vocabulary.identity import normalise
from dangqiao.core.vocabulary.purpose import Purpose

log = getLogger(__name__)

ASK_AGAIN_SECONDS = 300
"""How soon an existing platform that did not answer is asked again, for as long as nobody has decided."""


def take_in(envelope: Envelope, payload: messages.ReferralSubmitted) -> None:
    """Stores an application as a replica and its referral, records the delivery and has the catalogue searched.

    Raises:
        Refused: `lookups.not_our_archive`, `lookups.not_the_askers`, `lookups.left_out_unfit`.
        NotThere: unknown category or archive.
    """
    archive = directory.archive(payload.archive)
    category = categories.get(payload.category)
    if archive.platform_id != settings.PLATFORM_CODE or category.id not in archive.categories:
        raise Refused("lookups.not_our_archive", N_("This archive does not answer for such records here."))
    referral_id = request_id_of(payload.referral)
    row = Referral.objects.select_for_update(of=("self",)).select_related("request").filter(id=referral_id).first()
    if row is None:
        row = _referral(envelope, payload, referral_id)
    _check_asker(row.request, envelope.sender)
    if row.holder_platform != settings.PLATFORM_CODE or row.archive_code != archive.code:
        raise _not_the_askers()
    if referrals.state_of(row).stage is not Stage.SENT:
        return
    policy = policies.in_force(archive.code, category.id)
    pins = {"policy_digest": policies.pin(policy), "category_digest": categories.digest(category)}
    row.policy_digest = pins["policy_digest"]
    acting.perform(row, Act.DELIVER, acting.machine_actor(), Purpose.HANDLING, pins)
    enqueue_search(row)


def _referral(envelope: Envelope, payload: messages.ReferralSubmitted, referral_id: UUID) -> Referral:
    request = _request(envelope, payload)
    row = Referral(
        id=referral_id,
        request=request,
        archive_code=payload.archive,
        holder_platform=settings.PLATFORM_CODE,
        sent_at=envelope.issued_at,
    )
    begun = sent(
        str(referral_id),
        asking=envelope.sender,
        holder=settings.PLATFORM_CODE,
        archive=payload.archive,
        at=envelope.issued_at,
    )
    referrals.remember(row, begun)
    row.save(force_insert=True)
    return row


def _request(envelope: Envelope, payload: messages.ReferralSubmitted) -> LookupRequest:
    """The replica of the request; another archive of this node may have it already."""
    request_id = request_id_of(payload.request)
    known = LookupRequest.objects.filter(id=request_id).first()
    if known:
        _check_asker(known, envelope.sender)
        return known
    number = envelope.correlation
    if not number.startswith(f"{envelope.sender}-") or LookupRequest.objects.filter(number=number).exists():
        number = f"{envelope.sender}-{request_id}"[:40]
    said = payload.applicant
    applicant = Applicant(said.name, said.document_kind, said.document_number, said.phone)
    request = LookupRequest.objects.create(
        id=request_id,
        number=number,
        asking_platform=envelope.sender,
        idempotency_key=f"replica:{request_id}",
        channel="platform",
        acceptance_point=payload.acceptance_point[:30],
        applicant=records.applicant_to_text(applicant),
        applicant_hash=keyed_hash(normalise(said.document_number), "identity"),
        applicant_kind=said.capacity,
        assurance=said.assurance,
        category=payload.category,
        query=records.sought_to_text(records.from_wire(payload.query)),
        purpose_of_use=_purpose(payload.purpose),
        purpose_note=payload.purpose_note,
        persons_served=payload.persons_served,
        postal_address=payload.delivery.address if payload.delivery else "",
        received_at=payload.received_at,
        received_by=node(envelope.sender).id,
        routing_state=Routing.DONE,
        **_wishes(payload),
    )
    _keep_materials(request, payload.materials, payload.seen, envelope.sender, 0)
    return request


def _wishes(payload: messages.ReferralSubmitted) -> dict[str, Any]:
    category = categories.get(payload.category)
    kinds = [kind for kind in payload.wanted if kind in category.deliverables]
    if not set(payload.left_out) <= set(category.may_be_left_out):
        # Rather no answer than one that shows what the applicant wanted to keep to themself.
        raise Refused("lookups.left_out_unfit", N_("A field that is to be left out is not one that may be."))
    return {
        "kind_wanted": kinds[0] if kinds else category.deliverables[0],
        "left_out": payload.left_out,
        "mode_wanted": payload.delivery.mode if payload.delivery else "download",
    }


def _purpose(code: str) -> str:
    return code if code in tuple(Purpose) else Purpose.OTHER.value


def supplemented(envelope: Envelope, payload: messages.ReferralSupplemented) -> None:
    """Records a supplement, and searches again where what is looked for was corrected.

    Raises Refused (`lookups.not_the_askers`); one that is no longer waited for is kept and changes no stage.
    """
    row = _asked_by(envelope.sender, payload.referral)
    request = row.request
    if request.asking_platform != settings.PLATFORM_CODE:
        round_number = referrals.state_of(row).supplements
        _keep_materials(request, payload.materials, payload.seen, envelope.sender, round_number)
        if payload.query:
            request.query = records.sought_to_text(records.from_wire(payload.query))
            request.save(update_fields=["query"])
    if referrals.state_of(row).stage is not Stage.SUPPLEMENT:
        return
    facts = {"note": payload.note} if payload.note.strip() else {}
    acting.perform(row, Act.SUPPLEMENT, node(envelope.sender, envelope.id), Purpose.HANDLING, facts)
    enqueue_search(row)


def withdrawal_requested(envelope: Envelope, payload: messages.WithdrawalRequested) -> None:
    """Answers a withdrawal: in time, or too late because the answer was being issued. Raises Refused."""
    row = _asked_by(envelope.sender, payload.referral)
    act = machine.answer_to_withdrawal(referrals.state_of(row))
    acting.perform(row, act, node(envelope.sender, envelope.id), Purpose.HANDLING)
    answer = messages.WithdrawalAnswered(
        referral=str(row.id), answer="withdrawn" if act is Act.WITHDRAW else "too_late", answered_at=now()
    )
    exchange.send(envelope.sender, answer, reply_to=envelope.id, correlation=row.request.number)


def enqueue_search(row: Referral) -> None:
    """Adds the job that searches by machine, once for each time the referral came to stand as it does."""
    work.enqueue("lookups.search", key=f"search:{row.id}:{row.sequence}", payload={"referral": str(row.id)})


def search_by_machine(referral_id: UUID) -> None:
    """Searches a referral that came in, and answers it at once where nothing at all speaks against that.

    A killed job starts again: the stage tells whether it had come through.
    """
    row = Referral.objects.select_related("request").get(referrals.held_here(), id=referral_id)
    machine_actor = acting.machine_actor()
    if referrals.state_of(row).stage not in (Stage.DELIVERED, Stage.ACCEPTED) or not row.request.query:
        return
    sought = records.sought_of(row.request)
    if not sought.persons:
        return
    result = searching.look(machine_actor, Purpose.HANDLING, row, sought)
    with transaction.atomic():
        row = referrals.locked(referral_id, referrals.held_here())
        stage = referrals.state_of(row).stage
        if stage not in (Stage.DELIVERED, Stage.ACCEPTED):
            return
        known = searching.last_search(row) if result.consulted.problems else None
        # Asked again because a platform was silent, and it still is: that has been said.
        stored = known if known and not known.complete else searching.store(row, result, machine_actor)
    if result.consulted.problems:
        raise Later(", ".join(result.consulted.problems), ASK_AGAIN_SECONDS)
    if stage is Stage.DELIVERED and searching.leads_to_instant(result):
        try:
            _answer_at_once(referral_id, result)
        except DangqiaoError as error:
            # Whatever stands in the way, a person can deal with it.
            log.warning("referral %s is left to a person: %s", referral_id, error)
            stored.must_look = [error.code]
            stored.save(update_fields=["must_look"])


def _answer_at_once(referral_id: UUID, result: searching.Result) -> None:
    actor = acting.machine_actor()
    best = result.found.records[0]
    cited = EntryCited(
        best.citation.category, best.citation.reference_code, best.citation.item_number, best.revision
    ).as_list()
    with transaction.atomic():
        row = referrals.locked(referral_id, referrals.held_here())
        if referrals.state_of(row).stage is not Stage.DELIVERED:
            return
        acting.perform(row, Act.ACCEPT, actor, Purpose.HANDLING, {"level": Level.INSTANT.value})
        Decision.objects.create(
            referral=row,
            round=issuing.round_of(row.id),
            outcome=Outcome.PROVIDED,
            entries=[cited],
            kind=row.request.kind_wanted,
            decided_by=actor.id,
        )
        facts = {
            "outcome": Outcome.PROVIDED.value,
            "level": Level.INSTANT.value,
            "deliverable": row.request.kind_wanted,
            "entries": [cited],
        }
        acting.perform(row, Act.DECIDE, actor, Purpose.HANDLING, facts)


def _keep_materials(
    request: LookupRequest, files: list[messages.ObjectReference], seen: list[str], sender: str, round_number: int
) -> None:
    rows = materials.replicas(files, seen, node(sender).id)
    materials.add(request, rows, round_number)
    if files:
        work.enqueue(
            "lookups.fetch_materials",
            key=f"materials:{request.id}:{round_number}",
            payload={"request": str(request.id)},
            lane=f"peer:{sender}",
        )


def _asked_by(sender: str, referral: str) -> Referral:
    """The referral that a message is about, locked, if its sender asked it. Raises Refused."""
    row = Referral.objects.select_for_update(of=("self",)).select_related("request")
    found = row.filter(Q(id=request_id_of(referral), request__asking_platform=sender), referrals.held_here()).first()
    if found is None:
        raise _not_the_askers()
    return found


def _check_asker(request: LookupRequest, sender: str) -> None:
    if request.asking_platform != sender:
        raise _not_the_askers()


def _not_the_askers() -> Refused:
    return Refused("lookups.not_the_askers", N_("The sender has no part in this request."))
