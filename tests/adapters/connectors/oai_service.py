"""A small OAI-PMH 2.0 repository of another make than ours, as a process: `python oai_service.py RECORDS TOKEN`.

Two records a page; a resumption token holds for one use, as strict repositories have it. Prints its port.
"""

import sys
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from dangqiao.apps.work.processes import die_with_parent
from dangqiao.cli.demo.legacy import Platform

PAGE = 2


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, platform: Platform, token: str, tokens: dict[str, str], *args: Any) -> None:
        self._platform, self._token, self._tokens = platform, token, tokens
        super().__init__(*args)

    def do_GET(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if self.headers.get("Authorization") != f"Bearer {self._token}":
            self._say(401, "")
        elif asked.get("verb") == "Identify":
            self._say(
                200,
                "<Identify><repositoryName>Another repository</repositoryName><protocolVersion>2.0</protocolVersion>"
                "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>",
            )
        elif asked.get("verb") == "ListRecords":
            self._list(asked)
        else:
            self._say(200, '<error code="badVerb"/>')

    def _list(self, asked: dict[str, str]) -> None:
        since, start = asked.get("from", ""), 0
        if token := asked.get("resumptionToken"):
            if token not in self._tokens:
                self._say(200, '<error code="badResumptionToken"/>')
                return
            since, _, number = self._tokens.pop(token).partition("|")
            start = int(number)
        elif asked.get("metadataPrefix") != "legacy":
            self._say(200, '<error code="cannotDisseminateFormat"/>')
            return
        rows = [row for row in self._platform.rows() if _stamp(row) >= since]
        if not rows:
            self._say(200, '<error code="noRecordsMatch"/>')
            return
        more = ""
        if start + PAGE < len(rows):
            name = f"T{len(self._tokens)}-{start + PAGE}-{since}"
            self._tokens[name] = f"{since}|{start + PAGE}"
            more = name
        told = "".join(map(_record, rows[start : start + PAGE]))
        token_element = f"<resumptionToken>{more}</resumptionToken>" if more or start else ""
        self._say(200, f"<ListRecords>{told}{token_element}</ListRecords>")

    def _say(self, status: int, inner: str) -> None:
        # The response date is the newest change: a clock that the test need not wait for.
        now = max((_stamp(row) for row in self._platform.rows()), default="2024-01-01T00:00:00Z")
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
            f"<responseDate>{now}</responseDate><request>http://localhost</request>{inner}</OAI-PMH>"
        ).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass


def _stamp(row: dict[str, Any]) -> str:
    return f"{row['gxsj'][:10]}T{row['gxsj'][11:19]}Z"


def _record(row: dict[str, Any]) -> str:
    deleted = ' status="deleted"' if row["zt"] == "9" else ""
    header = f"<header{deleted}><identifier>{row['jlbh']}</identifier><datestamp>{_stamp(row)}</datestamp></header>"
    flat = {name: text for name, text in row.items() if isinstance(text, str)}
    flat |= {f"{who}_{key}": text for who in ("nan", "nv") for key, text in row[who].items()}
    said = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in flat.items())
    metadata = f'<metadata><marriage xmlns="urn:legacy">{said}</marriage></metadata>'
    return f"<record>{header}{'' if deleted else metadata}</record>"


if __name__ == "__main__":
    die_with_parent()
    records, secret = sys.argv[1:]
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, Platform(Path(records)), secret, {}))
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
