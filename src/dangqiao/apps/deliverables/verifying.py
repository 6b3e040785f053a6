"""Anybody's question whether a document stands: by its file, its square pattern or its code, of whichever platform.

A file and a square pattern are judged here, by the directory and the newest list of revoked documents that can be had.
A code is only a question to the register of the platform that its first two digits name; that platform is asked.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from dangqiao.apps.deliverables import queries, status
from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.directory import queries as directory
from dangqiao.apps.fields import keyed_hash, now
from dangqiao.apps.ports import port
from dangqiao.apps.suite import suite
from dangqiao.core.errors import N_, DangqiaoError
from dangqiao.core.federation import look_ups
from dangqiao.core.federation.look_ups import LARGEST_ANSWER, LookUp, LookUpAnswer
from dangqiao.core.federation.ports import LOOK_UPS_PATH, Kind
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.sealing.revocation import public_reason
from dangqiao.core.sealing.statement import Statement, plain_name
from dangqiao.core.sealing.status_verdict import revoked_by_register
from dangqiao.core.sealing.verdict import Outcome, Reason, ReasonCode, Verdict
from dangqiao.core.vocabulary.canonical import canonical_bytes, read_json

SHANGHAI = ZoneInfo("Asia/Shanghai")
_SENTENCES: dict[ReasonCode, tuple[Outcome, str]] = {
    ReasonCode.REGISTERED: (
        Outcome.VALID,
        N_("{archive_name} has issued a document with this code. Compare what is below with the paper, word by word."),
    ),
    ReasonCode.NAME_NOT_GIVEN: (
        Outcome.INDETERMINATE,
        N_("{archive_name} has issued a document with this code. Enter the applicant's name to see what it says."),
    ),
    ReasonCode.NAME_DIFFERS: (
        Outcome.INVALID,
        N_("The document with this code was made out to somebody else. If the name is typed as printed, it is forged."),
    ),
    ReasonCode.REVOKED: (Outcome.INVALID, N_("{archive_name} revoked this document on {revoked_on}.")),
    ReasonCode.UNKNOWN_CODE: (
        Outcome.INVALID,
        N_(
            "{platform_name} has issued no document with this code. Compare it character by character; if it is right, "
            "do not rely on the document."
        ),
    ),
    ReasonCode.NO_SUCH_PLATFORM: (
        Outcome.INVALID,
        N_("No platform's codes begin with these two digits. Compare the code character by character."),
    ),
    ReasonCode.ISSUER_UNREACHABLE: (
        Outcome.INDETERMINATE,
        N_(
            "The node of {platform_name} does not answer now. Try again later; or check the square pattern or the "
            "file, which needs no answer from it."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class CodeVerdict:
    """What came of a code.

    Attributes:
        answer: what the register says; None where nothing is known. Of an issuer that does not answer: what this node
            knows of its own, if it was handed the document.
        content: what was certified; only for whoever gave the right name.
        issuer: platform code; empty where there is no such platform.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...]
    issuer: str = ""
    answer: LookUpAnswer | None = None
    content: FrozenContent | None = None


def judge(document: bytes) -> Verdict:
    """The verdict on a file, with the newest list of revoked documents that can be had, and this node's register."""
    verdict = queries.judge(document)
    if verdict.claim and status.freshen(verdict.claim.archive, verdict.claim.status):
        verdict = queries.judge(document)
    return _with_register(verdict)


def scan(text: str, name: str = "") -> tuple[Verdict, Statement | None]:
    """The verdict on what a square pattern holds, and the statement where it is to be believed."""
    verdict, statement = port("verifier").statement(text, now(), name)
    if statement and status.freshen(statement.archive, statement.status):
        verdict, statement = port("verifier").statement(text, now(), name)
    return _with_register(verdict), statement


def _with_register(verdict: Verdict) -> Verdict:
    """What this node was told directly counts before a list is renewed."""
    found = _row(verdict.claim.code) if verdict.claim and verdict.claim.code else None
    if found is None or found.state != Deliverable.State.REVOKED or found.revoked_at is None:
        return verdict
    return revoked_by_register(verdict, found.revoked_at)


def by_code(code: str, name: str = "") -> CodeVerdict:
    """What a code stands for, here or at the platform that issued it.

    Args:
        code: as typed.
        name: the applicant's name as printed on the paper; without it only that there is such a document.
    """
    code = queries.normalised(code)
    if code[:2] == settings.PLATFORM_CODE[:2]:
        return concluded(own_answer(code, name), settings.PLATFORM_CODE)
    known = directory.current()
    issuer = next((one.platform for one in known.members if one.platform[:2] == code[:2]), "") if known else ""
    if not issuer:
        return _verdict(ReasonCode.NO_SUCH_PLATFORM, "", None)
    try:
        return concluded(_ask(issuer, code, name), issuer)
    except DangqiaoError:
        return _verdict(ReasonCode.ISSUER_UNREACHABLE, issuer, _replica(code, issuer))


def concluded(answer: LookUpAnswer, issuer: str) -> CodeVerdict:
    """What follows from the register's answer."""
    if answer.standing == "unknown":
        return _verdict(ReasonCode.UNKNOWN_CODE, issuer, None)
    if answer.standing == "revoked":
        return _verdict(ReasonCode.REVOKED, issuer, answer)
    if answer.name_fits is None:
        return _verdict(ReasonCode.NAME_NOT_GIVEN, issuer, answer)
    if not answer.name_fits:
        return _verdict(ReasonCode.NAME_DIFFERS, issuer, answer)
    return _verdict(ReasonCode.REGISTERED, issuer, answer)


