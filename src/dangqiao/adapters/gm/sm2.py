"""SM2 by the system's libcrypto: signatures over SM3 (GB/T 32918.2-2016, GM/T 0009-2012), encryption of short secrets
(GB/T 32918.4-2016).

Two traps, both closed here: OpenSSL's default distinguishing identifier is not the one that GM/T 0009 §10 prescribes
for everybody, so it is always given; and a signature is taken only in strict DER, because other encodings of the same
two numbers would let a sealed file be changed unseen.
"""

import ctypes
import weakref
from collections.abc import Callable
from typing import Self

from dangqiao.adapters.asn1 import der_end
from dangqiao.adapters.der import integer, sequence
from dangqiao.adapters.gm.libcrypto import libcrypto
from dangqiao.core.errors import N_, Unavailable

DISTINGUISHING_ID = b"1234567812345678"
"""GM/T 0009-2012 §10: what stands for the signer's identity where nothing else is agreed."""

PLAIN_SIZE = 64
"""Octets of a signature as r and s, 32 each."""
_POINT_SIZE = 65
_PUBLIC_KEY = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
"""What stands before the point in the SubjectPublicKeyInfo of every SM2 key (GM/T 0015-2012)."""


class PublicKey:
    """An SM2 public key.

    Args:
        der: SubjectPublicKeyInfo.

    Raises:
        ValueError: it is not an SM2 key.
    """

    def __init__(self, der: bytes) -> None:
        self._key = _Key("d2i_PUBKEY", der)

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether `signature`, strict DER, is this key's over `data`."""
        with _Context(self._key) as context:
            library = libcrypto()
            good = library.EVP_DigestVerifyInit(context, None, library.EVP_sm3(), None, self._key.pointer) == 1
            good = good and library.EVP_DigestVerify(context, signature, len(signature), data, len(data)) == 1
            library.ERR_clear_error()
            return bool(good)

    def verify_plain(self, signature: bytes, data: bytes) -> bool:
        """Whether `signature`, r and s of 32 octets each, is this key's over `data`."""
        if len(signature) != PLAIN_SIZE:
            return False
        r, s = (int.from_bytes(half) for half in (signature[:32], signature[32:]))
        return self.verify(sequence(integer(r), integer(s)), data)

    def point(self) -> bytes:
        """The uncompressed point, 65 octets."""
        return _encoded(lambda out: libcrypto().i2d_PUBKEY(self._key.pointer, out))[-_POINT_SIZE:]

    def encrypt(self, secret: bytes) -> bytes:
        """SM2 public key encryption of a short secret: SM2Cipher in DER (GM/T 0009-2012 §7.2, GB/T 35276-2017)."""
        return _crypted("encrypt", self._key, secret)


class PrivateKey:
    """An SM2 private key in memory; see `generate`.

    Args:
        der: PKCS #8 PrivateKeyInfo, not encrypted.

    Raises:
        ValueError: it is not an SM2 key.
    """

    def __init__(self, der: bytes) -> None:
        self._key = _Key("d2i_AutoPrivateKey", der)

    @classmethod
    def generate(cls) -> Self:
        """A new key from the library's random numbers."""
        library = libcrypto()
        context = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
        pointer = ctypes.c_void_p()
        try:
            _must(library.EVP_PKEY_keygen_init(context))
            _must(library.EVP_PKEY_generate(context, ctypes.byref(pointer)))
            key = cls.__new__(cls)
            key._key = _Key.owning(pointer)
            return key
        finally:
            library.EVP_PKEY_CTX_free(context)

    def der(self) -> bytes:
        """PKCS #8 PrivateKeyInfo, not encrypted: keep it where only its owner can read."""
        library = libcrypto()
        info = library.EVP_PKEY2PKCS8(self._key.pointer)
        _must(bool(info))
        try:
            return _encoded(lambda out: library.i2d_PKCS8_PRIV_KEY_INFO(info, out))
        finally:
            library.PKCS8_PRIV_KEY_INFO_free(info)

    def public_der(self) -> bytes:
        """SubjectPublicKeyInfo."""
        return _encoded(lambda out: libcrypto().i2d_PUBKEY(self._key.pointer, out))

    def point(self) -> bytes:
        """Its public half: the uncompressed point, 65 octets."""
        return self.public_der()[-_POINT_SIZE:]

    def sign_plain(self, data: bytes) -> bytes:
        """As `sign`: r and s, 32 octets each."""
        der = self.sign(data)  # libcrypto's own: lengths are short and in one octet
        s_at = 4 + der[3]
        return b"".join(int.from_bytes(part).to_bytes(32) for part in (der[4:s_at], der[s_at + 2 :]))

    def decrypt(self, encrypted: bytes) -> bytes:
        """The secret that was encrypted for this key. Raises ValueError: also for octets after the DER, which libcrypto
        would pass over, so that one sealed message has one form."""
        if der_end(encrypted) != len(encrypted):
            raise ValueError("not encrypted for this SM2 key")
        return _crypted("decrypt", self._key, encrypted)

    def sign(self, data: bytes) -> bytes:
        """SM2 with SM3 over `data`: SEQUENCE of two INTEGERs, DER (GM/T 0009-2012 §7.3)."""
        library = libcrypto()
        with _Context(self._key) as context:
            _must(library.EVP_DigestSignInit(context, None, library.EVP_sm3(), None, self._key.pointer))
            size = ctypes.c_size_t(80)  # two 33-octet integers and their headers need 72
            signature = ctypes.create_string_buffer(size.value)
            _must(library.EVP_DigestSign(context, signature, ctypes.byref(size), data, len(data)))
            return signature.raw[: size.value]


