"""Typesetting with typst, signing and checking PDF with pyHanko."""
