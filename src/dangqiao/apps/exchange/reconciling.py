"""Every day each pair of nodes compares what was sent and received, and mends what is missing by itself.

lost        we have a receipt, they do not have the message    → delivered again; it takes effect once
theirs      they have a receipt of ours, we have no message    → they deliver it again when they reconcile
foreign     they have a message in our name that we do not know → a person must look
changed     both have it, with other contents                  → a person must look
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.exchange import peers, services
from dangqiao.apps.exchange.models import ReceivedMessage, Reconciliation, SentMessage
from dangqiao.apps.fields import now
from dangqiao.apps.ports import port
from dangqiao.apps.suite import suite
from dangqiao.apps.work import queries as work_queries
from dangqiao.apps.work.services import Later
from dangqiao.core.errors import N_, DangqiaoError, NotThere
from dangqiao.core.federation.objects import ask_for, read_request
from dangqiao.core.federation.ports import SUMMARY_PATH, Kind
from dangqiao.core.federation.reconciling import (
    LARGEST_SUMMARY,
    MOST_LISTED,
    Gap,
    Made,
    Span,
    Summary,
    differing,
    gap,
    read_span,
    read_summary,
    summarise,
)
from dangqiao.core.federation.refusals import refuse

DAYS = 7
"""So many past days are looked at again until both sides agree: a node may have been away."""
SETTLING = timedelta(minutes=2)
"""Of the present day only what is older than this is compared."""
FINDINGS = {
    "lost": N_("We have receipts for messages that the other side does not have; they were delivered again."),
    "theirs": N_("The other side has receipts of ours for messages that are not here; it will deliver them again."),
    "foreign": N_("The other side has messages in our name of which nothing is known here."),
    "unknown": N_("We have messages in the other side's name of which it knows nothing."),
    "changed": N_("Both sides have a message of one id with different contents."),
}
SERIOUS = ("foreign", "unknown", "changed")
"""What no machine can mend."""
_BOTH = {"lost": "lost", "foreign": "foreign", "changed": "changed"}
_REVERSED = {"lost": "theirs", "foreign": "unknown", "changed": "changed"}


def answer(token: str) -> str:
    """What this node has of the asking member's messages, and sent to it: a signed summary for a signed request.

    Raises:
        DangqiaoError: of `core.federation.refusals`.
    """
    moment, cipher = now(), port("envelope_cipher")
    signed = cipher.verify(token, Kind.SUMMARY_REQUEST, directory.required().keys_at(moment))
    request = read_request(signed.content, signer=signed.signer, us=settings.PLATFORM_CODE, now=moment)
    summary = _ours(signed.signer, read_span(request.sub), moment)
    with transaction.atomic():
        peers.heard_from(signed.signer)
    return str(cipher.sign(summary.to_bytes(), Kind.SUMMARY))


def others() -> list[str]:
    """The other members."""
    known = directory.current()
    return [one.platform for one in (known.members if known else ()) if one.platform != settings.PLATFORM_CODE]


def reconcile_days(peer: str, days: int = DAYS) -> list[Reconciliation]:
    """Compares the days that are over and not agreed upon with one member, and in any case the last one: who asks is
    known to be back. One that does not answer now is asked again with the next run."""
    today = now().astimezone(UTC).date()
    wanted = [today - timedelta(days=number) for number in range(1, days + 1)]
    agreed = Reconciliation.objects.filter(peer=peer, day__in=wanted, state=Reconciliation.State.AGREED)
    done = set(agreed.values_list("day", flat=True)) - {wanted[0]}
    return [reconcile(peer, day) for day in wanted if day not in done]


def reconcile(peer: str, day: date) -> Reconciliation:
    """Compares one day (UTC) with one member, mends what can be mended, and keeps the result.

    Raises NotThere (`exchange.unknown_member`).
    """
    begin = datetime.combine(day, time(), UTC)
    span = Span(begin, min(begin + timedelta(days=1), now() - SETTLING))
    if span.end <= span.begin:
        return Reconciliation(peer=peer, day=day, state=Reconciliation.State.AGREED)
    try:
        statement, found = _compare(peer, span)
    except Later as later:
        return _keep(peer, day, Reconciliation.State.UNANSWERED, [{"code": later.reason[:100], "messages": []}])
    except DangqiaoError as error:
        if error.code == "exchange.unknown_member":
            raise
        return _keep(peer, day, Reconciliation.State.UNANSWERED, [{"code": error.code, "messages": []}])
    state = Reconciliation.State.AGREED
    if found:
        serious = any(code in SERIOUS for code in found)
        state = Reconciliation.State.DIFFERS if serious else Reconciliation.State.MENDED
    findings = [{"code": code, "messages": messages} for code, messages in sorted(found.items())]
    with transaction.atomic():
        _deliver_again(found.get("lost", []))
        return _keep(peer, day, state, findings, statement)


def resume_lost_jobs() -> int:
    """Gives a job to each message that waits without one, because it was lost or died; how many."""
    before, again, count = now() - SETTLING, f":{now().timestamp():.0f}", 0
    delivering = {payload["message"] for payload in work_queries.alive("exchange.deliver")}
    waiting = SentMessage.objects.filter(state=SentMessage.State.WAITING, created_at__lt=before)
    for message, receiver in waiting.values_list("id", "receiver"):
        if str(message) not in delivering:
            with transaction.atomic():
                services.enqueue_delivery(message, receiver, again)
            count += 1
    processing = {(payload["sender"], payload["message"]) for payload in work_queries.alive("exchange.process")}
    stored = ReceivedMessage.objects.filter(state=ReceivedMessage.State.STORED, received_at__lt=before)
    for sender, message in stored.values_list("sender", "id"):
        if (sender, str(message)) not in processing:
            with transaction.atomic():
                services.enqueue_processing(sender, message, again)
            count += 1
    return count


def _compare(peer: str, span: Span) -> tuple[str, dict[str, list[str]]]:
    """The peer's signed word, and what differs: code → message ids."""
    statement, theirs = _ask(peer, span)
    ours, found = _ours(peer, span, theirs.at), dict[str, list[str]]()
    for piece in _pieces(span, ours, theirs):
        listed = _listed(peer, piece)
        for code, messages in listed:
            found.setdefault(code, []).extend(messages)
    return statement, found


