"""Making the demo's nodes: keys, sample data, accounts, and the founding of their federation."""

import csv
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from dangqiao.adapters.sampling.curated import curated
from dangqiao.cli.demo.nodes import (
    FIRST_PORT,
    MADE,
    Chain,
    DemoNode,
    clean,
    command,
    free_port,
    move_taken_ports,
    together,
)
from dangqiao.cli.founding import found

PASSWORD = "dangqiao-demo"  # noqa: S105  (shown on the screen: test nodes only)
ENTRIES = 20_000
STAFF = (
    ("clerk", "窗口收件员", "receptionist"),
    ("handler", "承办人", "handler"),
    ("reviewer", "审核人", "reviewer"),
    ("signatory", "签发人", "signatory"),
)
"""Accounts at each node: name, how colleagues call them, role."""
COUNTERS = {"310000": "310115-001", "320000": "320102-001", "330000": "330106-001", "340000": "340826-001"}
"""The acceptance point where each node's clerk sits."""


def make(members: list[DemoNode], entries: int, suite: str, tell: Callable[[str, str], None]) -> None:
    """Prepares nodes that are not there yet and brings the common directory up to date.

    Args:
        entries: catalogue entries a node.
        suite: of nodes that are not there yet.
        tell: hears what was done, in Chinese and English.

    Raises:
        Unavailable: `demo.step_failed`.
    """
    for half_made in [node for node in members if not node.made]:
        clean(half_made.folder)
    missing = [node for node in members if not node.made]
    port, chains = FIRST_PORT, []
    taken = {node.url.rsplit(":", 1)[-1] for node in members if node.made}
    for node in missing:
        port = free_port(port)
        while str(port) in taken:
            port = free_port(port + 1)
        chains.append(Chain(node.platform, _commands(node, port, entries, suite)))
        port += 1
    words = {"init": ("节点已建立", "node made"), "sample": ("样例目录已生成", "sample catalogue written")}
    words |= {
        "holdings": ("目录已导入、索引已就绪", "catalogue imported, index ready"),
        "user": ("账号已建立", "accounts made"),
    }
    together(chains, lambda name, done: tell(*(f"{name} {text}" for text in words[_word(done)])))
    for node in missing:
        people = json.loads((node.folder / "sample" / "people.json").read_text(encoding="utf-8"))
        (node.folder / "register.json").write_text(json.dumps(people, ensure_ascii=False), encoding="utf-8")
        (node.folder / MADE).touch()
    if move_taken_ports(members):
        tell("有端口被占用，已改用其他端口", "a port was taken: moved to another")
    found([node.folder for node in members], datetime.now(UTC))
    tell(
        "四方已签署共同目录（4 个平台、345 家档案馆）",
        "the four have signed their directory (4 platforms, 345 archives)",
    )


def _word(words: list[str]) -> str:
    return next(word for word in words if word in ("init", "sample", "holdings", "user"))


def _commands(node: DemoNode, port: int, entries: int, suite: str) -> list[list[str]]:
    sample = node.folder / "sample"
    program, chosen = [sys.executable, "-m", "dangqiao"], [f"--suite={suite}", "--test"]
    return [
        [*program, "node", "init", str(node.folder), f"--platform={node.platform}", f"--port={port}", *chosen],
        [*program, "sample", str(sample), "--platform", node.platform, "--entries", str(entries), "--quiet"],
        command(node, "holdings", "load", str(sample), "--quiet"),
        command(node, "user", "load", str(_accounts(node))),
    ]


def _accounts(node: DemoNode) -> Path:
    """The staff accounts as a table, beside the node's folder, which does not exist yet."""
    table = node.folder.parent / f"accounts-{node.platform}.csv"
    table.parent.mkdir(parents=True, exist_ok=True)
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("account", "display_name", "password", "role", "archive", "point"))
        for name, called, role in STAFF:
            if role == "receptionist":
                writer.writerow((name, called, PASSWORD, role, "", COUNTERS[node.platform]))
            else:
                writer.writerows((name, called, PASSWORD, role, archive, "") for archive in _archives(node.platform))
    return table


def _archives(platform: str) -> list[str]:
    """The archives of a platform that hold something of the demonstration's people."""
    records = (record for person in curated() for record in person.records)
    return sorted({record.archive for record in records if record.archive[:2] == platform[:2]})
