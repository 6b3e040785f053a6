"""Idempotency of mutating calls: the database decides which of several equal calls is the one."""

import hashlib
from datetime import timedelta

from dangqiao.apps.fields import now
from dangqiao.apps.lookups.models import DoneCall
from dangqiao.core.errors import N_, BadInput
from dangqiao.core.vocabulary.actor import Actor

LONGEST_KEY = 200
REMEMBERED = timedelta(days=90)
"""How long a call is known: longer than any page, program or message repeats one."""


def call_key(actor: Actor, act: str, subject: str, key: str) -> str:
    """One caller's key for one act on one subject, as 64 hex digits: nobody can meet another's key.

    Raises BadInput (`lookups.key_unfit`).
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise BadInput("lookups.key_unfit", N_("The call needs an idempotency key of up to 200 characters."))
    return hashlib.sha256("\n".join((actor.id, act, subject, key)).encode()).hexdigest()


def first_time(actor: Actor, act: str, subject: str, key: str) -> bool:
    """Whether this call is to be carried out now. Call it first in the transaction that carries it out.

    A second call with the same key waits here until the first has ended: then it is False, or True if the first failed.
    """
    _, created = DoneCall.objects.get_or_create(key=call_key(actor, act, subject, key))
    return created


def forget_old() -> int:
    """Deletes calls older than `REMEMBERED`; how many."""
    return DoneCall.objects.filter(at__lt=now() - REMEMBERED).delete()[0]
