"""What is special about databases: pages while rows move, rows that commit late, code pages, an account that may only
read."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy

from dangqiao.core.connectors import ContentUnreadable, Receipt, Translator
from dangqiao.core.errors import Misconfigured
from tests.adapters.connectors.platforms import SqlPlatform
from tests.adapters.connectors.words import MARRIAGES


@pytest.fixture
def view(tmp_path: Path) -> SqlPlatform:
    address = f"sqlite:///{tmp_path}/legacy.sqlite3"
    return SqlPlatform(tmp_path, address, address, page=1)


def edit(view: SqlPlatform, old: str, new: str) -> None:
    path = view.folder / "connectors" / "legacy.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def ids(view: SqlPlatform, mark: str = "") -> tuple[list[str], str]:
    found = []
    for batch in view.open().harvest(mark):
        found += [one.id for one in map(Translator(view.mapping), batch.records)]
        mark = batch.mark
    return found, mark


def test_rows_that_move_while_pages_are_read_are_not_missed(view: SqlPlatform) -> None:
    many = [MARRIAGES[0] | {"id": f"A{number:02d}", "changed": f"2024-01-01 00:00:{number:02d}"} for number in range(9)]
    view.put(many)
    connector, seen = view.open(), []
    for batch in connector.harvest(""):
        seen += [one.id for one in map(Translator(view.mapping), batch.records)]
        connector.settled(batch, Receipt(1, 1))
        if len(seen) == 3:  # the first ones change, and so move to the end
            view.put([*many[3:], *(one | {"changed": "2024-02-01 00:00:00"} for one in many[:3])])
    assert {one["id"] for one in many} == set(seen)
    assert seen.count("A00") == 2


def test_rows_of_one_moment_are_read_by_their_id(view: SqlPlatform) -> None:
    view.put([MARRIAGES[0] | {"id": f"A{number}"} for number in range(5)])
    assert ids(view)[0] == [f"A{number}" for number in range(5)]


def test_a_row_that_was_committed_late_is_found_by_going_back(view: SqlPlatform) -> None:
    edit(view, "page = 1", "page = 10\noverlap = 3600")
    view.put([MARRIAGES[1]])
    _found, mark = ids(view)
    view.put([MARRIAGES[1], MARRIAGES[2] | {"changed": "2024-01-03 09:00:00"}])
    assert "ZJ0003" in ids(view, mark)[0]


def test_a_row_without_a_moment_is_an_error_and_not_a_gap(view: SqlPlatform) -> None:
    view.put(MARRIAGES)
    with view._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE marriage SET gxsj = NULL WHERE jlbh = 'ZJ0002'")
    with pytest.raises(ContentUnreadable, match="NULL"):
        ids(view)
    with pytest.raises(ContentUnreadable, match="NULL"):
        view.open().check()


def test_a_view_that_says_no_change_is_read_whole(view: SqlPlatform) -> None:
    edit(view, 'changed = "gxsj"\n', "")
    view.put(MARRIAGES)
    found, mark = ids(view)
    assert (found, mark) == (["ZJ0001", "ZJ0002", "ZJ0003"], "")


def test_a_database_in_gbk(tmp_path: Path, servers: Callable[[str], str]) -> None:
    address = servers("mariadb")
    engine = sqlalchemy.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS old")
        connection.exec_driver_sql("CREATE DATABASE old CHARACTER SET gbk")
    engine.dispose()
    old = address.replace("/legacy", "/old").replace("utf8mb4", "gbk")
    platform = SqlPlatform(tmp_path, old, old)
    platform.put([MARRIAGES[0]])
    (batch,) = platform.open().harvest("")
    (found,) = map(Translator(platform.mapping), batch.records)
    assert found.cells["男方姓名"] == "沈砚秋"


def test_a_password_in_the_address_is_refused(view: SqlPlatform) -> None:
    edit(view, "sqlite:///", "postgresql+psycopg://reader:geheim@localhost/")
    with pytest.raises(Misconfigured) as error:
        view.open()
    assert error.value.code == "connector.database"
    assert "geheim" not in str(error.value)


def test_a_dialect_that_is_not_installed_is_said(view: SqlPlatform) -> None:
    edit(view, "sqlite:///", "oracle+oracledb://reader@localhost/")
    with pytest.raises(Misconfigured) as error:
        view.open()
    assert error.value.code == "connector.database"
