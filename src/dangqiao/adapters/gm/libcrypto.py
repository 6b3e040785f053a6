"""The few functions of the system's libcrypto (OpenSSL ≥ 3.0) that SM2 needs, by ctypes; `cryptography` has no SM2.

Nothing is loaded before `libcrypto()` is called, so that a machine without SM2 does everything else.
"""

import ctypes
import ctypes.util
from collections.abc import Sequence
from ctypes import CDLL, c_char_p, c_int, c_long, c_size_t, c_ulong, c_void_p
from functools import cache

from dangqiao.core.errors import N_, Misconfigured

NAMES = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll")
_P = c_void_p

_FUNCTIONS: dict[str, tuple[object, Sequence[object]]] = {
    "OpenSSL_version_num": (c_ulong, ()),
    "CRYPTO_free": (None, (_P, c_char_p, c_int)),
    "EVP_sm3": (_P, ()),
    "EVP_PKEY_free": (None, (_P,)),
    "EVP_PKEY_is_a": (c_int, (_P, c_char_p)),
    "EVP_PKEY_CTX_new_from_name": (_P, (_P, c_char_p, c_char_p)),
    "EVP_PKEY_CTX_new_from_pkey": (_P, (_P, _P, c_char_p)),
    "EVP_PKEY_CTX_free": (None, (_P,)),
    "EVP_PKEY_CTX_set1_id": (c_int, (_P, c_char_p, c_size_t)),
    "EVP_PKEY_keygen_init": (c_int, (_P,)),
    "EVP_PKEY_generate": (c_int, (_P, _P)),
    "EVP_PKEY2PKCS8": (_P, (_P,)),
    "PKCS8_PRIV_KEY_INFO_free": (None, (_P,)),
    "i2d_PKCS8_PRIV_KEY_INFO": (c_int, (_P, _P)),
    "i2d_PUBKEY": (c_int, (_P, _P)),
    "d2i_AutoPrivateKey": (_P, (_P, _P, c_long)),
    "d2i_PUBKEY": (_P, (_P, _P, c_long)),
    "EVP_PKEY_encrypt_init": (c_int, (_P,)),
    "EVP_PKEY_encrypt": (c_int, (_P, c_char_p, _P, c_char_p, c_size_t)),
    "EVP_PKEY_decrypt_init": (c_int, (_P,)),
    "EVP_PKEY_decrypt": (c_int, (_P, c_char_p, _P, c_char_p, c_size_t)),
    "EVP_MD_CTX_new": (_P, ()),
    "EVP_MD_CTX_free": (None, (_P,)),
    "EVP_MD_CTX_set_pkey_ctx": (None, (_P, _P)),
    "EVP_DigestSignInit": (c_int, (_P, _P, _P, _P, _P)),
    "EVP_DigestSign": (c_int, (_P, c_char_p, _P, c_char_p, c_size_t)),
    "EVP_DigestVerifyInit": (c_int, (_P, _P, _P, _P, _P)),
    "EVP_DigestVerify": (c_int, (_P, c_char_p, c_size_t, c_char_p, c_size_t)),
    "ERR_clear_error": (None, ()),
}


@cache
def libcrypto() -> CDLL:
    """The library, its functions declared.

    Raises:
        Misconfigured: `gm.library_missing`, there is none, it is too old, or it was built without SM2 and SM3.
    """
    for name in (*NAMES, ctypes.util.find_library("crypto")):
        try:
            if name and _usable(library := CDLL(name)):
                return library
        except (OSError, AttributeError):  # not there; or a function is not in it
            continue
    raise Misconfigured(
        "gm.library_missing",
        N_("SM2 needs the system library libcrypto of OpenSSL 3.0 or newer, with SM2; none was found."),
        N_("Install the package libssl3 (Debian) or openssl-libs, or leave OFD sealing and the suite gm switched off."),
    )


def _usable(library: CDLL) -> bool:
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    context = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    usable = bool(library.OpenSSL_version_num() >= 0x30000000 and context and library.EVP_sm3())
    library.EVP_PKEY_CTX_free(context)
    library.ERR_clear_error()
    return usable
