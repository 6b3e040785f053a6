"""What a list of revoked documents adds to a verdict: the seal says who and when, the list whether it still stands.

Without a list a genuine document stays genuine, and the verdict says that nobody looked whether it was revoked: an
offline verifier that refused everything would be switched off. With one, the verdict says of when it is.
"""

from dataclasses import replace
from datetime import datetime

from dangqiao.core.errors import N_
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.status import Standing, StatusList, list_of
from dangqiao.core.sealing.verdict import Check, Outcome, Reason, ReasonCode, State, Verdict, said

_SUBJECT = N_("The archive has not revoked it")
_STATES = {Standing.UNKNOWN: State.NOT_DONE, Standing.STANDS: State.PASSED, Standing.REVOKED: State.FAILED}
REVOKED = N_("The archive has revoked this document (list of {status_as_of}).")
REVOKED_SINCE = N_("The archive revoked this document at {revoked_at}.")
UNKNOWN = N_("Whether it was revoked since could not be looked up: there is no list of revoked documents here.")
OLD = N_("It was not revoked by {status_as_of}; that list is {days} days old. Ask again with a newer one.")


def with_standing(verdict: Verdict, trust: TrustList | None, now: datetime) -> Verdict:
    """The verdict with what the list says of the document. One that is invalid already is returned as it is."""
    if verdict.claim is None or trust is None or verdict.outcome is Outcome.INVALID:
        return verdict
    found = list_for(trust, verdict.claim.archive, verdict.claim.status)
    standing = standing_in(found, verdict.claim.status)
    facts = (
        ("status_as_of", said(found.as_of if found else None)),
        ("days", str((now - found.as_of).days if found else "?")),
    )
    reasons = verdict.reasons
    if standing is Standing.REVOKED:
        reasons = (Reason(ReasonCode.REVOKED, Outcome.INVALID, REVOKED, facts), *reasons)
    elif standing is Standing.UNKNOWN:
        reasons = (*reasons, Reason(ReasonCode.REVOCATION_UNKNOWN, Outcome.VALID, UNKNOWN, facts))
    elif found and now > found.until:
        reasons = (*reasons, Reason(ReasonCode.REVOCATION_LIST_OLD, Outcome.VALID, OLD, facts))
    checks = (*verdict.checks, Check(_SUBJECT, _STATES[standing]))
    as_of = found.as_of if found else None
    return replace(verdict, outcome=reasons[0].outcome, reasons=reasons, checks=checks, status_as_of=as_of)


def revoked_by_register(verdict: Verdict, since: datetime) -> Verdict:
    """The verdict where a register says that the document was revoked, whatever a list says."""
    if any(reason.code is ReasonCode.REVOKED for reason in verdict.reasons):
        return verdict
    reason = Reason(ReasonCode.REVOKED, Outcome.INVALID, REVOKED_SINCE, (("revoked_at", said(since)),))
    checks = (*(check for check in verdict.checks if check.subject != _SUBJECT), Check(_SUBJECT, State.FAILED))
    return replace(verdict, outcome=Outcome.INVALID, reasons=(reason, *verdict.reasons), checks=checks)


def list_for(trust: TrustList, archive: str, index: int) -> StatusList | None:
    """The list that a document of an archive has its place in, if it is here."""
    platform = trust.platforms.get(archive, "")
    return trust.status_lists.get((platform, list_of(index))) if index >= 0 else None


def standing_in(found: StatusList | None, index: int) -> Standing:
    """What a list says of a place."""
    if found is None:
        return Standing.UNKNOWN
    return Standing.REVOKED if found.revoked(index) else Standing.STANDS
