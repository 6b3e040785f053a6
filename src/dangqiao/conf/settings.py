"""Django settings of the node whose folder is in the environment variable DANGQIAO_NODE."""

import os
from pathlib import Path

from dangqiao.adapters import category_files
from dangqiao.conf import build
from dangqiao.core.configuration import parse
from dangqiao.core.errors import N_, Misconfigured

_folder = Path(os.environ.get("DANGQIAO_NODE", ".")).resolve()
try:
    _configuration = parse((_folder / "dangqiao.toml").read_bytes())
    _secret_key = (_folder / "secrets" / "django.key").read_text(encoding="utf-8").strip()
except FileNotFoundError as error:
    if (_folder / "dangqiao.toml").exists():
        raise Misconfigured(
            "configuration.no_secret_key",
            N_("The node in {folder} has lost its file secrets/django.key."),
            N_("Restore secrets/ from the backup."),
            folder=_folder,
        ) from error
    raise Misconfigured(
        "configuration.no_node",
        N_("{folder} is not a node: {missing} is missing."),
        N_("Make one with: dangqiao node init DIR --platform CODE; or name one: dangqiao --node DIR …"),
        folder=_folder,
        missing=Path(error.filename).name,
    ) from error

category_files.load(_folder, _configuration)  # before any app or command asks which categories there are
globals().update(
    build.settings(_configuration, _folder, _secret_key, database_url=os.environ.get("DANGQIAO_DATABASE_URL", ""))
)
