"""What the asking side does: receive an application (收件), pass on a supplement, ask for a withdrawal."""

import json
from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from dangqiao.apps.audit import services as audit
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.directory.models import AcceptancePoint
from dangqiao.apps.exchange import services as exchange
from dangqiao.apps.fields import keyed_hash, new_id, now
from dangqiao.apps.identity import queries as identity
from dangqiao.apps.identity.permissions import in_scope, require
from dangqiao.apps.ledger.services import evidence
from dangqiao.apps.lookups import forms, materials, once, records, referrals
from dangqiao.apps.lookups.forms import COUNTER, Applicant, SubmissionForm, SupplementForm
from dangqiao.apps.lookups.models import LookupRequest, Referral, RequestMaterial
from dangqiao.apps.work import services as work
from dangqiao.core import categories
from dangqiao.core.errors import N_, BadInput, Conflict, NotEntitled, NotThere
from dangqiao.core.federation import messages
from dangqiao.core.lookup.clocks import local_day
from dangqiao.core.lookup.entitlement import Answer, EntitlementVerdict, judge
from dangqiao.core.lookup.progress import Routing
from dangqiao.core.lookup.states import Stage
from dangqiao.core.vocabulary.actor import Actor, Assurance, Role, ScopeKind
from dangqiao.core.vocabulary.entitlement import ApplicantKind, Material
from dangqiao.core.vocabulary.identity import normalise
from dangqiao.core.vocabulary.purpose import Purpose

PROVES_WHO = frozenset({Material.IDENTITY_DOCUMENT, Material.WORK_CARD, Material.LAWYER_LICENCE})
"""What a clerk must have seen for the applicant to count as known in person."""


def submit(actor: Actor, purpose: Purpose, form: SubmissionForm, idempotency_key: str) -> LookupRequest:
    """Receives an application and enqueues its routing. The same key again gives the same request.

    Raises:
        BadInput: `lookups.form_unfit`, `lookups.materials_missing`, `lookups.related_unknown`.
        NotEntitled: `lookups.not_entitled`, with the coded reason.
        Refused: `permission.missing`, `identity.no_account`; NotThere: unknown category, archive or acceptance point.
        Conflict: `lookups.archive_does_not_serve`.
    """
    category = forms.check(form)
    at_counter = form.channel == COUNTER
    if at_counter:
        point = directory.acceptance_point(form.acceptance_point)
        require(actor, Role.RECEPTIONIST, acceptance_point=point.code, archive=point.archive_id or "")
    shown = frozenset(Material(each.kind) for each in form.materials)
    applicant, assurance = _seen(form, shown) if at_counter else _logged_in(actor, purpose, form)
    role = form.query.persons[0].role if form.applicant_kind == ApplicantKind.PARTY else ""
    check_entitled(judge(category, ApplicantKind(form.applicant_kind), shown, role=role, assurance=assurance))
    if form.archive_code and category.id not in directory.archive(form.archive_code).categories:
        raise Conflict("lookups.archive_does_not_serve", N_("This archive does not serve this kind of record."))
    key = once.call_key(actor, "submit", "", idempotency_key)
    known = LookupRequest.objects.filter(idempotency_key=key).first()
    if known:
        return known
    rows = materials.kept(form.materials, actor.id if at_counter else "")
    try:
        with transaction.atomic():
            return _receive(actor, purpose, form, applicant, assurance, key, rows)
    except IntegrityError:
        # The same form was sent twice at once: the database let one through.
        return LookupRequest.objects.get(idempotency_key=key)


