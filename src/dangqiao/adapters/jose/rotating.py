"""The node's cipher while its keys change: made anew whenever the key files or the directory are new."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from dangqiao.adapters.jose.cipher import JoseCipher
from dangqiao.adapters.jose.notes import KeySigner, KeyVerifier
from dangqiao.core.federation.ports import KeyDirectory, Kind, MemberKey, Signed
from dangqiao.core.vocabulary.suites import Suite

T = TypeVar("T")


class Renewed(Generic[T]):
    """A value that is made again when its stamp changes.

    Args:
        stamp: cheap; differs when the value would.
        make: makes it.
    """

    def __init__(self, stamp: Callable[[], object], make: Callable[[], T]) -> None:
        self._stamp, self._make = stamp, make
        self._known: tuple[object, T] | None = None
        self._lock = Lock()

    def __call__(self) -> T:
        """The value as of now."""
        stamp, known = self._stamp(), self._known
        if known is None or known[0] != stamp:
            with self._lock:
                known = self._known
                if known is None or known[0] != stamp:
                    known = self._known = (stamp, self._make())
        return known[1]


class RotatingCipher:
    """`core.federation.ports.EnvelopeCipher` by the keys of now; a process need not start anew when they change."""

    def __init__(self, current: Callable[[], JoseCipher]) -> None:
        self._current = current

    @property
    def signing_kid(self) -> str:
        """Id of the key that signs now."""
        return self._current().signing_kid

    def sign(self, content: bytes, kind: Kind) -> str:
        """As `JoseCipher.sign`."""
        return self._current().sign(content, kind)

    def verify(self, token: str | bytes, kind: Kind, keys: KeyDirectory) -> Signed:
        """As `JoseCipher.verify`."""
        return self._current().verify(token, kind, keys)

    def seal(self, token: str, key: MemberKey) -> bytes:
        """As `JoseCipher.seal`."""
        return self._current().seal(token, key)

    def open(self, sealed: bytes, keys: KeyDirectory) -> Signed:
        """As `JoseCipher.open`."""
        return self._current().open(sealed, keys)

    def signer_of(self, token: str) -> str:
        """As `JoseCipher.signer_of`."""
        return self._current().signer_of(token)


class RotatingNoteSigner:
    """`core.ledger.checkpoint.NoteSigner` by the key of now, with all keys that older notes may carry.

    Args:
        current: the signing key of now first, then the former ones.
    """

    def __init__(self, name: str, suite: Suite, current: Callable[[], tuple[KeySigner, ...]]) -> None:
        self.name, self.suite, self._current = name, str(suite.name), current

    @property
    def key_id(self) -> bytes:
        """Of the key of now."""
        return self._current()[0].key_id

    @property
    def verifiers(self) -> tuple[KeyVerifier, ...]:
        """All own keys, the present one first."""
        return self._current()

    def sign(self, data: bytes) -> bytes:
        """As `KeySigner.sign`."""
        return self._current()[0].sign(data)

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether the signature is by the key of now."""
        return self._current()[0].verify(data, signature)
