"""`dangqiao node`: make a node, run it, ask how it is."""

import click

from dangqiao.cli import Entry, LazyGroup

ENTRIES = {
    "init": Entry("dangqiao.cli.node.init:init", "Make a node in a folder.", needs_node=False),
    "prepare": Entry("dangqiao.cli.node.prepare:prepare", "Bring database and pages up to this version."),
    "run": Entry("dangqiao.cli.node.run:run", "Run the web server and the worker.", needs_node=False),
    "web": Entry("dangqiao.cli.node.web:web", "Run only the web server."),
    "worker": Entry("dangqiao.cli.node.worker:worker", "Run only the worker."),
    "status": Entry("dangqiao.cli.node.status:status", "Show whether it runs and what waits."),
    "doctor": Entry("dangqiao.cli.node.doctor:doctor", "Name everything that is wrong, and what to do."),
    "jobs": Entry("dangqiao.cli.node.jobs:jobs", "See background jobs that need a person, and put them back."),
}


@click.group(cls=LazyGroup, entries=ENTRIES)
def node() -> None:
    """Make a node, run it, ask how it is."""
