"""The message keys of a platform end while messages are under way, and it makes new ones later: by the commands that
operators use, signed by three of the four."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from dangqiao.cli.demo import nodes
from tests.faults.clerks import Clerk
from tests.faults.world import FaultyWorld


def end_keys(world: FaultyWorld, clerks: dict[str, Clerk], platform: str, folder: Path) -> None:
    """Has the members sign that the platform's keys are over, and all take it over.

    Args:
        folder: a new one, for the proposal.
    """
    entry = _entry(world, platform, folder)
    said = json.loads(entry.read_text(encoding="utf-8"))
    ended = f"{datetime.now(UTC) + world.passed:%Y-%m-%dT%H:%M:%SZ}"
    for key in said["message_keys"]:
        key["not_after"] = ended
    entry.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    _bring_into_force(world, clerks, platform, folder)


def make_keys(world: FaultyWorld, clerks: dict[str, Clerk], platform: str, folder: Path) -> None:
    """The platform makes new keys; the members sign them, and all take them over. Once a platform: the next ones only
    after the overlap."""
    _run(world, platform, "rotate")
    _entry(world, platform, folder)
    _bring_into_force(world, clerks, platform, folder)


def _entry(world: FaultyWorld, platform: str, folder: Path) -> Path:
    folder.mkdir(parents=True)
    _run(world, platform, "member", str(folder / "entry.json"))
    return folder / "entry.json"


def _bring_into_force(world: FaultyWorld, clerks: dict[str, Clerk], platform: str, folder: Path) -> None:
    proposal, others = str(folder / "proposal"), [other for other in world.nodes if other != platform]
    _run(world, platform, "propose", proposal, str(folder / "entry.json"))
    for signing in (platform, *others[:2]):
        _run(world, signing, "sign", proposal, "--yes")
    _run(world, platform, "accept", proposal)
    for other in others:
        clerks[other].do({"directory": "update"})


def _run(world: FaultyWorld, platform: str, *words: str) -> None:
    done = subprocess.run(
        nodes.command(world[platform], "directory", *words), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, f"{platform}: directory {' '.join(words)}: {done.stdout}{done.stderr}"