def _receive(
    actor: Actor,
    purpose: Purpose,
    form: SubmissionForm,
    applicant: Applicant,
    assurance: Assurance,
    key: str,
    rows: list[RequestMaterial],
) -> LookupRequest:
    day = f"{local_day(now()):%Y%m%d}"
    request = LookupRequest(
        id=new_id(),
        number=f"{settings.PLATFORM_CODE}-{day}-{work.named_number(f'request:{day}'):06d}",
        asking_platform=settings.PLATFORM_CODE,
        idempotency_key=key,
        channel=form.channel,
        acceptance_point=form.acceptance_point if form.channel == COUNTER else "",
        applicant_user_id=None if form.channel == COUNTER else identity.account_id(actor),
        applicant=records.applicant_to_text(applicant),
        applicant_hash=keyed_hash(normalise(applicant.identity_number), "identity"),
        applicant_kind=form.applicant_kind,
        assurance=assurance,
        category=form.category,
        query=records.sought_to_text(form.query),
        purpose_of_use=form.purpose_of_use,
        purpose_note=form.purpose_note,
        persons_served=form.persons_served,
        kind_wanted=form.kind_wanted,
        mode_wanted=form.mode_wanted,
        left_out=[path for path in categories.get(form.category).may_be_left_out if path in form.left_out],
        postal_address=form.postal_address,
        inquiry_consent=form.inquiry_consent,
        related_to=_related(form, applicant),
        received_by=actor.id,
        routing={"chosen": form.archive_code} if form.archive_code else {},
    )
    request.save(force_insert=True)
    materials.add(request, rows, 0)
    work.enqueue("lookups.route", key=f"route:{request.id}", payload={"request": str(request.id)})
    audit.record(
        "request.received",
        actor,
        purpose=purpose,
        subject=f"request:{request.id}",
        category=form.category,
        channel=form.channel,
    )
    # Keyed: what an application says could be guessed from a plain digest.
    content = json.dumps([request.number, request.applicant, request.query], ensure_ascii=False)
    digest = keyed_hash(content, "request")
    evidence("request.received", subject=f"request:{request.id}", digest=digest, actor=actor.id)
    return request


def _seen(form: SubmissionForm, shown: frozenset[Material]) -> tuple[Applicant, Assurance]:
    return form.applicant, Assurance.IN_PERSON if shown & PROVES_WHO else Assurance.NONE


def _logged_in(actor: Actor, purpose: Purpose, form: SubmissionForm) -> tuple[Applicant, Assurance]:
    """The person behind the account: what was proved goes before what was typed."""
    person = identity.person_on_record(actor, purpose)
    if person.assurance < Assurance.REAL_NAME:
        return replace(form.applicant, phone=person.phone), person.assurance
    return Applicant(person.name, person.identity_kind, person.identity_number, person.phone), person.assurance


def check_entitled(verdict: EntitlementVerdict) -> None:
    """Raises NotEntitled (`lookups.not_entitled`) or BadInput (`lookups.materials_missing`)."""
    if verdict.answer is Answer.REFUSED and verdict.reason:
        raise NotEntitled(
            "lookups.not_entitled",
            N_("This applicant may not have this record."),
            N_("The rule: {basis}"),
            reason=verdict.reason.code,
            basis=verdict.basis,
        )
    if verdict.missing:
        raise BadInput(
            "lookups.materials_missing",
            N_("Documents are missing: {missing}."),
            missing=", ".join(verdict.missing),
            materials=verdict.missing,
        )


def _related(form: SubmissionForm, applicant: Applicant) -> LookupRequest | None:
    if not form.related_to:
        return None
    mine = keyed_hash(normalise(applicant.identity_number), "identity")
    row = LookupRequest.objects.filter(number=form.related_to, applicant_hash=mine).exclude(applicant_hash="").first()
    if row is None:
        raise BadInput("lookups.related_unknown", N_("The applicant has no application with this number."))
    return row


def may_follow(actor: Actor) -> Q:
    """Requests of this node that the actor may see: their own, or those received at their acceptance point."""
    mine = Q(applicant_user=identity.account_id(actor)) if actor.id.startswith("user:") else Q(pk__in=[])
    return Q(asking_platform=settings.PLATFORM_CODE) & (mine | received_at_points_of(actor))


