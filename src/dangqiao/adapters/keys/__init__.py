"""A node's keys. `files.SoftKeyStore` keeps them in a folder; hardware stands behind the same Protocol."""

from dangqiao.adapters.keys.files import KeyPurpose, SoftKeyStore, SoftSeal

__all__ = ["KeyPurpose", "SoftKeyStore", "SoftSeal"]
