"""The digest SM3 (GB/T 32905-2016), 256 bits. `hashlib` has it only where Python's own OpenSSL does."""

from cryptography.hazmat.primitives.hashes import SM3, Hash

OID_SM3 = "1.2.156.10197.1.401"
"""GB/T 33560-2017, as are the two below."""
OID_SM2_WITH_SM3 = "1.2.156.10197.1.501"
OID_SM2_CURVE = "1.2.156.10197.1.301"


def sm3(data: bytes) -> bytes:
    """The digest of `data`, 32 octets."""
    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize()
