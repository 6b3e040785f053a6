"""Zhejiang's node in front of a platform that exists already: another process with words of its own (`legacy`), reached
by the connector that an operator would write for it. Its records are in no catalogue until somebody asks."""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dangqiao.apps.work.processes import environment_of_child
from dangqiao.cli.demo.nodes import FIRST_PORT, DemoNode, free_port

PROGRAM = Path(__file__).with_name("legacy.py")
"""Run as a file: as a module it would load this whole package first."""
BEHIND_THE_NODES = 20
"""How far the platform's port lies behind the nodes' first one."""
PLATFORM = "330000"
ARCHIVE, PLACE = "330106", "浙江省杭州市西湖区"
TITLE = "浙江婚姻登记档案系统"
WIFE, HUSBAND, YEAR = "闻人静姝", "宓文远", "1984"
WIFE_NUMBER = "330106196205189044"
RECORDS: list[dict[str, Any]] = [
    {
        "jlbh": "ZJ-HZ-0084217", "gxsj": "2011-06-30 17:02:11", "zt": "1", "dh": "X101-1984-婚-0217", "ywlx": "01",
        "djrq": "19840512", "djnd": YEAR, "djjg": "杭州市西湖区北山街道", "zsbh": "西结字第840217号",
        "nan": {"xm": HUSBAND, "csrq": "19601100", "sfzh": ""},
        "nv": {"xm": "闻人静殊", "csrq": "19620518", "sfzh": ""},
    },
    {
        "jlbh": "ZJ-HZ-0086003", "gxsj": "2011-06-30 17:02:14", "zt": "1", "dh": "X101-1986-婚-0003", "ywlx": "01",
        "djrq": "19860102", "djnd": "1986", "djjg": "杭州市西湖区翠苑街道", "zsbh": "西结字第860003号",
        "nan": {"xm": "祝䶮生", "csrq": "00000000", "sfzh": ""}, "nv": {"xm": "苗若兰", "csrq": "00000000", "sfzh": ""},
    },
]  # fmt: skip
"""As that platform says it: wrong in one character, days that nobody knows as 00, GB18030 on the wire."""

MAPPING = """# How the node reads the platform. Written by the demo at each start.
[connector]
title = "{title}"
kind = "rest"
category = "marriage"
archive = "{archive}"
can = ["search"]

[rest]
address = "{address}"
encoding = "gb18030"
secret = "legacy.token"
header = "X-Token"
prefix = ""
good = {{ field = "code", values = ["200"], refused = ["401"] }}
search = {{ path = "/api/hyda/query", method = "POST", body = "form", records = "data.rows" }}

[record]
id = "jlbh"
changed = "gxsj"
deleted = "zt"
deleted_values = ["9"]
unknown = ["00000000"]

[fields]
"档号" = "dh"
"年度" = "djnd"
"业务类型" = {{ field = "ywlx", codes = "act" }}
"证件字号" = "zsbh"
"登记日期" = "djrq"
"登记机关" = "djjg"
"男方姓名" = "nan.xm"
"男方出生日期" = "nan.csrq"
"男方身份证件号" = "nan.sfzh"
"女方姓名" = "nv.xm"
"女方出生日期" = "nv.csrq"
"女方身份证件号" = "nv.sfzh"

[codes.act]
"01" = "结婚"
"02" = "离婚"
"03" = "补领"
"04" = "撤销"

[[search]]
xm = "{{name}}"
djnd = "{{event_year}}"
[[search]]
xm = "{{other}}"
djnd = "{{event_year}}"
"""


@contextmanager
def running(node: DemoNode) -> Iterator[str]:
    """Starts the platform, writes the node's mapping file for it, and ends it on the way out; its address.

    It is not waited for: it listens long before the first node does.
    """
    folder = node.folder / "legacy"
    folder.mkdir(exist_ok=True)
    (folder / "records.json").write_text(json.dumps(RECORDS, ensure_ascii=False), encoding="utf-8")
    token = secrets.token_urlsafe(16)
    _write_secret(node.folder / "secrets" / "legacy.token", token)
    port = free_port(FIRST_PORT + BEHIND_THE_NODES)
    process = subprocess.Popen(
        [sys.executable, "-P", str(PROGRAM), str(port), str(folder / "records.json"), token],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=environment_of_child(),
        start_new_session=True,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        (node.folder / "connectors").mkdir(exist_ok=True)
        text = MAPPING.format(title=TITLE, archive=ARCHIVE, address=address)
        (node.folder / "connectors" / "legacy.toml").write_text(text, encoding="utf-8")
        yield address
    finally:
        process.kill()
        process.wait()


def _write_secret(path: Path, text: str) -> None:
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")
