"""Settings for tests: a node of Shanghai in a temporary folder of its own. SQLite unless the environment says else."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from dangqiao.adapters.keys import fields
from dangqiao.conf import build
from dangqiao.core.configuration import parse
from tests import suite

_ITS_FOLDER = f"DANGQIAO_TEST_FOLDER_{os.environ.get('PYTEST_XDIST_WORKER', '')}"
if _ITS_FOLDER in os.environ:  # a process that a test has started, and may kill
    _folder = Path(os.environ[_ITS_FOLDER])
else:
    _folder = Path(tempfile.mkdtemp(prefix="dangqiao-test-"))
    os.environ[_ITS_FOLDER] = str(_folder)
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    (_folder / "secrets").mkdir(mode=0o700)
    fields.create(_folder / "secrets")

_configuration = parse(
    f'[node]\nplatform = "310000"\ntest = true\n[federation]\nsuite = "{suite.SUITE.name}"\n'.encode()
)
globals().update(
    build.settings(
        _configuration,
        _folder,
        secret_key="not a secret: tests only",
        database_url=os.environ.get("DANGQIAO_TEST_DATABASE", ""),
    )
)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if not os.environ.get("DANGQIAO_TEST_DATABASE"):
    # A file, not shared-cache memory: threads must meet the same locks as in a node.
    globals()["DATABASES"]["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
