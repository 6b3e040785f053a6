"""The catalogue: what the archives of this node hold."""
