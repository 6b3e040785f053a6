"""Existing platforms, one of each kind, that hold the same marriages: what the contract tests compare."""

import csv
import json
import shutil
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy

from dangqiao.adapters.connectors import Connectors
from dangqiao.apps.work.processes import environment_of_child
from dangqiao.cli.demo import bridge
from dangqiao.core.configuration import parse
from dangqiao.core.connectors import Connector, Mapping
from tests.adapters.connectors.words import WORDS, flat_row, mapping_file, nested_row

HERE = Path(__file__).parent
TOKEN = "a-secret-of-the-test"
ASK = '[[search]]\nxm = "{name}"\n[[search]]\nsfzh = "{identity_number}"\n'

Marriages = Iterable[dict[str, str]]


class Platform(ABC):
    """One platform and a node's folder with the mapping file for it."""

    can = '"harvest"'

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "node"
        (self.folder / "connectors").mkdir(parents=True)
        (self.folder / "secrets").mkdir(mode=0o700)
        self.all = Connectors(folder=self.folder, configuration=parse(b'[node]\nplatform = "330000"\ntest = true\n'))
        self.secret(TOKEN)

    def secret(self, text: str) -> None:
        path = self.folder / "secrets" / "legacy.token"
        path.touch(0o600)
        path.write_text(text)

    def describe(self, source: bytes) -> None:
        (self.folder / "connectors" / "legacy.toml").write_bytes(source)

    @property
    def mapping(self) -> Mapping:
        return self.all.mapping("legacy")

    def open(self) -> Connector:
        return self.all.open(self.mapping)

    @abstractmethod
    def put(self, marriages: Marriages, deleted: Iterable[str] = ()) -> None:
        """Makes these what the platform holds; of those in `deleted` (by id) it says that they are gone."""

    def stop(self) -> None:
        """Makes it unreachable; the databases serve other tests too and cannot be stopped."""
        raise NotImplementedError

    def lock_out(self) -> None:
        """Makes it refuse us."""
        self.secret("wrong")

    @abstractmethod
    def spoil(self) -> None:
        """Makes it answer what cannot be read."""

    def close(self) -> None:  # noqa: B027  (a folder has nothing to end)
        """Ends it."""


class SqlPlatform(Platform):
    can = '"harvest", "search"'

    def __init__(self, folder: Path, writing: str, reading: str, *, page: int = 2) -> None:
        super().__init__(folder)
        self._engine = sqlalchemy.create_engine(writing)
        with self._engine.begin() as connection:
            for statement in ("DROP VIEW IF EXISTS v_marriage", "DROP TABLE IF EXISTS marriage"):
                connection.exec_driver_sql(statement)
            words = [name for name in flat_row(_EXAMPLE) if name not in ("jlbh", "gxsj")]
            stamp = "TIMESTAMP" if self._engine.dialect.name != "mysql" else "DATETIME"
            columns = ", ".join(f"{name} VARCHAR(60)" for name in words)
            connection.exec_driver_sql(f"CREATE TABLE marriage (jlbh VARCHAR(20) PRIMARY KEY, gxsj {stamp}, {columns})")
            # A name or a number may be the husband's or the wife's: the view's owner makes that searchable.
            connection.exec_driver_sql("CREATE VIEW v_marriage AS SELECT marriage.* FROM marriage")
        ask = (
            '[[search]]\nnan_xm = "{name}"\n[[search]]\nnv_xm = "{name}"\n[[search]]\nnan_sfzh = "{identity_number}"\n'
        )
        section = f'[sql]\nurl = "{reading}"\nview = "v_marriage"\npage = {page}\n'
        if "reader" in reading:
            section += 'secret = "legacy.token"\n'
        self.describe(mapping_file("sql", section, can=self.can, search=ask))

    def put(self, marriages: Marriages, deleted: Iterable[str] = ()) -> None:
        rows: list[dict[str, Any]] = [dict(flat_row(one, one["id"] in set(deleted))) for one in marriages]
        table = sqlalchemy.Table("marriage", sqlalchemy.MetaData(), autoload_with=self._engine)
        for row in rows:
            row["gxsj"] = datetime.fromisoformat(row["gxsj"])
        with self._engine.begin() as connection:
            connection.execute(table.delete())
            if rows:
                connection.execute(table.insert(), rows)

    def spoil(self) -> None:
        with self._engine.begin() as connection:
            connection.exec_driver_sql("DROP VIEW v_marriage")

    def close(self) -> None:
        self._engine.dispose()


