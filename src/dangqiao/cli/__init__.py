"""The command dangqiao. Only translates."""
