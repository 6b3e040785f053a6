"""The code keeps the rules of the house."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "dangqiao"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)

LONGEST = 400
LONGER: dict[str, str] = {}
"""Files that may have more lines, with the reason."""

GPL_OR_NON_COMMERCIAL = {"pymupdf", "lunardate", "zhdate", "lavender-sscc", "djlint"}


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_too_long_to_be_understood() -> None:
    files = [*MODULES, *(ROOT / "tests").rglob("*.py"), *SOURCE.rglob("*.html"), *SOURCE.rglob("*.typ")]
    long = {str(path.relative_to(ROOT)): lines_of(path) for path in files if lines_of(path) > LONGEST}
    assert not {name: count for name, count in long.items() if name not in LONGER}
    assert not [name for name in LONGER if name not in long], "these are short again: take them off the list"


def test_nothing_of_ours_is_imported_inside_a_function() -> None:
    found = []
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            for node in ast.walk(function):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
                found += [f"{path.name}:{node.lineno}" for name in names if name.split(".")[0] == "dangqiao"]
    assert not found


def test_every_public_thing_has_a_docstring() -> None:
    found = []
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not ast.get_docstring(tree) and path.read_text(encoding="utf-8").strip():
            found.append(f"{path.relative_to(SOURCE)}: module")
        for node in tree.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                found.append(f"{path.relative_to(SOURCE)}: {node.name}")
    assert not found


def test_services_take_actor() -> None:
    """A service without a required actor would mean "anybody may"."""
    without_people = {"work", "ledger", "audit", "exchange"}
    by_the_machine = {
        "identity.citizen_by_phone": "asked before anybody is logged in",
        "deliverables.register": "by the sealing job",
        "deliverables.cannot_be_made": "by the sealing job",
        "deliverables.announce": "when a document is registered",
    }
    found = []
    for path in SOURCE.glob("apps/*/services.py"):
        if path.parent.name in without_people:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                if not any("transaction" in ast.unparse(child) for child in ast.walk(node)):
                    continue
                names = [argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)]
                if "actor" not in names and f"{path.parent.name}.{node.name}" not in by_the_machine:
                    found.append(f"{path.parent.name}.{node.name}")
    assert not found


def test_every_sentence_is_translated() -> None:
    done = subprocess.run(
        [sys.executable, "tools/messages.py", "check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["run", "test", "check", "build"])
def test_requirements_are_pinned_with_hashes_and_name_no_address(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    packages = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert packages
    assert all("==" in line for line in packages)
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    blocks = text.split("\n    --hash")
    assert len(blocks) > len(packages)


def test_no_gpl_package_at_run_time() -> None:
    text = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    assert not {line.split("==")[0] for line in text.splitlines()} & GPL_OR_NON_COMMERCIAL


def test_handlers_named_in_the_tables_exist(settings: object) -> None:
    from django.utils.module_loading import import_string

    for table in ("JOB_HANDLERS", "MESSAGE_HANDLERS", "ADAPTERS"):
        for path in getattr(settings, table).values():
            assert callable(import_string(path)), path


@pytest.mark.django_db
def test_the_migrations_fit_the_models() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