@dataclass
class Service:
    """A process that stands for a platform, with a folder of its own. Kept from test to test."""

    command: tuple[str, ...]
    folder: Path
    process: subprocess.Popen[str]
    listening: str

    running: ClassVar[dict[tuple[str, ...], "Service"]] = {}

    @classmethod
    def get(cls, *command: str) -> "Service":
        """The service that this command starts, given its folder after the program's name."""
        if command not in cls.running:
            folder = Path(tempfile.mkdtemp(prefix="dangqiao-legacy-"))
            (folder / "records.json").write_text("[]")
            program, *more = command
            words = ["-P", program, *(one.replace("FOLDER", str(folder)) for one in more)]
            process = subprocess.Popen(
                [sys.executable, *words], stdout=subprocess.PIPE, text=True, env=environment_of_child()
            )
            assert process.stdout
            cls.running[command] = Service(command, folder, process, process.stdout.readline().strip())
        return cls.running[command]

    def stop(self) -> None:
        """Ends it; the next test gets another."""
        if self.running.pop(self.command, None):
            self.process.kill()
            self.process.communicate()
            shutil.rmtree(self.folder, ignore_errors=True)


class ServicePlatform(Platform):
    """One that is a process with a file of records."""

    command: tuple[str, ...]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._service = Service.get(*self.command)
        self._records = self._service.folder / "records.json"
        self.put([])
        self.describe(self.told(self._service.listening))

    @abstractmethod
    def told(self, listening: str) -> bytes:
        """The mapping file, given what the process printed."""

    def put(self, marriages: Marriages, deleted: Iterable[str] = ()) -> None:
        rows = [nested_row(one, one["id"] in set(deleted)) for one in marriages]
        draft = self._records.with_suffix(".part")
        draft.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        draft.replace(self._records)

    def stop(self) -> None:
        self._service.stop()


class RestPlatform(ServicePlatform):
    can = '"harvest", "search"'

    command = (str(bridge.PROGRAM), "0", "FOLDER/records.json", TOKEN)

    def told(self, listening: str) -> bytes:
        section = f"""
[rest]
address = "http://127.0.0.1:{listening}"
encoding = "gb18030"
secret = "legacy.token"
header = "X-Token"
prefix = ""
attempts = 1
good = {{ field = "code", values = ["200"], refused = ["401"] }}
search = {{ path = "/api/hyda/query", method = "POST", body = "form", records = "data.rows" }}

[rest.harvest]
path = "/api/hyda/list"
params = {{ gxsj = "{{since}}", rows = "{{size}}" }}
records = "data.rows"
size = 3

[rest.hand_over]
path = "/api/cxsq"
method = "POST"
body = "form"
params = {{ wbh = "{{key}}" }}
ticket = "data.slbh"

[rest.poll]
path = "/api/cxsq/{{ticket}}"
state = "data.clzt"
states = {{ "10" = "waiting", "20" = "found", "30" = "not_found", "90" = "refused" }}
records = "data.rows"
"""
        return mapping_file("rest", section, can=self.can, search=ASK, dot=".")

    def spoil(self) -> None:
        path = self.folder / "connectors" / "legacy.toml"
        path.write_text(path.read_text("utf-8").replace('encoding = "gb18030"', 'encoding = "utf-8"'), "utf-8")


class RestDesk(RestPlatform):
    """The same, where only its people answer."""

    can = '"hand_over"'


