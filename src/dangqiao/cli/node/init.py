"""`dangqiao node init`: a folder that is a node."""

import os
import secrets
from pathlib import Path

import click

from dangqiao.adapters.keys import fields
from dangqiao.cli import load
from dangqiao.cli.node import ENTRIES
from dangqiao.cli.words import say
from dangqiao.core.configuration import parse
from dangqiao.core.errors import N_, Conflict
from dangqiao.core.vocabulary.archives import seed_archives
from dangqiao.core.vocabulary.suites import SUITES

TEMPLATE = """\
# A node of the federation. Every section and its defaults: docs/operators/configuration.md

[node]
platform = "{platform}"
# A test node marks all it issues with 测试 and shows log-in codes on the page.
test = {test}

[web]
host = "{host}"
port = {port}
# The address others use; it is printed in QR codes, so choose it for decades.
# public_url = "https://archives.example.cn"

[database]
url = "{database}"

[federation]
# The algorithms of messages, evidence and directory: "intl", or "gm" (SM2, SM3, SM4). All members have the same.
suite = "{suite}"
"""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--platform", required=True, help="Its code: 310000, 320000, 330000 or 340000.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8310, show_default=True)
@click.option("--database", default="sqlite:///node.sqlite3", show_default=True, help="sqlite:/// or postgresql://")
@click.option(
    "--suite", type=click.Choice(list(SUITES)), default="intl", show_default=True, help="Algorithms of the federation."
)
@click.option("--test", is_flag=True, help="Mark everything the node issues as 测试.")
def init(folder: Path, platform: str, host: str, port: int, database: str, suite: str, test: bool) -> None:
    """Make a node in FOLDER: configuration, keys, database, the archives of its province."""
    folder = folder.resolve()
    if (folder / "dangqiao.toml").exists():
        raise Conflict("node.exists", N_("There is a node in {folder} already."), folder=folder)
    source = TEMPLATE.format(
        platform=platform, host=host, port=port, database=database, suite=suite, test=str(test).lower()
    )
    parse(source.encode())
    archives = seed_archives(platform)
    for path, mode in ((folder, 0o700), (folder / "secrets", 0o700), (folder / "run", 0o755), (folder / "log", 0o755)):
        path.mkdir(parents=True, exist_ok=True, mode=mode)
    key_file = folder / "secrets" / "django.key"
    key_file.touch(mode=0o600)
    key_file.write_text(secrets.token_urlsafe(50) + "\n", encoding="utf-8")
    fields.create(folder / "secrets")
    (folder / "dangqiao.toml").write_text(source, encoding="utf-8")
    os.environ["DANGQIAO_NODE"] = str(folder)
    load(ENTRIES["prepare"]).main([], standalone_mode=False)
    say(
        N_("{folder}: platform {platform}, {count} archives. Start it: dangqiao --node {folder} node run"),
        folder=folder,
        platform=platform,
        count=len(archives),
    )
