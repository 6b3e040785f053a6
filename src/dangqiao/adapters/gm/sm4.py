"""SM4-GCM (GB/T 32907-2016 in the mode of RFC 8998 §3: key 16 octets, nonce 12, tag 16)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

KEY_SIZE, VECTOR_SIZE, TAG_SIZE = 16, 12, 16


def encrypt(key: bytes, vector: bytes, text: bytes, associated: bytes) -> tuple[bytes, bytes]:
    """Ciphertext and tag. A vector is never used twice with one key."""
    cipher = Cipher(SM4(key), GCM(vector)).encryptor()
    cipher.authenticate_additional_data(associated)
    return cipher.update(text) + cipher.finalize(), cipher.tag


def decrypt(key: bytes, vector: bytes, text: bytes, tag: bytes, associated: bytes) -> bytes:
    """The plaintext. Raises ValueError: a wrong length, or the tag does not hold."""
    if (len(key), len(vector), len(tag)) != (KEY_SIZE, VECTOR_SIZE, TAG_SIZE):
        raise ValueError("not SM4-GCM")
    cipher = Cipher(SM4(key), GCM(vector, tag)).decryptor()
    cipher.authenticate_additional_data(associated)
    try:
        return cipher.update(text) + cipher.finalize()
    except InvalidTag:
        raise ValueError("the tag does not hold") from None
