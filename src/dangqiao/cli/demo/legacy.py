"""A provincial platform of the years around 2010, simulated: its own process, its own field names and codes, GB18030.

    GET  /api/hyda/list?gxsj=…&rows=…   what changed since a moment, oldest first
    POST /api/hyda/query                candidates by name or identity number (form)
    POST /api/cxsq                      a question for its own people; the same WBH twice is one question
    GET  /api/cxsq/…                    where that question stands

Records are a JSON file, a list of rows in its own words; it is read again when it changes. Whoever asks shows a token.
Run as `python -P legacy.py PORT RECORDS TOKEN`: port 0 is any; the port is printed when it listens.
"""

import json
import os
import sys
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dangqiao.apps.work.processes import PARENT, die_with_parent

ENCODING = "gb18030"
Row = dict[str, Any]


class Platform:
    """What the platform knows."""

    def __init__(self, records: Path) -> None:
        self._records = records
        self._questions: dict[str, tuple[str, Row]] = {}
        self._polls: dict[str, int] = {}

    def rows(self) -> list[Row]:
        """Its records, oldest change first."""
        rows: list[Row] = json.loads(self._records.read_text(encoding="utf-8"))
        return sorted(rows, key=lambda row: (row["gxsj"], row["jlbh"]))

    def changed(self, since: str, number: int) -> list[Row]:
        """What changed at or after a moment."""
        return [row for row in self.rows() if row["gxsj"] >= since][:number]

    def found(self, asked: Row) -> list[Row]:
        """By what is given: exactly as typed, as such platforms search."""
        return [
            row
            for row in self.rows()
            if row["zt"] != "9" and asked and all(value in _texts(row, name) for name, value in asked.items())
        ]

    def take_question(self, asked: Row) -> str:
        """Its number."""
        key = asked.pop("wbh")
        number = self._questions.get(key, (f"SQ{len(self._questions) + 1:06d}", {}))[0]
        self._questions[key] = (number, asked)
        return number

    def answer(self, number: str) -> tuple[str, list[Row]] | None:
        """State and records: its people take until the second time that somebody asks."""
        asked = next((asked for known, asked in self._questions.values() if known == number), None)
        if asked is None:
            return None
        self._polls[number] = self._polls.get(number, 0) + 1
        if self._polls[number] < 2:
            return "10", []
        found = self.found(asked)
        return ("20", found) if found else ("30", [])


def _texts(row: Row, name: str) -> set[str]:
    """Where a parameter is looked for: a name or number may be the husband's or the wife's."""
    if name in ("xm", "sfzh"):
        return {row["nan"][name], row["nv"][name]} - {""}
    return {str(row.get(name, ""))[:4] if name == "djnd" else str(row.get(name, ""))}


class Handler(BaseHTTPRequestHandler):
    """Answers one request. Always with status 200: how it went says `code`, as it was the custom."""

    protocol_version = "HTTP/1.1"

    def __init__(self, platform: Platform, token: str, *args: Any) -> None:
        self._platform, self._token = platform, token
        super().__init__(*args)

    def do_GET(self) -> None:
        """Lists and states."""
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query, encoding=ENCODING).items()}
        if not self._known():
            return
        if parts.path == "/api/hyda/list":
            self._say("200", {"rows": self._platform.changed(asked.get("gxsj", ""), int(asked.get("rows", "100")))})
        elif parts.path.startswith("/api/cxsq/") and (answer := self._platform.answer(parts.path.rsplit("/", 1)[1])):
            self._say("200", {"clzt": answer[0], "rows": answer[1]})
        else:
            self._say("404", None)

    def do_POST(self) -> None:
        """Queries and questions."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode("ascii")
        asked = {name: values[0] for name, values in parse_qs(body, encoding=ENCODING).items()}
        if not self._known():
            return
        if self.path == "/api/hyda/query":
            self._say("200", {"rows": self._platform.found(asked)})
        elif self.path == "/api/cxsq":
            self._say("200", {"slbh": self._platform.take_question(asked)})
        else:
            self._say("404", None)

    def _known(self) -> bool:
        known = self.headers.get("X-Token") == self._token
        if not known:
            self._say("401", None)
        return known

    def _say(self, code: str, data: Any) -> None:
        body = json.dumps({"code": code, "data": data}, ensure_ascii=False).encode(ENCODING)
        self.send_response(200)
        self.send_header("Content-Type", f"application/json; charset={ENCODING}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Says nothing."""


def main(port: str, records: str, token: str) -> None:
    """Serves until it is ended."""
    if PARENT in os.environ:
        die_with_parent()
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), partial(Handler, Platform(Path(records)), token))
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
