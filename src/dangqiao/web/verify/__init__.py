"""Anybody checks a document here."""
