"""The schema of dangqiao.toml."""

from dangqiao.core.configuration.schema import Configuration, parse

__all__ = ["Configuration", "parse"]