def _pieces(span: Span, ours: Summary, theirs: Summary) -> list[Span]:
    """Parts in which one of the two directions differs."""
    parts = {*differing(span, ours.sent, theirs.received), *differing(span, ours.received, theirs.sent)}
    return sorted(parts, key=lambda part: part.begin)


def _listed(peer: str, span: Span) -> list[tuple[str, list[str]]]:
    """What differs within one part, by ids; a part with too many messages is cut into smaller ones first."""
    if max(rows.count() for rows in (_sent(peer, span), _received(peer, span))) > MOST_LISTED // 2:
        smaller = Span(span.begin, span.end, 60)
        _statement, theirs = _ask(peer, smaller)
        pieces = _pieces(smaller, _ours(peer, smaller, theirs.at), theirs)
        return [one for piece in pieces for one in _listed(peer, piece)]
    _statement, theirs = _ask(peer, span)
    ours = _ours(peer, span, theirs.at)
    unfinished = _made(_sent(peer, span, delivered=False))
    to_them = gap(ours.sent.messages, theirs.received.messages, on_their_way=[one for one, _, _ in unfinished])
    # What they have no receipt for yet is theirs to deliver: only what they know nothing of is strange.
    from_them = gap(theirs.sent.messages, ours.received.messages)
    from_them = Gap(from_them.lost, _known_late(from_them.foreign, theirs.at, peer), from_them.changed)
    named = [(_BOTH, to_them), (_REVERSED, from_them)]
    return [(codes[name], list(getattr(one, name))) for codes, one in named for name in codes if getattr(one, name)]


def _known_late(messages: tuple[str, ...], asked_at: datetime, peer: str) -> tuple[str, ...]:
    """Those of messages received that have been here for a day: of a younger one the receipt may be on its way."""
    rows = ReceivedMessage.objects.filter(sender=peer, id__in=messages, received_at__lt=asked_at - timedelta(days=1))
    return tuple(sorted(str(one) for one in rows.values_list("id", flat=True)))


def _ask(peer: str, span: Span) -> tuple[str, Summary]:
    known, cipher, moment = directory.required(), port("envelope_cipher"), now()
    member = known.member(peer)
    if member is None:
        raise NotThere("exchange.unknown_member", N_("{platform} is not a member of the federation."), platform=peer)
    request = ask_for(span.to_subject(), us=settings.PLATFORM_CODE, holder=peer, now=moment)
    token = cipher.sign(request.to_bytes(), Kind.SUMMARY_REQUEST)
    with peers.attempt(peer):
        answer = port("transport").read(member.endpoint, SUMMARY_PATH, limit=LARGEST_SUMMARY, token=token)
    signed = cipher.verify(answer, Kind.SUMMARY, known.keys_at(moment))
    if signed.signer != peer:
        raise refuse("exchange.sender_mismatch", claimed=peer, signer=signed.signer)
    summary = read_summary(signed.content, signer=peer, us=settings.PLATFORM_CODE, span=span)
    return signed.token, summary


def _ours(peer: str, span: Span, at: datetime) -> Summary:
    return summarise(
        settings.PLATFORM_CODE,
        peer,
        span,
        at,
        sent=_made(_sent(peer, span)),
        received=_made(_received(peer, span)),
        suite=suite(),
    )


def _sent(peer: str, span: Span, *, delivered: bool = True) -> QuerySet[SentMessage]:
    """Messages to a peer: those that it has by its receipt, or the others.

    One whose content was refused after its receipt has one too.
    """
    rows = SentMessage.objects.filter(receiver=peer, created_at__gte=span.begin, created_at__lt=span.end)
    received = Q(state=SentMessage.State.DELIVERED)
    return rows.filter(received) if delivered else rows.exclude(received)


def _received(peer: str, span: Span) -> QuerySet[ReceivedMessage]:
    return ReceivedMessage.objects.filter(sender=peer, sent_at__gte=span.begin, sent_at__lt=span.end)


def _made(rows: QuerySet[Any]) -> Made:
    sent = rows.model is SentMessage
    columns = ("id", "content_digest", "created_at") if sent else ("id", "digest", "sent_at")
    return [(str(message), digest, at) for message, digest, at in rows.order_by().values_list(*columns)]


def _deliver_again(messages: list[str]) -> None:
    for row in SentMessage.objects.select_for_update().filter(id__in=messages, state=SentMessage.State.DELIVERED):
        row.state = SentMessage.State.WAITING
        row.save(update_fields=["state"])
        services.sign_anew(row)
        services.enqueue_delivery(row.id, row.receiver, again=f":{now().timestamp():.0f}")


def _keep(
    peer: str, day: date, state: Reconciliation.State, findings: list[dict[str, Any]], statement: str = ""
) -> Reconciliation:
    begin = datetime.combine(day, time(), UTC)
    span = Span(begin, begin + timedelta(days=1))
    values = {
        "state": state,
        "sent": _sent(peer, span).count(),
        "received": _received(peer, span).count(),
        "findings": findings,
        "statement": statement,
        "checked_at": now(),
    }
    return Reconciliation.objects.update_or_create(peer=peer, day=day, defaults=values)[0]
