"""A real node under messages that are too large: refused by a signed receipt, in bounded memory and time."""

import hashlib
import json
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dangqiao.apps.work.processes import environment_of_child
from dangqiao.cli.demo.nodes import DemoNode, command, free_port, wait_until_it_answers
from dangqiao.core.federation.envelope import LARGEST_SEALED

GIGABYTE = 1 << 30
MEMORY = 64 * 1024 * 1024
"""Bytes that the server may grow by while it refuses."""


@pytest.fixture(scope="module")
def node(tmp_path_factory) -> Iterator[tuple[DemoNode, int]]:
    """A node's web server and its process id."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("DJANGO_SETTINGS_MODULE", raising=False)
        folder = tmp_path_factory.mktemp("oversized") / "node"
        words = ["node", "init", str(folder), "--platform", "310000", "--port", str(free_port(24100)), "--test"]
        subprocess.run([sys.executable, "-m", "dangqiao", *words], check=True, capture_output=True)
        made = DemoNode("310000", folder)
        child = environment_of_child()
        with subprocess.Popen(command(made, "node", "web"), env=child, stderr=subprocess.DEVNULL) as process:
            wait_until_it_answers(made)
            try:
                yield made, process.pid
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()


def _memory(pid: int) -> int:
    """The most that a process and its children ever had at once, in bytes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    own = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    return own + sum(_memory(int(child)) for child in children)


def _said(answer: bytes) -> dict[str, str]:
    """What a receipt says; its signature is others' matter."""
    part = answer.decode().split(".")[1]
    said: dict[str, str] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return said


def _post(node: DemoNode, content: bytes) -> dict[str, str]:
    answer = httpx.post(f"{node.url}/exchange/v1/messages", content=content, trust_env=False)
    assert answer.status_code == 200
    return _said(answer.content)


def test_a_message_just_too_large_is_refused_with_its_digest(node: tuple[DemoNode, int]) -> None:
    for size in (LARGEST_SEALED + 1, 3 * 1024 * 1024):
        content = b"x" * size
        said = _post(node[0], content)
        assert (said["status"], said["code"]) == ("refused", "exchange.too_large")
        assert said["sealed_digest"] == hashlib.sha256(content).hexdigest() and str(size) in said["detail"]


def test_a_gigabyte_is_refused_before_it_is_sent_and_is_never_in_memory(node: tuple[DemoNode, int]) -> None:
    made, pid = node
    _post(made, b"x" * (LARGEST_SEALED + 1))
    before, begun, block = _memory(pid), time.monotonic(), b"x" * 65536
    url = httpx.URL(made.url)
    with socket.create_connection((url.host, url.port or 80), timeout=20) as stream:
        head = f"POST /exchange/v1/messages HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: {GIGABYTE}\r\n\r\n"
        stream.sendall(head.encode())
        sent = 0
        try:
            while sent < GIGABYTE:
                sent += stream.send(block)
        except OSError:
            pass  # it hangs up on us, which is what saves both sides the rest
        answer = stream.recv(8192)
    assert sent < GIGABYTE / 4 and time.monotonic() - begun < 20
    assert _memory(pid) - before < MEMORY
    said = _said(answer.partition(b"\r\n\r\n")[2] or answer)
    assert said["code"] == "exchange.too_large" and "sealed_digest" not in said
