"""Deciding, reviewing, signing off. Of two who decide at once one wins; the other is told that it moved on."""

from typing import Any
from uuid import UUID

from django.db import transaction

from dangqiao.apps.holdings import queries as holdings
from dangqiao.apps.holdings.models import Restriction
from dangqiao.apps.holdings.queries import Citation
from dangqiao.apps.lookups import acting, issuing, once, referrals
from dangqiao.apps.lookups.forms import DecisionForm
from dangqiao.apps.lookups.models import Decision, Referral
from dangqiao.apps.lookups.services.holding import complaint_body
from dangqiao.core import categories
from dangqiao.core.errors import N_, BadInput, Conflict
from dangqiao.core.lookup.facts import OUTCOME_FACTS
from dangqiao.core.lookup.policy import Policy
from dangqiao.core.lookup.states import Act, Level, Outcome
from dangqiao.core.vocabulary.actor import Actor
from dangqiao.core.vocabulary.purpose import Purpose

_GIVES_RECORD = frozenset({Outcome.PROVIDED, Outcome.PROVIDED_IN_PART})


def decide(actor: Actor, purpose: Purpose, referral_id: UUID, form: DecisionForm, idempotency_key: str) -> Referral:
    """Decides a referral. If nobody else must look, its document is reserved and sealing begins, or it is closed.

    Raises:
        BadInput: `lookups.entry_not_cited`, `lookups.entry_of_another_category`, `lookups.entry_restricted`,
            `lookups.kind_not_offered`, `lookups.copy_shows_all`, `lookup.fact_missing`,
            `lookup.reason_does_not_fit`, `lookup.deliverable_does_not_fit`, wording of the document.
        Conflict: `lookups.not_searched`, `lookups.entry_changed`, `lookup.act_not_possible` (somebody was first).
        NotThere: `lookups.referral_unknown`, `holdings.entry_unknown`; Refused: `lookup.not_yours`.
    """
    subject = f"referral:{referral_id}"
    with transaction.atomic():
        fresh = once.first_time(actor, Act.DECIDE, subject, idempotency_key)
        row = referrals.locked_for(actor, referral_id)
        if not fresh:
            return row
        policy, level = referrals.policy_of(row), referrals.state_of(row).level or Level.HANDLER
        kind = _kind(form, row, policy)
        issuing.check_kind(row, kind)
        entries = [cited.as_list() for cited in form.entries]
        _check_cited(actor, purpose, row, form)
        facts = _facts(form, row, kind, entries)
        facts["level"] = policy.level_of_decision(form.outcome, level).value
        Decision.objects.create(
            referral=row,
            round=issuing.round_of(row.id),
            outcome=form.outcome,
            entries=entries,
            kind=kind,
            reason_code=form.reason_code,
            note="\n".join(filter(None, (form.note, form.remark))),
            decided_by=actor.id,
        )
        acting.perform(row, Act.DECIDE, actor, purpose, facts)
        return row


def approve_review(actor: Actor, purpose: Purpose, referral_id: UUID, idempotency_key: str) -> Referral:
    """Approves a decision on review (审核). Raises as `acting.act`, `issuing.issue`."""
    return acting.act(actor, purpose, referral_id, Act.APPROVE_REVIEW, idempotency_key)


def approve_sign_off(actor: Actor, purpose: Purpose, referral_id: UUID, idempotency_key: str) -> Referral:
    """Signs a decision off (签发). Raises as `acting.act`, `issuing.issue`."""
    return acting.act(actor, purpose, referral_id, Act.APPROVE_SIGN_OFF, idempotency_key)


def return_for_rework(actor: Actor, purpose: Purpose, referral_id: UUID, remark: str, idempotency_key: str) -> Referral:
    """Returns a decision to the handler, who decides anew. `remark` says why. Raises as `acting.act`."""
    return acting.act(actor, purpose, referral_id, Act.RETURN_FOR_REWORK, idempotency_key, {"remark": remark})


def _kind(form: DecisionForm, row: Referral, policy: Policy) -> str:
    """The document: as the form says, else as the outcome, the policy and the applicant's wish have it."""
    if form.outcome is Outcome.NOT_FOUND:
        return "not_found_notice" if policy.not_found_notice else ""
    if form.outcome in _GIVES_RECORD:
        return form.kind or row.request.kind_wanted
    return form.kind


def _facts(form: DecisionForm, row: Referral, kind: str, entries: list[list[str | int]]) -> dict[str, Any]:
    facts: dict[str, Any] = {"outcome": form.outcome.value, "deliverable": kind}
    needed = OUTCOME_FACTS.get(form.outcome, ())
    said = {
        "entries": entries,
        "reason": form.reason_code,
        "where_to_ask": form.where_to_ask,
        "note": form.note,
        "remark": form.remark,
    }
    facts |= {name: value for name, value in said.items() if value}
    if "complaint_body" in needed:
        facts["complaint_body"] = complaint_body(row.archive_code)
    if "searched" in needed:
        facts |= {"searched": _searched(row), "search_complete": True}
    return facts


def _searched(row: Referral) -> list[str]:
    """The ranges of the searches that were carried through. Raises Conflict (`lookups.not_searched`)."""
    complete = row.searches.filter(complete=True).order_by("id").values_list("range_searched", flat=True)
    ranges = list(dict.fromkeys(filter(None, complete)))
    if not ranges:
        raise Conflict(
            "lookups.not_searched",
            N_("Not found can only be said after a search that was carried through."),
            N_("Search first; if there is too much to compare, give one more fact."),
        )
    return ranges


def _check_cited(actor: Actor, purpose: Purpose, row: Referral, form: DecisionForm) -> None:
    if form.outcome in _GIVES_RECORD and not form.entries:
        raise BadInput("lookups.entry_not_cited", N_("Choose the entry that was found."))
    if form.kind and form.kind not in categories.get(row.request.category).deliverables:
        raise BadInput("lookups.kind_not_offered", N_("This kind of document is not issued from such records."))
    for cited in form.entries:
        if cited.category != row.request.category:
            raise BadInput("lookups.entry_of_another_category", N_("The entry is of another kind of record."))
        citation = Citation(row.archive_code, cited.category, cited.reference_code, cited.item_number)
        entry = holdings.entry(actor, purpose, citation, subject=f"referral:{row.id}")
        if form.outcome in _GIVES_RECORD and entry.restriction == Restriction.NOT_PROVIDED:
            raise BadInput(
                "lookups.entry_restricted",
                N_("The catalogue says that this record is not provided."),
                N_("Decide that it is not provided, or have the restriction lifted first."),
            )
        if entry.revision != cited.revision:
            raise Conflict(
                "lookups.entry_changed",
                N_("The catalogue entry was corrected meanwhile."),
                N_("Look at the entry again and decide anew."),
            )
