"""Reading the audit trail."""

from datetime import datetime

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.core.vocabulary.actor import Actor


def count_since(event: str, actor: Actor, since: datetime) -> int:
    """How often `actor` did `event` since then: for limits that must survive a restart."""
    return AuditRecord.objects.filter(event=event, actor=actor.id, at__gte=since).count()
