"""The Merkle log of evidence (RFC 9162 hashing)."""
