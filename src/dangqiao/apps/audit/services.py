"""Writing the audit trail."""

from dangqiao.apps.audit.events import EVENTS
from dangqiao.apps.audit.models import AuditRecord
from dangqiao.core.vocabulary.actor import Actor


def record(
    event: str,
    actor: Actor,
    *,
    purpose: str = "",
    subject: str = "",
    archive_code: str = "",
    count: int = 1,
    **facts: object,
) -> None:
    """Adds one row, in the caller's transaction: what is not audited has not happened.

    Args:
        event: a code of `events.EVENTS`; KeyError for any other, because a misspelt code would be lost evidence.
        actor: who.
        purpose: why, a `Purpose`; required wherever a person's data was touched.
        subject: what, `kind:id`.
        count: how many subjects, for batches.
        facts: codes and figures, never personal data.
    """
    EVENTS[event]
    AuditRecord.objects.create(
        event=event,
        actor=actor.id,
        grants=[[grant.role, grant.scope, grant.code] for grant in actor.grants],
        assurance=int(actor.assurance),
        purpose=purpose,
        subject=subject,
        archive_code=archive_code,
        count=count,
        facts=facts,
        session=actor.session,
    )
