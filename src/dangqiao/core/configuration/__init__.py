"""The schema of dangqiao.toml."""
