"""Logging in and out, and proving who one is."""
