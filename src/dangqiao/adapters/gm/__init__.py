"""The Chinese commercial algorithms: SM2, SM3 and SM4, certificates that use them, and the seals kept with such keys.

SM2 comes from the system's libcrypto (`libcrypto.py`); without it `gm.library_missing` is raised where SM2 is first
used, and everything else works.
"""

from dangqiao.adapters.gm.sm2 import PrivateKey, PublicKey
from dangqiao.adapters.gm.sm3 import sm3

__all__ = ["PrivateKey", "PublicKey", "sm3"]
