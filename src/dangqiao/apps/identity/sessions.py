"""Sessions in the database, encrypted: drafts of applications hold names and identity numbers."""

import json
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

from dangqiao.apps.fields import cipher
from dangqiao.core.errors import DangqiaoError


class SessionStore(DatabaseSessionStore):
    """Django's sessions, with the node's field cipher instead of a signature."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        """What the database holds."""
        return cipher().encrypt(json.dumps(session_dict, ensure_ascii=False, separators=(",", ":")))

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """The session again; an empty one if it was altered or its key is gone: then people log in anew."""
        try:
            found = json.loads(cipher().decrypt(str(session_data)))
        except (DangqiaoError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