def own_answer(code: str, name: str, *, asker: str = "", token: str = "") -> LookUpAnswer:
    """What this platform's register says of a code, to whoever asks.

    Args:
        asker: the member that asks; `token` its signed question.
    """
    frame: dict[str, Any] = {
        "iss": settings.PLATFORM_CODE,
        "aud": asker or settings.PLATFORM_CODE,
        "question": look_ups.digest(token or secrets.token_hex(16), suite()),
        "answered_at": now(),
    }
    row = _row(code)
    if row is None or row.issuer_platform != settings.PLATFORM_CODE:
        return LookUpAnswer(standing="unknown", **frame)
    content = FrozenContent.from_canonical(row.frozen_content.encode())
    fits = plain_name(name) == plain_name(content.applicant) if name else None
    frame |= {**_facts(row), "issued_on": content.issued_on.isoformat(), "name_fits": fits}
    if row.state == Deliverable.State.REVOKED:
        return LookUpAnswer(standing="revoked", **frame)
    shown = _shown(content) if fits else None
    return LookUpAnswer(standing="registered", content=shown, **frame)


def member_question(token: bytes) -> LookUp:
    """A member's signed question. Raises the rows "reading the bytes" and "accepting" of `core.federation.refusals`."""
    moment = now()
    signed = port("envelope_cipher").verify(token, Kind.LOOK_UP, directory.required().keys_at(moment))
    return look_ups.read_question(signed.content, signer=signed.signer, us=settings.PLATFORM_CODE, now=moment)


def answer_to(question: LookUp, token: bytes) -> str:
    """The signed answer to a member's question."""
    answer = own_answer(question.code, question.name, asker=question.iss, token=token.decode("ascii"))
    signed: str = port("envelope_cipher").sign(answer.to_bytes(), Kind.LOOK_UP_ANSWER)
    return signed


def _replica(code: str, issuer: str) -> LookUpAnswer | None:
    """What this node knows of another's document, because it was handed over through it."""
    row = _row(code)
    if row is None or row.issuer_platform != issuer:
        return None
    return LookUpAnswer(
        iss=settings.PLATFORM_CODE,
        aud=settings.PLATFORM_CODE,
        question=look_ups.digest(secrets.token_hex(16), suite()),
        answered_at=now(),
        standing="revoked" if row.state == Deliverable.State.REVOKED else "registered",
        **_facts(row),
    )


def _facts(row: Deliverable) -> dict[str, Any]:
    return {
        "archive": row.archive_code,
        "serial": row.serial,
        "kind": row.kind,
        "copy_number": row.copy_number,
        "paper": row.paper,
        "revoked_on": _day(row.revoked_at),
        "revocation_reason": row.revocation_reason if public_reason(row.revocation_reason) else "",
    }


def _shown(content: FrozenContent) -> dict[str, Any]:
    """What is shown of a content: everything but the pictures' digests."""
    document: dict[str, Any] = read_json(content.canonical())
    return document | {"pages": []}


def _ask(issuer: str, code: str, name: str) -> LookUpAnswer:
    """The issuer's answer. Raises exchange.unknown_receiver and whatever happens on the way."""
    moment, known = now(), directory.required()
    member = known.member(issuer)
    assert member is not None  # it was found among the members
    asked = look_ups.question(code, name, us=settings.PLATFORM_CODE, issuer=issuer, now=moment)
    cipher = port("envelope_cipher")
    token = cipher.sign(asked.to_bytes(), Kind.LOOK_UP)
    answer = port("transport").post(member.endpoint, token.encode(), path=LOOK_UPS_PATH, limit=LARGEST_ANSWER)
    signed = cipher.verify(answer, Kind.LOOK_UP_ANSWER, known.keys_at(moment))
    return look_ups.read_answer(
        signed.content, signer=signed.signer, us=settings.PLATFORM_CODE, issuer=issuer, token=token, suite=suite()
    )


def _verdict(code: ReasonCode, issuer: str, answer: LookUpAnswer | None) -> CodeVerdict:
    outcome, sentence = _SENTENCES[code]
    platform = directory.platform_names().get(issuer)
    archive = directory.archives([answer.archive]).get(answer.archive) if answer else None
    facts = (
        ("archive_name", archive.name if archive else answer.archive if answer else ""),
        ("platform_name", platform.name if platform else issuer),
        ("revoked_on", answer.revoked_on if answer else ""),
    )
    content = None
    if answer and answer.content and code is ReasonCode.REGISTERED:
        content = FrozenContent.from_canonical(canonical_bytes(answer.content))
    return CodeVerdict(outcome, (Reason(code, outcome, sentence, facts),), issuer, answer, content)


def _row(code: str) -> Deliverable | None:
    states = [Deliverable.State.REGISTERED, Deliverable.State.REVOKED]
    hashed = keyed_hash(queries.normalised(code), "verification_code")
    return Deliverable.objects.filter(verification_code_hash=hashed, state__in=states).first() if hashed else None


def _day(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).date().isoformat() if moment else ""
