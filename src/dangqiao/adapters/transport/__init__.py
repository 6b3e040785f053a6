"""Carrying sealed messages and objects between nodes."""

from dangqiao.adapters.transport.http import HttpTransport, NodeClient

__all__ = ["HttpTransport", "NodeClient"]
