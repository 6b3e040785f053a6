"""What a signed statement proves, by the trust list alone: that the platform said so, and what it said.

It does not prove that the paper around it says the same: that, the reader compares. So the sentences ask for it.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta, timezone

from dangqiao.core.errors import N_, Malformed
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.statement import Scanned, Statement, StatementKey, name_digest
from dangqiao.core.sealing.status_verdict import with_standing
from dangqiao.core.sealing.verdict import Check, Outcome, Reason, ReasonCode, State, Verdict, said

Opener = Callable[[str, StatementKey], bytes | None]
"""What a compact JWS says if this key signed it, else None."""
Peeker = Callable[[str], bytes]
"""What a compact JWS says, whoever signed it. Raises Malformed."""

_BEIJING = timezone(timedelta(hours=8))
_SENTENCES: dict[ReasonCode, tuple[Outcome, str]] = {
    ReasonCode.STATEMENT_UNREADABLE: (
        Outcome.INVALID,
        N_("This is not what the square pattern of an archive's document holds. Scan it again, whole and sharp."),
    ),
    ReasonCode.NO_TRUST_LIST: (
        Outcome.INDETERMINATE,
        N_("There is no trust list here, so it cannot be said whose signature this is. Get the trust list."),
    ),
    ReasonCode.TRUST_LIST_EXPIRED: (
        Outcome.INDETERMINATE,
        N_("The trust list is too old (valid until {trust_expires}). Get a new one and try again."),
    ),
    ReasonCode.ARCHIVE_UNKNOWN: (Outcome.INVALID, N_("Archive {archive} is not in the trust list.")),
    ReasonCode.STATEMENT_KEY_UNKNOWN: (
        Outcome.INDETERMINATE,
        N_("The trust list has no key of the archive's platform that could have signed this. Get a new one."),
    ),
    ReasonCode.STATEMENT_FORGED: (
        Outcome.INVALID,
        N_("The platform of archive {archive} did not sign this: the square pattern is forged or damaged."),
    ),
    ReasonCode.NAME_DIFFERS: (Outcome.INVALID, N_("The document was made out to somebody else.")),
    ReasonCode.NAME_NOT_GIVEN: (
        Outcome.VALID,
        N_("Give the applicant's name as printed, and it is checked as well."),
    ),
    ReasonCode.STATEMENT_SIGNED: (
        Outcome.VALID,
        N_("{archive_name} issued a document with these facts, signed by its platform. Compare them with the paper."),
    ),
}


def judge(
    scan: Scanned, trust: TrustList | None, now: datetime, *, opened: Opener, said_by: Peeker, name: str = ""
) -> tuple[Verdict, Statement | None]:
    """The verdict on what a square pattern holds, and the statement where it is to be believed.

    Args:
        scan: see `core.sealing.statement.scanned`.
        trust: whose statements are believed; None: nobody's can be.
        now: aware.
        opened, said_by: of the adapter that knows JWS.
        name: the applicant's name as read on the paper; empty: it is not checked.
    """

    def verdict(code: ReasonCode, *more: ReasonCode, statement: Statement | None = None) -> Verdict:
        claim = statement.claim(scan.code) if statement else None
        archive = claim.archive if claim else archive_said
        facts = (
            ("archive", archive),
            ("archive_name", trust.names.get(archive, archive) if trust else archive),
            ("trust_expires", said(trust.expires if trust else None)),
        )
        reasons = tuple(Reason(each, *_SENTENCES[each], facts) for each in (code, *more))
        return Verdict(
            reasons[0].outcome,
            reasons,
            _checks(code, statement, bool(name), trust, now),
            claim,
            trust_as_of=trust.as_of if trust else None,
            trust_expires=trust.expires if trust else None,
        )

    archive_said = ""
    try:
        statement = Statement.from_bytes(said_by(scan.token))
    except Malformed:
        return verdict(ReasonCode.STATEMENT_UNREADABLE), None
    archive_said = statement.archive
    if trust is None:
        return verdict(ReasonCode.NO_TRUST_LIST), None
    platform = trust.platforms.get(statement.archive)
    keys = trust.statement_keys.get(platform, ()) if platform else ()
    if not any(opened(scan.token, key) is not None for key in keys if _in_force(key, statement)):
        stale = now > trust.expires
        if stale or (platform and not keys):
            return verdict(ReasonCode.TRUST_LIST_EXPIRED if stale else ReasonCode.STATEMENT_KEY_UNKNOWN), None
        return verdict(ReasonCode.STATEMENT_FORGED if platform else ReasonCode.ARCHIVE_UNKNOWN), None
    if now > trust.expires:
        return verdict(ReasonCode.TRUST_LIST_EXPIRED, statement=statement), statement
    if name and name_digest(scan.code, name) != statement.name:
        return verdict(ReasonCode.NAME_DIFFERS), None
    more = () if name else (ReasonCode.NAME_NOT_GIVEN,)
    good = verdict(ReasonCode.STATEMENT_SIGNED, *more, statement=statement)
    return with_standing(good, trust, now), statement


def _in_force(key: StatementKey, statement: Statement) -> bool:
    """Whether a key may have signed on that day; a day has a beginning and an end in Shanghai."""
    begins = datetime.combine(statement.issued_on, time.min, _BEIJING)
    return key.not_before < begins + timedelta(days=1) and begins < key.not_after


def _checks(
    code: ReasonCode, statement: Statement | None, named: bool, trust: TrustList | None, now: datetime
) -> tuple[Check, ...]:
    forged = code in (ReasonCode.STATEMENT_FORGED, ReasonCode.ARCHIVE_UNKNOWN)
    signed = State.PASSED if statement or code is ReasonCode.NAME_DIFFERS else State.NOT_DONE
    fits = State.FAILED if code is ReasonCode.NAME_DIFFERS else State.PASSED if statement and named else State.NOT_DONE
    fresh = State.NOT_DONE if trust is None else State.PASSED if now <= trust.expires else State.FAILED
    return (
        Check(N_("The archive's platform signed these facts"), State.FAILED if forged else signed),
        Check(N_("The name is the one that it was made out to"), fits),
        Check(N_("The trust list is present and fresh"), fresh),
    )
