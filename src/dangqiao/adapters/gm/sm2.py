"""SM2 signatures over SM3 (GB/T 32918.2-2016, GM/T 0009-2012) by the system's libcrypto.

Two traps, both closed here: OpenSSL's default distinguishing identifier is not the one that GM/T 0009 §10 prescribes
for everybody, so it is always given; and a signature is taken only in strict DER, because other encodings of the same
two numbers would let a sealed file be changed unseen.
"""

import ctypes
import weakref
from collections.abc import Callable
from typing import Self

from dangqiao.adapters.gm.libcrypto import libcrypto
from dangqiao.core.errors import N_, Unavailable

DISTINGUISHING_ID = b"1234567812345678"
"""GM/T 0009-2012 §10: what stands for the signer's identity where nothing else is agreed."""


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
