"""TEST KEYS: everybody knows them. Made from fixed seeds, so that the examples in docs/protocol never change."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dangqiao.adapters.jose import JoseCipher, listed_key


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signing_pem(seed):
    return pem(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def opening_pem(seed):
    return pem(X25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


SEEDS = {"310000": 1, "340000": 2, "320000": 3}
"""Platform -> seed. The sealing key has the seed + 100."""


class Keys:
    """A `KeyDirectory` of the test members."""

    def __init__(self, members=SEEDS):
        self.signing = {}
        self.sealing = {}
        for member, seed in members.items():
            key = listed_key(member, signing_pem(seed))
            self.signing[key.kid] = key
            self.sealing[member] = listed_key(member, opening_pem(seed + 100))

    def signing_key(self, kid):
        return self.signing.get(kid)

    def sealing_key(self, member):
        return self.sealing.get(member)


def cipher_of(member):
    seed = SEEDS[member]
    return JoseCipher(signing_pem(seed), [opening_pem(seed + 100)])