class SoapPlatform(ServicePlatform):
    can = '"harvest", "search"'

    command = (str(HERE / "soap_service.py"), "FOLDER/records.json", "dangqiao", TOKEN)

    def told(self, listening: str) -> bytes:
        section = f"""
[soap]
wsdl = "http://127.0.0.1:{listening}/marriages?wsdl"
address = "http://127.0.0.1:{listening}/marriages"
user = "dangqiao"
secret = "legacy.token"
harvest = {{ name = "listChanged", params = {{ gxsj = "{{since}}", page = "{{page}}", rows = "{{size}}" }}, size = 2 }}
search = {{ name = "query" }}
hand_over = {{ name = "submit", params = {{ wbh = "{{key}}" }} }}

[soap.poll]
name = "state"
params = {{ slbh = "{{ticket}}" }}
records = "record"
state = "clzt"
states = {{ "10" = "waiting", "20" = "found", "30" = "not_found", "90" = "refused" }}
"""
        return mapping_file("soap", section, can=self.can, search=ASK)

    def spoil(self) -> None:
        path = self.folder / "connectors" / "legacy.toml"
        path.write_text(path.read_text("utf-8").replace('name = "query', 'name = "quary'), "utf-8")


class SoapText(SoapPlatform):
    """The same, where the answer is a text with XML in it."""

    can = '"search"'

    def told(self, listening: str) -> bytes:
        return super().told(listening).replace(b'name = "query"', b'name = "queryText", inner = "row"')


class SoapDesk(SoapPlatform):
    """The same, where only its people answer."""

    can = '"hand_over"'


class OaiPlatform(ServicePlatform):
    command = (str(HERE / "oai_service.py"), "FOLDER/records.json", TOKEN)

    def told(self, listening: str) -> bytes:
        section = f'[oai]\naddress = "http://127.0.0.1:{listening}/oai"\nformat = "legacy"\nsecret = "legacy.token"\n'
        return mapping_file("oai", section, can=self.can, record="")

    def spoil(self) -> None:
        self._records.write_text("[{}]")  # it breaks off in the middle of its answer: handled as not answering


class FolderPlatform(Platform):
    """Each `put` drops a file."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.drop, where = self.place(folder)
        self.drop.mkdir()
        self._number = 0
        about = f'[files]\nencoding = "gb18030"\npattern = "*.csv"\nsettle = 0\n{where}'
        self.describe(mapping_file("files", about, can=self.can))

    def place(self, folder: Path) -> tuple[Path, str]:
        """Where files are dropped, and how the mapping file says so."""
        return folder / "drop", f'folder = "{folder}/drop"\n'

    def put(self, marriages: Marriages, deleted: Iterable[str] = ()) -> None:
        rows = [flat_row(one, one["id"] in set(deleted)) for one in marriages]
        self._number += 1
        draft = self.drop / ".being-written"
        with draft.open("w", encoding="gb18030", newline="") as stream:
            writer = csv.DictWriter(stream, list(flat_row(_EXAMPLE)))
            writer.writeheader()
            writer.writerows(rows)
        draft.rename(self.drop / f"{self._number}.csv")

    def stop(self) -> None:
        self.drop.rename(self.drop.with_name("gone"))

    def spoil(self) -> None:
        (self.drop / "spoilt.csv").write_bytes(b"\xff\xfe\x00no table")


class SftpPlatform(FolderPlatform):
    def place(self, folder: Path) -> tuple[Path, str]:
        self._service = Service.get(str(HERE / "sftp_service.py"), "FOLDER", "dangqiao", TOKEN)
        port, _, key = self._service.listening.partition(" ")
        account = f'host = "127.0.0.1"\nport = {port}\nuser = "dangqiao"\nsecret = "legacy.token"\nhost_key = "{key}"\n'
        name = folder.name
        return self._service.folder / name, f'folder = "/{name}"\n\n[files.sftp]\n{account}'

    def stop(self) -> None:
        self._service.stop()


_EXAMPLE = dict.fromkeys(WORDS, "") | {"业务类型": "结婚"}
