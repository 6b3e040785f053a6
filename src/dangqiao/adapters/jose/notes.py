"""Ed25519 for signed notes: the ledger's checkpoints and the other members' co-signatures."""

from base64 import urlsafe_b64decode
from collections.abc import Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from dangqiao.core.federation.ports import MemberKey
from dangqiao.core.federation.refusals import refuse
from dangqiao.core.ledger.checkpoint import ED25519, key_id


class Ed25519NoteVerifier:
    """A log's or witness's public key.

    Args:
        name: the name in the signature line; for a log, its origin.
        public: the 32 bytes of the key.
        kind: `ED25519` for a log, `COSIGNATURE` for a witness.
    """

    def __init__(self, name: str, public: bytes, kind: int = ED25519) -> None:
        self.name, self.public, self.key_id = name, public, key_id(name, kind, public)
        self._key = Ed25519PublicKey.from_public_bytes(public)

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether the signature holds."""
        try:
            self._key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


def verifiers_of(name: str, keys: Iterable[MemberKey], kind: int = ED25519) -> tuple[Ed25519NoteVerifier, ...]:
    """Who verifies what `name` signs with any of these listed keys; those that are no Ed25519 keys are left out."""
    raw = (urlsafe_b64decode(key.jwk["x"] + "=" * (-len(key.jwk["x"]) % 4)) for key in keys if _is_ed25519(key))
    return tuple(Ed25519NoteVerifier(name, public, kind) for public in raw if len(public) == 32)


def _is_ed25519(key: MemberKey) -> bool:
    return key.jwk.get("crv") == "Ed25519" and "x" in key.jwk


class Ed25519NoteSigner(Ed25519NoteVerifier):
    """Its private half, from PEM. Raises exchange.own_key_unusable."""

    def __init__(self, name: str, pem: bytes, kind: int = ED25519) -> None:
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError) as error:
            raise refuse("exchange.own_key_unusable", kid=name, what=type(error).__name__) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise refuse("exchange.own_key_unusable", kid=name, what="not a private Ed25519 key")
        super().__init__(name, key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), kind)
        self._private = key

    def sign(self, data: bytes) -> bytes:
        """64 bytes (RFC 8032)."""
        return self._private.sign(data)
