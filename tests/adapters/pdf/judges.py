"""Independent judges: programs of others (poppler-utils, qpdf, zbar-tools). A test skips where one is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def ask(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs a judge, in C locale."""
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    return subprocess.run(
        [program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
