"""Signatures under notes: the ledger's checkpoints and the other members' co-signatures, in the federation's suite."""

from collections.abc import Iterable, Mapping

from dangqiao.adapters.jose.algorithms import ALGORITHMS
from dangqiao.core.federation.listing import KeyUse
from dangqiao.core.federation.ports import MemberKey
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.ledger.checkpoint import key_id
from dangqiao.core.vocabulary.suites import INTL, SUITES, Suite


class KeyVerifier:
    """A log's or witness's public key. Satisfies `core.ledger.checkpoint.NoteVerifier`.

    Args:
        name: the name in the signature line; for a log, its origin.
        as_witness: whether it signs under others' checkpoints.

    Raises ValueError: not a signing key of the suite.
    """

    def __init__(self, name: str, jwk: Mapping[str, str], suite: Suite, *, as_witness: bool = False) -> None:
        self._algorithms, self.jwk = ALGORITHMS[suite.name], jwk
        self._public = self._algorithms.public(jwk, KeyUse.SIGNING)
        if self._public is None:
            raise ValueError(f"not a signing key of the suite {suite.name}")
        self.name, self.suite = name, str(suite.name)
        self.key_id = key_id(suite, name, self._algorithms.octets(jwk), as_witness=as_witness)

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether the signature holds."""
        return self._algorithms.verify_plain(data, signature, self._public)


def verifiers_of(name: str, keys: Iterable[MemberKey], *, as_witness: bool = False) -> tuple[KeyVerifier, ...]:
    """Who verifies what `name` signs with any of these listed keys; those that are no signing keys are left out."""
    usable = (key for key in keys if key.suite in ALGORITHMS)
    signing = (key for key in usable if ALGORITHMS[key.suite].public(key.jwk, KeyUse.SIGNING) is not None)
    return tuple(KeyVerifier(name, key.jwk, SUITES[key.suite], as_witness=as_witness) for key in signing)


class KeySigner(KeyVerifier):
    """Its private half, from PEM. Satisfies `core.ledger.checkpoint.NoteSigner`. Raises exchange.own_key_unusable."""

    def __init__(self, name: str, pem: bytes, suite: Suite = INTL, *, as_witness: bool = False) -> None:
        algorithms = ALGORITHMS[suite.name]
        try:
            self._private = algorithms.private(pem, KeyUse.SIGNING)
            super().__init__(name, algorithms.jwk(pem), suite, as_witness=as_witness)
        except ValueError as error:
            raise refuse("exchange.own_key_unusable", kid=name, what=str(error)[:100]) from None

    def sign(self, data: bytes) -> bytes:
        """64 octets: Ed25519 (RFC 8032), or r and s of SM2 (GB/T 32918.2)."""
        return self._algorithms.sign_plain(data, self._private)
