"""What happens next, who has it, and what a step brought: in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from dangqiao.apps.directory import queries as directory
from dangqiao.apps.lookups.queries.views import EventLine
from dangqiao.core.errors import N_
from dangqiao.core.lookup.reasons import REASONS
from dangqiao.core.lookup.referral import Holder
from dangqiao.core.lookup.states import ACT_LABELS, Side, Stage
from dangqiao.core.vocabulary.actor import Role
from dangqiao.core.vocabulary.entitlement import MATERIAL_LABELS, Material
from dangqiao.web.labels import ROLE_LABELS
from dangqiao.web.templatetags.dangqiao import in_chinese, place

NEXT: dict[Stage, str] = {
    Stage.SENT: N_("The archive's system confirms that it has the application; this usually takes seconds."),
    Stage.DELIVERED: N_("The archive looks whether the application is complete, and accepts it."),
    Stage.SUPPLEMENT: N_("The archive waits for what it asked you for. Its time limit stands still until then."),
    Stage.ACCEPTED: N_("The archive searches its catalogue, compares with the original, and decides."),
    Stage.RETRIEVAL: N_("The original is fetched from the stacks; then the archive decides."),
    Stage.REVIEW: N_("A second person at the archive looks at the decision."),
    Stage.SIGN_OFF: N_("The archive's leader signs the decision off."),
    Stage.SEALING: N_("The document is made and sealed; this takes a minute or so."),
    Stage.CLOSED: N_("Nothing more: the archive has answered."),
    Stage.NOT_ACCEPTED: N_("Nothing more here. You can complain to the body named, or apply again."),
    Stage.WITHDRAWN: N_("Nothing more: the application was withdrawn."),
    Stage.TRANSFERRED: N_("Another archive has taken it over; see below."),
}

TONE: dict[Stage, str] = {
    Stage.SUPPLEMENT: "warn",
    Stage.CLOSED: "good",
    Stage.NOT_ACCEPTED: "bad",
    Stage.WITHDRAWN: "done",
    Stage.TRANSFERRED: "done",
}
"""The colour of a stage's badge; others have the neutral one. The words say the same."""


def has_it(holder: Holder, archive: str) -> str:
    """Who has a referral now."""
    if holder.role is Role.APPLICANT:
        return gettext("the applicant")
    if holder.role is Role.NODE:
        return gettext("the system")
    return f"{archive} · {gettext(ROLE_LABELS[holder.role])}"


def step(event: EventLine, archive: str) -> str:
    """One step of the way: who did what."""
    who = gettext("The system") if event.role == Role.NODE else archive
    if event.side == Side.HOLDER and event.role != Role.NODE:
        who = f"{archive}（{gettext(ROLE_LABELS[event.role])}）" if in_chinese() else f"{archive}, {event.role}"
    return f"{who}{'' if in_chinese() else ': '}{gettext(ACT_LABELS[event.act])}"


def facts_in_words(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the applicant is told, as (label, text)."""
    found: list[tuple[str, str]] = []
    if kinds := facts.get("materials"):
        labels = [gettext(MATERIAL_LABELS[Material(kind)]) for kind in kinds if kind in tuple(Material)]
        found.append((gettext("Asked for"), "、".join(labels) if in_chinese() else "; ".join(labels)))
    if reason := REASONS.get(str(facts.get("reason", ""))):
        found.append((gettext("Reason"), reason.sentence("zh" if in_chinese() else "en")))
    if code := facts.get("to_archive"):
        found.append((gettext("To"), place(directory.archives([code]).get(code, code))))
    plain = {
        "note": gettext("Note"),
        "where_to_ask": gettext("Where to ask"),
        "complaint_body": gettext("Complaints are heard by"),
        "serial": gettext("Serial number"),
    }
    found += [(label, str(facts[name])) for name, label in plain.items() if facts.get(name)]
    if ranges := facts.get("searched"):
        found.append((gettext("Searched"), "；".join(map(str, ranges))))
    return found
