"""JWS with ES256 for statements and lists, by joserfc: what a phone's browser can verify by itself (WebCrypto).

One key signs both. None passes for the other: a statement's header is `{"alg":"ES256"}` and nothing else, a list's
names its type and key (RFC 8725 §3.11).
"""

import binascii
import json
from collections.abc import Callable, Iterable
from datetime import datetime

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode

from dangqiao.core.errors import N_, Malformed, Untrusted
from dangqiao.core.federation.ports import MemberKey
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.sealing import status
from dangqiao.core.sealing.statement import Statement, StatementKey
from dangqiao.core.sealing.status import LARGEST_LIST, StatusList

ALGORITHM = "ES256"
LIST_TYPE = "vc+jwt"
_CURVE = "P-256"
_PUBLIC = ("kty", "crv", "x", "y")
_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, AssertionError, binascii.Error)


class _Rules(jws.JWSRegistry):
    max_payload_length = LARGEST_LIST


_RULES = _Rules(algorithms=[ALGORITHM])


def statement_key(member: str, pem: bytes) -> MemberKey:
    """How the directory lists a statement key, from its public or private PEM. Raises ValueError: not on P-256."""
    key = ECKey.import_key(pem)
    if key.curve_name != _CURVE:
        raise ValueError(f"{key.curve_name} is not {_CURVE}")
    public = key.as_dict(private=False)
    return MemberKey(member, key.thumbprint(), "intl", {name: str(public[name]) for name in _PUBLIC})


class StatementKeySigner:
    """`core.sealing.statement.StatementSigner` with a key in PEM. Raises exchange.own_key_unusable."""

    def __init__(self, pem: bytes) -> None:
        try:
            self._key = ECKey.import_key(pem)
        except _UNREADABLE as error:
            raise refuse("exchange.own_key_unusable", kid="statement", what=type(error).__name__) from None
        self.signing_kid = self._key.thumbprint()

    def sign_statement(self, statement: Statement) -> str:
        """The statement as compact JWS; its key is found by the archive's platform, so that the pattern stays small."""
        return self._sign({"alg": ALGORITHM}, statement.to_bytes())

    def sign_list(self, credential: bytes) -> str:
        """A status list credential as compact JWS."""
        return self._sign({"alg": ALGORITHM, "kid": self.signing_kid, "typ": LIST_TYPE}, credential)

    def _sign(self, header: dict[str, str], content: bytes) -> str:
        return jws.serialize_compact(header, content, self._key, registry=_RULES)


class RotatingStatementSigner:
    """The same by the key of now; a process need not start anew when it changes."""

    def __init__(self, current: Callable[[], StatementKeySigner]) -> None:
        self._current = current

    @property
    def signing_kid(self) -> str:
        """Id of the key that signs now."""
        return self._current().signing_kid

    def sign_statement(self, statement: Statement) -> str:
        """As `StatementKeySigner.sign_statement`."""
        return self._current().sign_statement(statement)

    def sign_list(self, credential: bytes) -> str:
        """As `StatementKeySigner.sign_list`."""
        return self._current().sign_list(credential)


def opened(token: str, key: StatementKey) -> bytes | None:
    """What a statement says if this key signed it, else None."""
    return _opened(token, key) if _header(token) == {"alg": ALGORITHM} else None


def said_by(token: str) -> bytes:
    """What a statement says, whoever signed it. Raises Malformed (`statement.unreadable`)."""
    try:
        return urlsafe_b64decode(token.split(".")[1].encode("ascii"))
    except (ValueError, IndexError) as error:
        raise Malformed("statement.unreadable", N_("The statement cannot be read.")) from error


def read_list(token: bytes, platform: str, number: int, keys: Iterable[StatementKey]) -> StatusList:
    """List `number` of a platform, if one of its keys that was in force when the list was made signed it.

    Raises:
        Malformed: `status.unreadable`; Untrusted: `status.not_signed`.
    """
    compact = token.decode("ascii", "replace").strip() if len(token) <= LARGEST_LIST else ""
    header = _header(compact)
    for key in keys:
        if header != {"alg": ALGORITHM, "kid": key.kid, "typ": LIST_TYPE}:
            continue
        content = _opened(compact, key)
        if content is None:
            break
        found = status.read(content, platform, number)
        if _in_force(key, found.as_of):
            return found
    raise Untrusted(
        "status.not_signed",
        N_("The list of revoked documents of platform {platform} is not signed by it."),
        platform=platform,
    )


def _in_force(key: StatementKey, moment: datetime) -> bool:
    return key.not_before <= moment < key.not_after


def _opened(token: str, key: StatementKey) -> bytes | None:
    try:
        public = ECKey.import_key({name: key.jwk[name] for name in _PUBLIC})
        return jws.deserialize_compact(token, public, registry=_RULES).payload
    except _UNREADABLE:
        return None


def _header(token: str) -> object:
    try:
        return json.loads(urlsafe_b64decode(token.partition(".")[0][:1024].encode("ascii")))
    except (ValueError, RecursionError):
        return None
