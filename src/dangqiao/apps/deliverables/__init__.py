"""Copies, extracts, certificates and notices: issued, sealed, registered, delivered."""