class _Key:
    """An EVP_PKEY that is freed with this object. It is never changed, so threads may share it."""

    def __init__(self, reader: str, der: bytes) -> None:
        library = libcrypto()
        source = ctypes.create_string_buffer(der, len(der))
        start = ctypes.c_void_p(ctypes.addressof(source))
        self._own(ctypes.c_void_p(getattr(library, reader)(None, ctypes.byref(start), len(der))))
        consumed = (start.value or 0) - ctypes.addressof(source)
        sound = self.pointer and consumed == len(der) and library.EVP_PKEY_is_a(self.pointer, b"SM2")
        library.ERR_clear_error()
        if not sound:
            raise ValueError("not an SM2 key")

    @classmethod
    def owning(cls, pointer: ctypes.c_void_p) -> Self:
        key = cls.__new__(cls)
        key._own(pointer)
        return key

    def _own(self, pointer: ctypes.c_void_p) -> None:
        self.pointer = pointer
        weakref.finalize(self, libcrypto().EVP_PKEY_free, pointer)


class _Context:
    """An EVP_MD_CTX for one signature, with the distinguishing identifier set."""

    def __init__(self, key: _Key) -> None:
        self._key = key

    def __enter__(self) -> ctypes.c_void_p:
        library = libcrypto()
        self._digest = ctypes.c_void_p(library.EVP_MD_CTX_new())
        self._pkey = ctypes.c_void_p(library.EVP_PKEY_CTX_new_from_pkey(None, self._key.pointer, None))
        _must(library.EVP_PKEY_CTX_set1_id(self._pkey, DISTINGUISHING_ID, len(DISTINGUISHING_ID)))
        library.EVP_MD_CTX_set_pkey_ctx(self._digest, self._pkey)
        return self._digest

    def __exit__(self, *_: object) -> None:
        libcrypto().EVP_MD_CTX_free(self._digest)
        libcrypto().EVP_PKEY_CTX_free(self._pkey)


def of_point(x: bytes, y: bytes) -> PublicKey:
    """The public key with these coordinates, 32 octets each. Raises ValueError: not a point of the curve."""
    if (len(x), len(y)) != (32, 32):
        raise ValueError("not an SM2 key")
    return PublicKey(_PUBLIC_KEY + b"\x04" + x + y)


def _crypted(act: str, key: _Key, data: bytes) -> bytes:
    library, size = libcrypto(), ctypes.c_size_t()
    context = ctypes.c_void_p(library.EVP_PKEY_CTX_new_from_pkey(None, key.pointer, None))
    begin, work = getattr(library, f"EVP_PKEY_{act}_init"), getattr(library, f"EVP_PKEY_{act}")
    try:
        done = begin(context) == 1 and work(context, None, ctypes.byref(size), data, len(data)) == 1
        out = ctypes.create_string_buffer(max(size.value, 1))
        if not done or work(context, out, ctypes.byref(size), data, len(data)) != 1:
            raise ValueError("not encrypted for this SM2 key")
        return out.raw[: size.value]
    finally:
        library.ERR_clear_error()
        library.EVP_PKEY_CTX_free(context)


def _encoded(write: Callable[[object], int]) -> bytes:
    """What an `i2d_` function writes into memory of its own."""
    out = ctypes.c_void_p()
    size = write(ctypes.byref(out))
    _must(size > 0)
    try:
        return ctypes.string_at(out, size)
    finally:
        libcrypto().CRYPTO_free(out, None, 0)


def _must(done: int) -> None:
    if done <= 0:
        libcrypto().ERR_clear_error()
        raise Unavailable("gm.library_failed", N_("The system library for SM2 did not do its work."))
