"""Candidate indexes."""
