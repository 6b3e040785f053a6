"""Signed statements in square patterns and lists of revoked documents: signing, opening, keeping and fetching them."""

from dangqiao.adapters.status.fetching import fetch_list
from dangqiao.adapters.status.folder import StatusFolder
from dangqiao.adapters.status.signing import StatementKeySigner, opened, read_list, said_by

__all__ = ["StatementKeySigner", "StatusFolder", "fetch_list", "opened", "read_list", "said_by"]
