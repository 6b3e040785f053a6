"""Documents tell the truth: links lead somewhere, commands exist, the two READMEs say the same."""

import re
from pathlib import Path

import click
import pytest

from dangqiao.cli import cli
from dangqiao.core.configuration import Configuration

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")] if ".venv" not in path.parts]
LINK = re.compile(r"""(?:\]\(|src=")([^)"#\s]+)""")
COMMAND = re.compile(r"(?:^|\s|`)(?:\.venv/bin/)?dangqiao ((?:--node \S+ )?[a-z][a-z -]*[a-z])")


def commands() -> dict[str, click.Command]:
    """Every command by its words: `node init`."""
    found: dict[str, click.Command] = {}

    def walk(words: str, group: click.Group) -> None:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            found[f"{words} {name}".strip()] = command
            if isinstance(command, click.Group):
                walk(f"{words} {name}", command)

    walk("", cli)
    return found


@pytest.fixture(scope="module")
def known() -> dict[str, click.Command]:
    return commands()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(path: Path) -> None:
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_in_documents_exist(path: Path, known: dict[str, click.Command]) -> None:
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"`[^`\n]*dangqiao [^`\n]*`|^ {4}.*dangqiao .*$|^\.?[./a-z]*dangqiao .*$", text, re.M):
        for words in COMMAND.findall(block):
            parts = re.sub(r"--node \S+ ", "", words).split()
            assert any(" ".join(parts[:size]) in known for size in (1, 2, 3)), block
    for target in re.findall(r"\bmake ([a-z][a-z-]+)\b(?=`| *#|$)", text, re.M):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M), target


def test_every_command_is_documented(known: dict[str, click.Command]) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    assert not [words for words in known if f"dangqiao {words}" not in text]
    assert not [words for words, command in known.items() if not command.help]


def test_both_readmes_have_the_same_shape() -> None:
    def shape(name: str) -> list[int]:
        return [
            len(line) - len(line.lstrip("#"))
            for line in (ROOT / name).read_text("utf-8").splitlines()
            if line[:1] == "#"
        ]

    assert shape("README.md") == shape("README.zh-CN.md")


def test_the_two_commands_stand_in_the_readmes() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "make demo" in text
        assert "make test" in text


def test_every_key_of_the_configuration_is_documented_with_its_default() -> None:
    text = (ROOT / "docs" / "operators" / "configuration.md").read_text(encoding="utf-8")
    for section, field in Configuration.model_fields.items():
        part = text.partition(f"## [{section}]")[2].partition("\n## ")[0]
        for key, about in field.annotation.model_fields.items():
            row = next((line for line in part.splitlines() if line.startswith(f"| `{key}` |")), "")
            assert row, f"[{section}] {key}"
            default = "" if about.is_required() else str(about.default)
            assert not isinstance(about.default, str) or default in row, row
