"""The command dangqiao."""
