"""What follows from an act: an answer that is decided is issued or closed, a transfer is followed, the applicant told.

services ──► act() ──► referrals.perform (core, event, evidence, message)
                └────► carry_on: sealing? → issuing;  and where this node asked itself, heard()
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from dangqiao.apps.lookups import issuing, once, referrals, routing, telling
from dangqiao.apps.lookups.models import Referral
from dangqiao.apps.lookups.referrals import state_of
from dangqiao.core.lookup.states import Act, Stage
from dangqiao.core.vocabulary.actor import Actor, node
from dangqiao.core.vocabulary.purpose import Purpose


def machine_actor() -> Actor:
    """This node itself."""
    return node(settings.PLATFORM_CODE)


def act(
    actor: Actor, purpose: Purpose, referral_id: UUID, name: Act, key: str, facts: Mapping[str, Any] | None = None
) -> Referral:
    """One act of a member of staff, in a transaction of its own; with a key used before it changes nothing.

    Raises:
        NotThere: `lookups.referral_unknown`; BadInput: `lookups.key_unfit`; what the core raises.
    """
    with transaction.atomic():
        fresh = once.first_time(actor, name, f"referral:{referral_id}", key)
        row = referrals.locked_for(actor, referral_id)
        if fresh:
            perform(row, name, actor, purpose, facts)
        return row


def perform(row: Referral, name: Act, actor: Actor, purpose: str, facts: Mapping[str, Any] | None = None) -> None:
    """An act on a locked referral held here, and what follows from it, in the caller's transaction."""
    before = state_of(row).stage
    referrals.perform(row, name, actor, purpose, dict(facts or {}))
    if row.request.asking_platform == settings.PLATFORM_CODE:
        heard(row, name)
    state = state_of(row)
    if state.stage is not Stage.SEALING or before is Stage.SEALING:
        return
    if state.deliverable:
        issuing.issue(row, actor, purpose)
    else:
        issuing.measure(row, pages=0, certificates=0)
        perform(row, Act.CLOSE, machine_actor(), purpose)


def heard(row: Referral, name: Act) -> None:
    """What the asking side does when it learns of an act, in the caller's transaction."""
    telling.of_act(row, name)
    if name is Act.TRANSFER:
        routing.enqueue_transfer(row)
