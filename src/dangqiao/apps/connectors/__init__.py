"""Answering from, and keeping in step with, platforms that exist already."""
