"""Time-stamp authorities (RFC 3161) behind `core.sealing.ports.TimeStamper`."""

from dangqiao.adapters.timestamp.http import HttpTimeStamper
from dangqiao.adapters.timestamp.local import LocalTimeStamper

__all__ = ["HttpTimeStamper", "LocalTimeStamper"]
