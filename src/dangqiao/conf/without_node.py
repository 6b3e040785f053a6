"""Settings for help pages outside any node: nothing is read or written with them."""

from pathlib import Path

from dangqiao.conf import build
from dangqiao.core.configuration import parse

globals().update(build.settings(parse(b'[node]\nplatform = "310000"\n'), Path(), secret_key="unused"))  # noqa: S106
