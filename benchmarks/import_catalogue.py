"""How fast a catalogue comes in, and whether memory stays flat: python benchmarks/import_catalogue.py [ROWS …]

Each size is imported by a process of its own into a new SQLite node. 1 600 000 rows are a file of about 300 MB.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dangqiao.adapters.sampling import Sample, write_sample

ARCHIVE = "310115"
PROGRAM = (
    "import resource, sys; from dangqiao.cli import cli; cli(sys.argv[1:], standalone_mode=False);"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
)


def run(*words: object) -> str:
    """Runs a command of ours; its last line is the peak of memory in MiB."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, words)], check=True, capture_output=True, text=True
    ).stdout.split()[-1]


def main() -> None:
    """Prints one line for each size."""
    for rows in map(int, sys.argv[1:] or ("100000", "400000", "1600000")):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            wanted = Sample("310000", rows, categories=("marriage",), images=0, queries=0, archives=(ARCHIVE,))
            write_sample(wanted, folder, lambda _done, _rows: None)
            file = folder / f"{ARCHIVE}-marriage.csv"
            run("node", "init", folder / "node", "--platform", "310000")
            begun = time.perf_counter()
            peak = run(
                "--node", folder / "node", "holdings", "import", file, "--category", "marriage", "--archive", ARCHIVE
            )
            seconds = time.perf_counter() - begun
            size = file.stat().st_size / 1e6
            print(f"{rows:>9,} rows {size:6.0f} MB: {seconds:7.1f} s, {rows / seconds:7,.0f} rows/s, peak {peak} MiB")


if __name__ == "__main__":
    main()
