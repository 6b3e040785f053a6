"""`dangqiao node run`: web server and worker, kept alive."""

import signal
import threading

import click

from dangqiao.apps.work.processes import running, write_pid
from dangqiao.cli import node_folder
from dangqiao.cli.supervisor import Child, supervise, wait_for_port
from dangqiao.cli.words import say
from dangqiao.core.configuration import parse
from dangqiao.core.errors import N_, Misconfigured

CHILDREN = (("web", ("node", "web")), ("worker", ("node", "worker")))


@click.command()
def run() -> None:
    """Run the web server and the worker until Ctrl-C or SIGTERM; either is started again when it dies."""
    folder = node_folder()
    try:
        configuration = parse((folder / "dangqiao.toml").read_bytes())
    except FileNotFoundError:
        raise Misconfigured(
            "configuration.no_node",
            N_("{folder} is not a node: {missing} is missing."),
            N_("Make one with: dangqiao node init DIR --platform CODE; or name one: dangqiao --node DIR …"),
            folder=folder,
            missing="dangqiao.toml",
        ) from None
    if running(folder, "node") is None:  # else `supervise` says so
        wait_for_port(configuration.web.host, configuration.web.port)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    (folder / "run").mkdir(exist_ok=True)
    say(N_("{address}  (Ctrl-C stops; logs: {logs})"), address=configuration.public_url, logs=folder / "log")
    children = [Child(name, arguments) for name, arguments in CHILDREN]
    supervise(folder, children, stop, say=click.echo, started=lambda: write_pid(folder, "node"))
