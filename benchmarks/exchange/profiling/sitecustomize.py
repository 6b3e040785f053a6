"""Put on PYTHONPATH by `--profile`: every thread of a node's web server and worker is profiled, each into a file.

Python imports a module of this name when it starts. Without the environment variable it does nothing.
"""

import atexit
import cProfile
import os
import threading
from collections.abc import Callable
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

if folder := os.environ.get("DANGQIAO_PROFILE"):
    _made: list[cProfile.Profile] = []
    _mine = threading.local()
    _run = threading.Thread.run

    def _profile() -> cProfile.Profile:
        if not hasattr(_mine, "profile"):
            _mine.profile = cProfile.Profile()
            _made.append(_mine.profile)
        return _mine.profile

    def _profiled(thread: threading.Thread) -> None:
        _profile().runcall(_run, thread)

    def _around(call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given: _profile().runcall(call, *given)

    def _write() -> None:
        for number, profile in enumerate(_made):
            profile.dump_stats(Path(folder or "") / f"{os.getpid()}-{number}.prof")

    setattr(threading.Thread, "run", _profiled)  # noqa: B010
    from django.core.handlers.wsgi import WSGIHandler

    WSGIHandler.__call__ = _around(WSGIHandler.__call__)  # type: ignore[method-assign]
    atexit.register(_write)
    # A process that multiprocessing started, as granian's is, ends without atexit.
    Finalize(None, _write, exitpriority=1)
