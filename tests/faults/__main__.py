"""`python -m tests.faults`: drives four real nodes through faults. The last line says what came of it.

--requests 10000 --faults 200     the long form
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import click

from tests.faults import driver
from tests.faults.world import started


def main() -> int:
    """Runs it; exit code 0 only if everything holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--faults", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two faults")
    parser.add_argument("--patience", type=float, default=300, help="seconds for healing")
    chosen = parser.parse_args()
    for name in ("DJANGO_SETTINGS_MODULE", "DANGQIAO_NODE"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="dangqiao-faults-") as folder, started(Path(folder)) as world:
        report = driver.run(
            world,
            requests=chosen.requests,
            faults=chosen.faults,
            seed=chosen.seed,
            pause=chosen.pause,
            patience=chosen.patience,
            tell=lambda text: click.echo(text, err=True),
        )
        for name, number in sorted(report.injected.items()):
            click.echo(f"{number:6} {name}")
        for kind in ("lost", "doubled", "stuck", "differing", "ledgers"):
            for one in getattr(report.found, kind)[:20]:
                click.echo(f"{kind}: {one}")
        if not report.found.good:
            click.echo(world.logs(), err=True)
        click.echo(f"{report.seconds:.0f} s, {report.requests / report.seconds:.1f} requests a second")
        click.echo(report.line())
    return 0 if report.found.good else 1


if __name__ == "__main__":
    sys.exit(main())
