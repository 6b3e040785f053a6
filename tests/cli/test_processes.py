"""Processes of a node: they end with their parent, and do not share another's port."""

import os
import socket
import subprocess
import sys

import pytest

from dangqiao.apps.work.processes import PARENT, environment_of_child
from dangqiao.cli.supervisor import wait_for_port
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
