"""`python -m tests.faults`: drives four real nodes through faults. The last line says what came of it.

--requests 10000 --faults 200 --database postgresql --partition-minutes 10     the long form
--folder DIR     keeps the nodes there; a run that was broken off goes on with the same command
"""

import argparse
import os
import resource
import sys
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import click

from tests.faults.driver import Progress, Report, Run
from tests.faults.trouble import KINDS
from tests.faults.world import started


def main() -> int:
    """Runs it; exit code 0 only if everything holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--faults", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two faults at least")
    parser.add_argument(
        "--patience", type=float, default=300, help="seconds that healing may take without one job being done"
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--partition-minutes", type=float, default=0, help="real minutes that one platform is apart")
    parser.add_argument("--kinds", default=",".join(KINDS), help=f"of faults, by default all: {', '.join(KINDS)}")
    parser.add_argument("--folder", type=Path, help="keeps everything there, and goes on from there")
    chosen = parser.parse_args()
    kinds = frozenset(chosen.kinds.split(","))
    if unknown := kinds - KINDS.keys():
        parser.error(f"no such kinds: {', '.join(sorted(unknown))}")
    for name in ("DJANGO_SETTINGS_MODULE", "DANGQIAO_NODE"):
        os.environ.pop(name, None)
    with ExitStack() as stack:
        folder = chosen.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dangqiao-faults-")))
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / "progress.json"
        passed = timedelta(hours=Progress.read(kept).hours_passed)
        before = _cpu_seconds()
        with started(folder.resolve(), chosen.database, passed) as world:
            report = Run(
                world,
                kept,
                requests=chosen.requests,
                faults=chosen.faults,
                seed=chosen.seed,
                pause=chosen.pause,
                patience=chosen.patience,
                partition_minutes=chosen.partition_minutes,
                kinds=kinds,
                tell=lambda text: click.echo(text, err=True),
            ).run()
            if not report.found.good:
                click.echo(world.logs(), err=True)
            hours = world.passed.total_seconds() / 3600
        _show(report, hours, _cpu_seconds() - before)
    return 0 if report.found.good else 1


def _cpu_seconds() -> float:
    """Of all processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _show(report: Report, hours: float, cpu_seconds: float) -> None:
    for name, number in sorted(report.injected.items()):
        click.echo(f"{number:6} {name}")
    for state, count in sorted(report.found.states.items()):
        click.echo(f"{count:6} requests: {state}")
    for kind in ("lost", "doubled", "stuck", "differing", "ledgers"):
        for one in getattr(report.found, kind)[:20]:
            click.echo(f"{kind}: {one}")
    click.echo(f"people were told to come again {report.put_off} times; the clocks went {hours:g} hours ahead")
    click.echo(f"CPU of the nodes and of all that this run started but the database server: {cpu_seconds:.0f} s")
    click.echo(
        f"{report.asking_seconds:.0f} s asking, {report.seconds:.0f} s with healing, "
        f"{report.requests / report.seconds:.2f} requests a second"
    )
    click.echo(report.line())


if __name__ == "__main__":
    sys.exit(main())
