"""Pages of an acceptance point."""
