"""TEST KEYS: everybody knows them. Made from fixed seeds, so that the examples in docs/protocol never change."""

import base64
import json
from typing import Any

from asn1crypto import pem as armour
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dangqiao.adapters.der import integer, octets, sequence
from dangqiao.adapters.gm import PrivateKey
from dangqiao.adapters.jose import JoseCipher, listed_key
from dangqiao.core.vocabulary.suites import GM, INTL

SM2 = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
"""AlgorithmIdentifier of SM2 keys: id-ecPublicKey with the curve 1.2.156.10197.1.301."""


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def sm2_pem(seed):
    """The SM2 key whose number is 32 times the octet `seed`. libcrypto adds the public half."""
    bare = sequence(integer(0), SM2, octets(sequence(integer(1), octets(bytes([seed]) * 32))))
    return armour.armor("PRIVATE KEY", PrivateKey(bare).der())


def signing_pem(seed, suite=INTL):
    return sm2_pem(seed) if suite is GM else pem(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def opening_pem(seed, suite=INTL):
    return sm2_pem(seed) if suite is GM else pem(X25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


SEEDS = {"310000": 1, "340000": 2, "320000": 3}
"""Platform -> seed. The sealing key has the seed + 100."""


class Keys:
    """A `KeyDirectory` of the test members."""

    def __init__(self, members=SEEDS, suite=INTL):
        self.signing = {}
        self.sealing = {}
        for member, seed in members.items():
            key = listed_key(member, signing_pem(seed, suite), suite)
            self.signing[key.kid] = key
            self.sealing[member] = listed_key(member, opening_pem(seed + 100, suite), suite)

    def signing_key(self, kid):
        return self.signing.get(kid)

    def sealing_key(self, member):
        return self.sealing.get(member)


def cipher_of(member, suite=INTL):
    seed = SEEDS[member]
    return JoseCipher(signing_pem(seed, suite), [opening_pem(seed + 100, suite)], suite)


def b64(raw: bytes) -> str:
    """Base64url without padding, written by hand: what the tests read must not be read by what they test."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The octets again."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def header_of(compact: str) -> Any:
    """The protected header of a compact object."""
    return json.loads(unb64(compact.partition(".")[0]))
