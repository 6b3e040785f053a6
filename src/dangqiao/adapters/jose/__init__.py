"""Signing and sealing of messages by JOSE (joserfc), and signatures under the ledger's checkpoints."""

from dangqiao.adapters.jose.cipher import JoseCipher
from dangqiao.adapters.jose.keys import listed_key
from dangqiao.adapters.jose.notes import KeySigner, KeyVerifier

__all__ = [
    "JoseCipher",
    "KeySigner",
    "KeyVerifier",
    "listed_key",
]
