"""What a verification concludes. Seen things in, verdict with reasons out; nothing is read, fetched or guessed here.

The order of believing: is it a document, is it sealed, is it unaltered, and only then whose seal, under whose
authority, and when. What comes after a failure of the first three is not looked at: it could be forged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum

from dangqiao.core.errors import N_
from dangqiao.core.sealing.content import Claim


class Outcome(StrEnum):
    """Worst first: a verdict has the outcome of its worst reason."""

    INVALID = "invalid"
    INDETERMINATE = "indeterminate"
    VALID = "valid"


class ReasonCode(StrEnum):
    """Stable codes; never renamed."""

    NOT_A_DOCUMENT = "not_a_document"
    NOT_SEALED = "not_sealed"
    DOCUMENT_ALTERED = "document_altered"
    OF_NO_ARCHIVE = "of_no_archive"
    SEAL_OF_ANOTHER_ARCHIVE = "seal_of_another_archive"
    ARCHIVE_UNKNOWN = "archive_unknown"
    ISSUER_UNKNOWN = "issuer_unknown"
    SEAL_EXPIRED = "seal_expired"
    SEAL_WITHDRAWN = "seal_withdrawn"
    SEAL_NOT_YET_VALID = "seal_not_yet_valid"
    NO_TRUST_LIST = "no_trust_list"
    TRUST_LIST_EXPIRED = "trust_list_expired"
    TIMESTAMP_MISSING = "timestamp_missing"
    TIMESTAMP_UNTRUSTED = "timestamp_untrusted"
    TIMESTAMP_IN_FUTURE = "timestamp_in_future"
    SEALED_AND_UNALTERED = "sealed_and_unaltered"
    SEAL_EXPIRED_SINCE = "seal_expired_since"
    TIMESTAMP_AGED = "timestamp_aged"
    TEST_SEAL = "test_seal"
    # Of lists of revoked documents, signed statements and codes: `status_verdict`, `statement_verdict`, apps.
    REVOKED = "revoked"
    REVOCATION_UNKNOWN = "revocation_unknown"
    REVOCATION_LIST_OLD = "revocation_list_old"
    STATEMENT_UNREADABLE = "statement_unreadable"
    STATEMENT_FORGED = "statement_forged"
    STATEMENT_KEY_UNKNOWN = "statement_key_unknown"
    STATEMENT_SIGNED = "statement_signed"
    NAME_DIFFERS = "name_differs"
    NAME_NOT_GIVEN = "name_not_given"
    UNKNOWN_CODE = "unknown_code"
    NO_SUCH_PLATFORM = "no_such_platform"
    ISSUER_UNREACHABLE = "issuer_unreachable"
    REGISTERED = "registered"


class State(StrEnum):
    """What became of one check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_DONE = "not_done"


class Envelope(StrEnum):
    """The file as found."""

    NOT_A_DOCUMENT = "not_a_document"
    NOT_SEALED = "not_sealed"
    FOREIGN = "foreign"
    """Signed, but it does not say that it is a document of ours."""
    ALTERED = "altered"
    INTACT = "intact"


@dataclass(frozen=True, slots=True)
class Observations:
    """What an adapter saw in a file and in the trust list.

    Attributes:
        envelope: the file as found. If it is not `INTACT`, only the two `trust_` fields are looked at.
        claim: what the document says about itself; None unless `INTACT`.
        seal_archive: archive code in the signing certificate; empty where there is none.
        seal_name: the archive's name in the signing certificate.
        seal_from: from when the seal may be on documents (`periods.usable_from`); `seal_until` until when its
            certificate holds.
        seal_is_test: whether the certificate or its issuer says 测试.
        seal_withdrawn: since when the trust list says that the seal was not used any more when the document was sealed
            (suspended, replaced, lost).
        chain: whether the certificate was issued by the seal authority of the claimed archive's platform.
        stamped_at: the time in a sound time stamp; None where there is none. (One that is broken: `ALTERED`.)
        stamp_trusted: whether its authority is in the trust list.
        stamp_until: until when the certificate behind the newest time stamp holds; None where it does not matter.
        archive_known: whether the trust list has the claimed archive.
        trust_as_of: when the trust list was made, `trust_expires` when it ends; None without a list.
    """

    envelope: Envelope
    claim: Claim | None = None
    seal_archive: str = ""
    seal_name: str = ""
    seal_from: datetime | None = None
    seal_until: datetime | None = None
    seal_is_test: bool = False
    seal_withdrawn: datetime | None = None
    chain: State = State.NOT_DONE
    stamped_at: datetime | None = None
    stamp_trusted: State = State.NOT_DONE
    stamp_until: datetime | None = None
    archive_known: bool = False
    trust_as_of: datetime | None = None
    trust_expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why. `sentence` is an English msgid with `{fact}` places, `facts` fills them."""

    code: ReasonCode
    outcome: Outcome
    sentence: str
    facts: tuple[tuple[str, str], ...] = ()

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The sentence in a language."""
        return translate(self.sentence).format(**dict(self.facts))


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `subject` is an English msgid."""

    subject: str
    state: State


@dataclass(frozen=True, slots=True)
class Verdict:
    """Valid, indeterminate or invalid, and why.

    Attributes:
        reasons: worst first, at least one.
        checks: what was looked at.
        claim: what the document says about itself; None unless the file is unaltered.
        sealed_by: archive name in the seal; empty unless the file is unaltered.
        sealed_at: the time in the time stamp; None unless the file is unaltered and the stamp sound.
        trust_as_of, trust_expires: how fresh the trust list was; None without one.
        status_as_of: how fresh the list of revoked documents was; None where none was looked at.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    checks: tuple[Check, ...]
    claim: Claim | None = None
    sealed_by: str = ""
    sealed_at: datetime | None = None
    trust_as_of: datetime | None = None
    trust_expires: datetime | None = None
    status_as_of: datetime | None = None


CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the verifier's clock may lag behind the time stamp."""

_BEIJING = timezone(timedelta(hours=8))
"""For sentences: what readers' clocks show. No summer time since 1991."""

_Rule = tuple[ReasonCode, Outcome, str, Callable[[Observations, datetime], bool]]

_ENVELOPE: tuple[_Rule, ...] = (
    (
        ReasonCode.NOT_A_DOCUMENT,
        Outcome.INVALID,
        N_("This file is not a document that an archive hands out."),
        lambda seen, now: seen.envelope is Envelope.NOT_A_DOCUMENT,
    ),
    (
        ReasonCode.NOT_SEALED,
        Outcome.INVALID,
        N_("The document has no electronic seal."),
        lambda seen, now: seen.envelope is Envelope.NOT_SEALED,
    ),
    (
        ReasonCode.OF_NO_ARCHIVE,
        Outcome.INVALID,
        N_("The document is signed, but it is not one that an archive of this federation hands out."),
        lambda seen, now: seen.envelope is Envelope.FOREIGN,
    ),
    (
        ReasonCode.DOCUMENT_ALTERED,
        Outcome.INVALID,
        N_("The document was altered after it was sealed, or its seal is damaged."),
        lambda seen, now: seen.envelope is Envelope.ALTERED,
    ),
)

_SEAL: tuple[_Rule, ...] = (
    (
        ReasonCode.SEAL_OF_ANOTHER_ARCHIVE,
        Outcome.INVALID,
        N_("The document names archive {archive} but carries the seal of {seal}."),
        lambda seen, now: seen.claim is not None and seen.seal_archive != seen.claim.archive,
    ),
    (
        ReasonCode.ARCHIVE_UNKNOWN,
        Outcome.INVALID,
        N_("Archive {archive} is not in the trust list."),
        lambda seen, now: _fresh(seen, now) and seen.claim is not None and not seen.archive_known,
    ),
    (
        ReasonCode.ISSUER_UNKNOWN,
        Outcome.INVALID,
        N_("The seal was not issued by the seal authority of the archive's platform."),
        lambda seen, now: _fresh(seen, now) and seen.archive_known and seen.chain is State.FAILED,
    ),
    (
        ReasonCode.SEAL_EXPIRED,
        Outcome.INVALID,
        N_("The seal had expired when the document was sealed ({sealed_at})."),
        lambda seen, now: bool(seen.stamped_at and seen.seal_until and seen.stamped_at > seen.seal_until),
    ),
    (
        ReasonCode.SEAL_NOT_YET_VALID,
        Outcome.INVALID,
        N_("The seal was not yet valid when the document was sealed ({sealed_at})."),
        lambda seen, now: bool(seen.stamped_at and seen.seal_from and seen.stamped_at < seen.seal_from),
    ),
    (
        ReasonCode.SEAL_WITHDRAWN,
        Outcome.INVALID,
        N_("The seal had been withdrawn ({withdrawn}) when the document was sealed ({sealed_at})."),
        lambda seen, now: bool(seen.stamped_at and seen.seal_withdrawn and seen.stamped_at >= seen.seal_withdrawn),
    ),
    (
        ReasonCode.NO_TRUST_LIST,
        Outcome.INDETERMINATE,
        N_("There is no trust list here, so it cannot be said whose seal this is. Get the trust list and try again."),
        lambda seen, now: seen.trust_expires is None,
    ),
    (
        ReasonCode.TRUST_LIST_EXPIRED,
        Outcome.INDETERMINATE,
        N_("The trust list is too old (valid until {trust_expires}). Get a new one and try again."),
        lambda seen, now: seen.trust_expires is not None and now > seen.trust_expires,
    ),
    (
        ReasonCode.TIMESTAMP_MISSING,
        Outcome.INDETERMINATE,
        N_("There is no time stamp, so it cannot be said when the document was sealed."),
        lambda seen, now: seen.stamped_at is None,
    ),
    (
        ReasonCode.TIMESTAMP_UNTRUSTED,
        Outcome.INDETERMINATE,
        N_("The time stamp is of an authority that is not in the trust list."),
        lambda seen, now: _fresh(seen, now) and seen.stamp_trusted is State.FAILED,
    ),
    (
        ReasonCode.TIMESTAMP_IN_FUTURE,
        Outcome.INDETERMINATE,
        N_("The time stamp ({sealed_at}) lies in the future. Check the clock of this computer."),
        lambda seen, now: seen.stamped_at is not None and seen.stamped_at > now + CLOCK_TOLERANCE,
    ),
)

