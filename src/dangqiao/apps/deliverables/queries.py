"""Finding and judging documents."""

from dataclasses import dataclass
from typing import Any

from dangqiao.apps.deliverables.models import Deliverable
from dangqiao.apps.fields import keyed_hash, now
from dangqiao.apps.ports import port
from dangqiao.core.sealing.content import FrozenContent
from dangqiao.core.sealing.ports import TrustList
from dangqiao.core.sealing.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register says to somebody who holds the code."""

    archive_code: str
    serial: str
    kind: str
    state: str
    content: FrozenContent | None
    """What was certified; None for the replica of another node's document."""


def normalised(code: str) -> str:
    """A verification code as typed, without blanks and dashes, in capitals."""
    return "".join(character for character in code.upper() if character.isalnum())


def by_code(code: str) -> Registered | None:
    """The registered document with this verification code; None if there is none."""
    row = Deliverable.objects.filter(
        verification_code_hash=keyed_hash(normalised(code), "verification_code"),
        state__in=[Deliverable.State.REGISTERED, Deliverable.State.REVOKED],
    ).first()
    if row is None:
        return None
    content = FrozenContent.from_canonical(row.frozen_content.encode()) if row.frozen_content else None
    return Registered(row.archive_code, row.serial, row.kind, row.state, content)


def statement_keys() -> dict[str, Any]:
    """Whose statements this node believes, for a browser that checks a square pattern by itself."""
    trust: TrustList = port("verifier").trust(now())
    return {
        "as_of": trust.as_of.isoformat(),
        "expires": trust.expires.isoformat(),
        "archives": {code: [trust.names.get(code, code), platform] for code, platform in trust.platforms.items()},
        "keys": {
            platform: [
                {**key.jwk, "kid": key.kid, "from": key.not_before.isoformat(), "until": key.not_after.isoformat()}
                for key in keys
            ]
            for platform, keys in trust.statement_keys.items()
        },
    }


def judge(document: bytes) -> Verdict:
    """The verdict on a file, by this node's trust in the directory."""
    verdict: Verdict = port("verifier")(document, now())
    return verdict
