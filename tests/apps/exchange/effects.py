"""A handler whose effects are rows, so that a rolled-back effect is none."""

from datetime import UTC, datetime

from dangqiao.apps.audit.models import AuditRecord
from dangqiao.core.errors import N_, Refused
from dangqiao.core.federation.messages import InquiryAsked
from dangqiao.core.federation.receiving import Message

SUBJECT = "0d6b3c1e-0000-4000-8000-000000000001"


def inquiry(name: str = "王氏", subject: str = SUBJECT) -> InquiryAsked:
    """A payload; the name asks the handler to misbehave."""
    asked = {"inquiry": subject, "category": "marriage", "purpose": "housing", "consented_at": datetime.now(UTC)}
    return InquiryAsked(**asked, query={"name": name})


def take(message: Message) -> None:
    """Leaves one row; refuses or breaks down afterwards if the message says so."""
    name = message.payload.query["name"]
    AuditRecord.objects.create(event="effect", actor=message.envelope.sender, subject=name)
    if name == "refuse" and not AuditRecord.objects.filter(event="repaired").exists():
        raise Refused("test.refused", N_("The content is refused."))
    if name == "break" and not AuditRecord.objects.filter(event="repaired").exists():
        raise RuntimeError


def repair() -> None:
    """From now on nothing is refused and nothing breaks."""
    AuditRecord.objects.create(event="repaired", actor="test")


def taken() -> list[str]:
    """The effects so far, in order."""
    return list(AuditRecord.objects.filter(event="effect").order_by("id").values_list("subject", flat=True))
