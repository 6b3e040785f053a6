"""Platforms by name. Database servers are started once; everything else anew for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy

from tests.adapters.connectors import databases, platforms
from tests.adapters.connectors.platforms import Platform


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], str]]:
    """The address of a database server by its kind, started when it is first asked for."""
    with ExitStack() as running:
        started: dict[str, str] = {}

        def start(kind: str) -> str:
            if kind not in started:
                started[kind] = running.enter_context(getattr(databases, kind)())
                engine = sqlalchemy.create_engine(started[kind], isolation_level="AUTOCOMMIT")
                with engine.connect() as connection:
                    for statement in READER[kind]:
                        connection.exec_driver_sql(statement)
                engine.dispose()
            return started[kind]

        yield start


READER = {
    "postgresql": [f"CREATE ROLE reader LOGIN PASSWORD '{platforms.TOKEN}'"],
    "mariadb": [f"CREATE USER reader@localhost IDENTIFIED BY '{platforms.TOKEN}'"],
}
GRANT = {
    "postgresql": "GRANT SELECT ON v_marriage TO reader",
    "mariadb": "GRANT SELECT ON legacy.v_marriage TO reader@localhost",
}


@pytest.fixture(scope="session", autouse=True)
def services() -> Iterator[None]:
    """Ends what tests have started."""
    yield
    for service in list(platforms.Service.running.values()):
        service.stop()


@pytest.fixture
def platform(request: pytest.FixtureRequest, tmp_path: Path, servers: Callable[[str], str]) -> Iterator[Platform]:
    """The platform that the test is parametrised with."""
    kind: str = request.param
    made: Platform
    if kind == "sqlite":
        address = f"sqlite:///{tmp_path}/legacy.sqlite3"
        made = platforms.SqlPlatform(tmp_path, address, address)
    elif kind in GRANT:
        writing = servers(kind)
        url = sqlalchemy.make_url(writing).set(username="reader")
        made = platforms.SqlPlatform(tmp_path, writing, url.render_as_string(hide_password=False))
        engine = sqlalchemy.create_engine(writing, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(GRANT[kind])
        engine.dispose()
    else:
        made = getattr(platforms, kind)(tmp_path)
    yield made
    made.close()
