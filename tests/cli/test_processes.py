"""Processes of a node: they end with their parent, and do not share another's port."""

import errno
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from dangqiao.apps.work.processes import PARENT, environment_of_child
from dangqiao.cli import supervisor
from dangqiao.cli.supervisor import Child, supervise, wait_for_port
from dangqiao.core.errors import Unavailable

CHILD = [sys.executable, "-m", "dangqiao", "--help"]


def test_a_port_that_another_program_has_is_not_shared() -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = other.getsockname()[1]
        with pytest.raises(Unavailable) as told:
            wait_for_port("127.0.0.1", port, seconds=0)
    assert told.value.code == "node.port_taken"
    wait_for_port("127.0.0.1", port)


def test_a_child_lives_under_its_parent_whatever_number_that_has() -> None:
    assert b"Usage" in subprocess.run(CHILD, env=environment_of_child(), capture_output=True, check=True).stdout


def test_a_child_whose_parent_is_gone_ends_at_once() -> None:
    done = subprocess.run(CHILD, env={**os.environ, PARENT: "1"}, capture_output=True, check=True)
    assert done.stdout == b""


def test_a_supervisor_that_cannot_write_a_word_or_start_a_process_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "RESTART_SECONDS", (0,))
    stop, starts = threading.Event(), 0
    start = subprocess.Popen

    def sometimes(words: list[str], **more: Any) -> Any:
        nonlocal starts
        starts += 1
        if starts == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        if starts == 3:
            stop.set()
        return start(words, **more)

    def say(_line: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(supervisor.subprocess, "Popen", sometimes)
    ending = Child("child", ("--help",))
    supervise(tmp_path, [ending], stop, say, started=lambda: None)
    assert starts == 3