_NOTES: tuple[_Rule, ...] = (
    (
        ReasonCode.SEAL_EXPIRED_SINCE,
        Outcome.VALID,
        N_("The seal has expired since; it was valid when the document was sealed, and the document stays valid."),
        lambda seen, now: seen.seal_until is not None and now > seen.seal_until,
    ),
    (
        ReasonCode.TIMESTAMP_AGED,
        Outcome.VALID,
        N_("The certificate behind the time stamp has ended since; the archive has the document with a newer stamp."),
        lambda seen, now: seen.stamp_until is not None and now > seen.stamp_until,
    ),
    (
        ReasonCode.TEST_SEAL,
        Outcome.VALID,
        N_("The seal is a test seal without legal force."),
        lambda seen, now: seen.seal_is_test,
    ),
)

_GOOD = N_("Sealed by {seal} at {sealed_at}, and not altered since.")


def _fresh(seen: Observations, now: datetime) -> bool:
    return seen.trust_expires is not None and now <= seen.trust_expires


def decide(seen: Observations, now: datetime) -> Verdict:
    """The verdict over what was seen.

    Args:
        seen: what the adapter saw.
        now: the present moment, aware.

    Source of the order: ETSI EN 319 102-1 §5 (format, integrity, certificate, time). Unlike there an unknown issuer is
    invalid, not indeterminate, while the trust list is fresh: the federation is closed and the list complete.
    """
    facts = (
        ("archive", seen.claim.archive if seen.claim else ""),
        ("seal", seen.seal_name or seen.seal_archive or "?"),
        ("sealed_at", said(seen.stamped_at)),
        ("withdrawn", said(seen.seal_withdrawn)),
        ("trust_expires", said(seen.trust_expires)),
    )

    def broken(rules: tuple[_Rule, ...]) -> list[Reason]:
        return [Reason(code, outcome, sentence, facts) for code, outcome, sentence, holds in rules if holds(seen, now)]

    if reasons := broken(_ENVELOPE):
        return Verdict(
            Outcome.INVALID, tuple(reasons), _checks(seen, now), None, "", None, seen.trust_as_of, seen.trust_expires
        )
    reasons = sorted(broken(_SEAL), key=lambda reason: list(Outcome).index(reason.outcome))
    if not reasons:
        reasons.append(Reason(ReasonCode.SEALED_AND_UNALTERED, Outcome.VALID, _GOOD, facts))
    outcome = reasons[0].outcome
    if outcome is not Outcome.INVALID:
        reasons += broken(_NOTES)
    return Verdict(
        outcome,
        tuple(reasons),
        _checks(seen, now),
        seen.claim,
        seen.seal_name,
        seen.stamped_at,
        seen.trust_as_of,
        seen.trust_expires,
    )


def said(moment: datetime | None) -> str:
    """A moment in a sentence, as readers' clocks show it; `?` where it is not known."""
    return f"{moment.astimezone(_BEIJING):%Y-%m-%d %H:%M:%S}" if moment else "?"


def _checks(seen: Observations, now: datetime) -> tuple[Check, ...]:
    def state(done: bool, passed: bool) -> State:
        return (State.PASSED if passed else State.FAILED) if done else State.NOT_DONE

    sealed = seen.envelope in (Envelope.ALTERED, Envelope.INTACT)
    intact = seen.envelope is Envelope.INTACT
    named = intact and seen.claim is not None
    timed = intact and seen.stamped_at is not None and None not in (seen.seal_from, seen.seal_until)
    return (
        Check(N_("The document is sealed"), state(True, sealed)),
        Check(
            N_("Nothing was altered since"),
            state(sealed, intact),
        ),
        Check(
            N_("The seal is that of the archive named"),
            state(named, seen.claim is not None and seen.claim.archive == seen.seal_archive),
        ),
        Check(
            N_("The seal was issued by the archive's platform"),
            seen.chain if named and _fresh(seen, now) else State.NOT_DONE,
        ),
        Check(N_("The time stamp is sound"), state(intact and seen.stamped_at is not None, True)),
        Check(
            N_("The seal was valid at that time"),
            state(
                timed,
                bool(
                    seen.seal_from
                    and seen.stamped_at
                    and seen.seal_until
                    and seen.seal_from <= seen.stamped_at <= seen.seal_until
                ),
            ),
        ),
        Check(N_("The trust list is present and fresh"), state(seen.trust_expires is not None, _fresh(seen, now))),
    )
