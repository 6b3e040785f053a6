"""Settings of a node, made from its dangqiao.toml. Imported by nothing."""
