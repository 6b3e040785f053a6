"""Keys in generations, so that they change without anybody noticing.

message-signing.pem, message-signing.2.pem, …        the first, the second, … key that signs messages
message-encryption.pem, message-encryption.2.pem, …  likewise of those that others seal to
statement.pem, statement.2.pem, …                    likewise of those that sign statements on paper and lists
….revoked                                            beside a key: since when nothing signed with it counts

A new key is announced in the directory beside the old one. The node signs with it once its own directory lists it;
others seal to it as soon as theirs does. The old one stays good for `OVERLAP`: longer than any message lives.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dangqiao.adapters.jose.algorithms import ALGORITHMS
from dangqiao.adapters.jose.keys import listed_key
from dangqiao.adapters.keys.secret_files import create, read
from dangqiao.adapters.status.signing import statement_key
from dangqiao.core.errors import N_, Conflict, Misconfigured, NotThere
from dangqiao.core.federation.listing import KeyUse, MessageKey
from dangqiao.core.federation.ports import MemberKey
from dangqiao.core.vocabulary.suites import INTL, SUITES, Suite

LIFE = timedelta(days=5 * 365)
"""After which a key must have been replaced."""
OVERLAP = timedelta(days=60)
"""How long a key stays good after the next one was made: the longest life of a message, and as long again."""
KNOWN_BY_ALL = timedelta(days=1)
"""How old a statement key is before it signs: whoever reads a paper with an older directory, a phone without network
too, would call the statement forged."""


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One generation of a key of this node, private half included."""

    pem: bytes
    listed: MessageKey
    path: Path
    made: datetime

    @property
    def good(self) -> bool:
        """Whether it was not revoked."""
        return self.listed.revoked_at is None


@dataclass(frozen=True, slots=True)
class Kind:
    """What a key is for.

    Attributes:
        name: of its files, without ending and number.
        make: a new one, PKCS #8 PEM.
        listed: (platform, private PEM) → how the directory lists it. Raises ValueError.
        early: how long before it was made it counts already. A statement has a day, not a time.
    """

    name: str
    use: KeyUse
    make: Callable[[], bytes]
    listed: Callable[[str, bytes], MemberKey]
    early: timedelta = timedelta(0)


def message_kinds(suite: Suite) -> tuple[Kind, Kind]:
    """The keys of messages in a federation of this suite."""
    make = ALGORITHMS[suite.name].generate
    return (
        Kind("message-signing", KeyUse.SIGNING, partial(make, KeyUse.SIGNING), partial(listed_key, suite=suite)),
        Kind(
            "message-encryption", KeyUse.ENCRYPTION, partial(make, KeyUse.ENCRYPTION), partial(listed_key, suite=suite)
        ),
    )


def _p256() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _listed_statement(platform: str, pem: bytes) -> MemberKey:
    key = serialization.load_pem_private_key(pem, None).public_key()
    public = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return statement_key(platform, public)


STATEMENT = Kind("statement", KeyUse.SIGNING, _p256, _listed_statement, early=timedelta(hours=1))


