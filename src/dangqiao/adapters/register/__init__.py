"""Checking that a name and an identity number belong together."""