def received_at_points_of(actor: Actor) -> Q:
    """Requests received at the acceptance points where the actor receives, or at those of their archive."""
    archives = [code for kind, code in actor.scopes(Role.RECEPTIONIST) if kind is ScopeKind.ARCHIVE]
    points = in_scope(actor, Role.RECEPTIONIST, archive="", acceptance_point="acceptance_point")
    if archives:
        points |= Q(acceptance_point__in=AcceptancePoint.objects.filter(archive__in=archives).values("code"))
    return points & Q(channel=COUNTER)


def request_for(actor: Actor, number: str, *, lock: bool = False) -> LookupRequest:
    """A request by its number. Raises NotThere (`lookups.request_unknown`), also where it is somebody else's."""
    rows = LookupRequest.objects.select_for_update(of=("self",)) if lock else LookupRequest.objects.all()
    row = rows.filter(may_follow(actor), number=number).first()
    if row is None:
        raise NotThere("lookups.request_unknown", N_("There is no application with this number."))
    return row


def supplement(
    actor: Actor, purpose: Purpose, referral_id: UUID, form: SupplementForm, idempotency_key: str
) -> Referral:
    """Passes on what the archive asked for (补正). The archive's node records it; until then the stage stays.

    Raises:
        NotThere: `lookups.referral_unknown`; Conflict: `lookups.no_supplement_asked`.
        BadInput: `lookups.form_unfit`, `lookups.supplement_empty`, `lookups.key_unfit`.
    """
    subject = f"referral:{referral_id}"
    row = _followed(actor, referral_id)
    forms.check_supplement(form, categories.get(row.request.category), row.request.channel)
    rows = materials.kept(form.materials, actor.id if row.request.channel == COUNTER else "")
    with transaction.atomic():
        if not once.first_time(actor, "supplement", subject, idempotency_key):
            return row
        row = referrals.locked(referral_id, Q())
        state = referrals.state_of(row)
        if state.stage is not Stage.SUPPLEMENT:
            raise Conflict("lookups.no_supplement_asked", N_("The archive is not waiting for a supplement."))
        request = row.request
        materials.add(request, rows, state.supplements)
        if form.query:
            request.query = records.sought_to_text(form.query)
            request.save(update_fields=["query"])
        references, seen = materials.offer(rows, row.holder_platform)
        payload = messages.ReferralSupplemented(
            referral=str(row.id),
            supplemented_at=now(),
            materials=references,
            query=records.to_wire(form.query) if form.query else {},
            note=form.note,
            seen=seen,
        )
        exchange.send(row.holder_platform, payload, correlation=request.number)
        audit.record("referral.supplemented", actor, purpose=purpose, subject=subject, archive_code=row.archive_code)
        return row


def request_withdrawal(actor: Actor, purpose: Purpose, number: str, reason: str, idempotency_key: str) -> LookupRequest:
    """Takes an application back: every archive that has not answered is asked, and says whether it was in time.

    Raises:
        NotThere: `lookups.request_unknown`; Conflict: `lookups.nothing_to_withdraw`.
    """
    with transaction.atomic():
        if not once.first_time(actor, "withdraw", number, idempotency_key):
            return request_for(actor, number)
        request = request_for(actor, number, lock=True)
        waiting = [row for row in request.referrals.all() if not referrals.state_of(row).ended]
        if not waiting and request.routing_state == Routing.DONE:
            raise Conflict("lookups.nothing_to_withdraw", N_("This application has been answered already."))
        request.routing["withdrawn"] = True
        request.routing_state = Routing.DONE
        request.save(update_fields=["routing", "routing_state"])
        for row in waiting:
            payload = messages.WithdrawalRequested(referral=str(row.id), requested_at=now(), reason=reason[:500])
            exchange.send(row.holder_platform, payload, correlation=request.number)
        audit.record("request.withdrawal_asked", actor, purpose=purpose, subject=f"request:{request.id}")
        return request


def _followed(actor: Actor, referral_id: UUID) -> Referral:
    row = Referral.objects.select_related("request").filter(id=referral_id).first()
    if row is None or not LookupRequest.objects.filter(may_follow(actor), id=row.request_id).exists():
        raise referrals.unknown()
    return row