class Generations:
    """All keys of one kind in a folder of secrets.

    Args:
        folder: where they are.
        platform: whose they are.
        kind: what they are for.
    """

    def __init__(self, folder: Path, platform: str, kind: Kind) -> None:
        self._folder, self._platform, self._kind = folder, platform, kind

    def own(self) -> tuple[OwnKey, ...]:
        """The newest first; the first is made where there is none."""
        first = self._path(1)
        if read(first) is None:
            create(first, self._kind.make())
        paths = [first]
        while self._path(len(paths) + 1).exists():
            paths.append(self._path(len(paths) + 1))
        made = [_made(path) for path in paths]
        ends = [min(start + LIFE, next_one + OVERLAP) for start, next_one in pairwise(made)]
        keys = zip(paths, made, [*ends, made[-1] + LIFE], strict=True)
        return tuple(self._own(*one) for one in keys)[::-1]

    def listed(self, now: datetime) -> tuple[MessageKey, ...]:
        """As the directory lists them, the newest first: all, because old messages and old paper carry old signatures.

        A file whose time lies in the future counts from `now`.
        """
        keys = (one.listed for one in self.own())
        return tuple(replace(key, not_before=min(key.not_before, now)) for key in keys)

    def rotate(self, now: datetime) -> MessageKey:
        """Makes the next generation; what the directory must list of it.

        Raises Conflict (`keys.rotated_lately`): the last one is younger than the overlap.
        """
        before = self.own()
        youngest = before[0]
        if len(before) > 1 and youngest.good and now - youngest.made < OVERLAP:
            raise Conflict(
                "keys.rotated_lately",
                N_("The newest key was made on {day}; the one before it may still be needed."),
                N_("Wait until {until}, or revoke the newest key if it is lost."),
                day=f"{youngest.made:%Y-%m-%d}",
                until=f"{youngest.made + OVERLAP:%Y-%m-%d}",
            )
        path = self._path(len(before) + 1)
        create(path, self._kind.make())
        os.utime(path, (now.timestamp(), now.timestamp()))
        return self.own()[0].listed

    def signing(self, known: Iterable[str]) -> OwnKey:
        """The key to sign with: the newest that is not revoked and whose id is among `known`, those that the directory
        lists; where it lists none, the oldest that is not revoked.

        Raises NotThere (`keys.all_revoked`).
        """
        good = [one for one in self.own() if one.good]
        if not good:
            raise NotThere(
                "keys.all_revoked",
                N_("All keys that this node could sign with are revoked."),
                N_("Make new ones: dangqiao directory rotate"),
            )
        known = set(known)
        return next((one for one in good if one.listed.kid in known), good[-1])

    def _path(self, number: int) -> Path:
        return self._folder / (f"{self._kind.name}.pem" if number == 1 else f"{self._kind.name}.{number}.pem")

    def _own(self, path: Path, made: datetime, ends: datetime) -> OwnKey:
        pem = read(path) or b""
        try:
            listed = self._kind.listed(self._platform, pem)
        except ValueError as error:
            raise Misconfigured(
                "keys.other_suite",
                N_("The key file {name} is not of the algorithm suite that dangqiao.toml names."),
                N_("A federation keeps its suite: name the one the keys were made for, or begin with a new node."),
                name=path.name,
            ) from error
        marker = read(_marker(path))
        revoked_at = datetime.fromisoformat(marker.decode().strip()) if marker else None
        begins = made - self._kind.early
        key = MessageKey(listed.kid, self._kind.use, SUITES[listed.suite].name, listed.jwk, begins, ends, revoked_at)
        return OwnKey(pem, key, path, made)


class MessageKeys:
    """The message keys in a folder of secrets: one series signs, others seal to the second. They change together.

    Args:
        folder: where they are.
        platform: whose they are.
        suite: of the federation.
    """

    def __init__(self, folder: Path, platform: str, suite: Suite = INTL) -> None:
        self._series = {kind.use: Generations(folder, platform, kind) for kind in message_kinds(suite)}

    def own(self, use: KeyUse) -> tuple[OwnKey, ...]:
        """All generations of one use, the newest first."""
        return self._series[use].own()

    def listed(self, now: datetime) -> tuple[MessageKey, ...]:
        """As the directory lists them; see `Generations.listed`."""
        return tuple(key for series in self._series.values() for key in series.listed(now))

    def signing(self, known: Iterable[str]) -> OwnKey:
        """The key to sign messages with; see `Generations.signing`."""
        return self._series[KeyUse.SIGNING].signing(known)

    def rotate(self, now: datetime) -> tuple[MessageKey, ...]:
        """Makes the next generation of both; raises as `Generations.rotate`."""
        return tuple(series.rotate(now) for series in self._series.values())

    @property
    def series(self) -> tuple[Generations, ...]:
        """Both series."""
        return tuple(self._series.values())


class StatementKeys(Generations):
    """The keys in a folder of secrets that sign statements on paper and lists of revoked documents."""

    def __init__(self, folder: Path, platform: str) -> None:
        super().__init__(folder, platform, STATEMENT)

    def listed(self, now: datetime) -> tuple[MessageKey, ...]:
        """As the platform lists them. A verifier looks at the dates alone: a revoked key ends when it was revoked."""
        keys = super().listed(now)
        return tuple(
            replace(key, not_after=min(key.not_after, key.revoked_at), revoked_at=None) if key.revoked_at else key
            for key in keys
        )

    def now_signing(self, known: Iterable[str], now: datetime) -> OwnKey:
        """As `signing`, but a new key waits for `KNOWN_BY_ALL`, unless those before it are revoked."""
        own, known = self.own(), set(known)
        known_by_all = {one.listed.kid for one in own if now - one.made >= KNOWN_BY_ALL}
        older_are_good = any(one.good for one in own if one.listed.kid in known_by_all)
        return self.signing(known & known_by_all if older_are_good else known)


def revoke(series: Iterable[Generations], kid: str, now: datetime) -> MessageKey:
    """Declares a key lost or stolen since `now`; a new one must exist, or be made next.

    Raises NotThere (`keys.unknown`).
    """
    for one in series:
        for key in one.own():
            if key.listed.kid == kid:
                create(_marker(key.path), now.astimezone(UTC).replace(microsecond=0).isoformat().encode())
                return next(again.listed for again in one.own() if again.listed.kid == kid)
    raise NotThere("keys.unknown", N_("This node has no key {kid}."), kid=kid)


def _marker(path: Path) -> Path:
    return path.with_suffix(".revoked")


def _made(path: Path) -> datetime:
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
