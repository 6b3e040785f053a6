"""A node of Shanghai with its archives, a register of invented people, and ways to log in."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from PIL import Image

from dangqiao.apps.directory import services as directory
from dangqiao.apps.holdings import services as holdings
from dangqiao.apps.holdings.records import Citation
from dangqiao.apps.identity import services as identity
from dangqiao.apps.work import services as work
from dangqiao.core.vocabulary.actor import Role, ScopeKind, operator
from dangqiao.core.vocabulary.purpose import Purpose

OPERATOR = operator("tester", "310000")
PASSWORD = "correct-horse-battery"
ZHANG = {"name": "张晓丽", "identity_number": "310101196205010029"}
"""An invented woman; the number's check character is right."""


@pytest.fixture
def node(db: None) -> Path:
    """The node's folder; its database has the province's archives."""
    cache.clear()
    directory.seed_province(OPERATOR)
    folder = Path(settings.NODE_FOLDER)
    (folder / "register.json").write_text(json.dumps([ZHANG]), encoding="utf-8")
    (folder / "messages.log").unlink(missing_ok=True)
    return folder


def log_in_citizen(client: Client, phone: str = "13800138000") -> None:
    """By code, as a citizen does."""
    client.post("/accounts/login/", {"phone": phone})
    page = client.get("/accounts/login/code/").content.decode()
    code = re.search(r'id="test-code">(\d{6})<', page)
    assert code, page
    client.post("/accounts/login/code/", {"action": "verify", "code": code[1]})


@pytest.fixture
def citizen(node: Path, client: Client) -> Client:
    """A browser of a citizen with a phone, no real name yet."""
    log_in_citizen(client)
    return client


@pytest.fixture
def zhang(citizen: Client) -> Client:
    """A browser of a citizen who proved her name."""
    citizen.post("/accounts/real-name/", ZHANG)
    return citizen


def staff(username: str, role: Role, scope: ScopeKind, code: str) -> Client:
    """A browser of a member of staff with one role."""
    identity.create_staff(OPERATOR, username, password=PASSWORD)
    identity.grant_role(OPERATOR, username, role, scope, code)
    client = Client()
    client.post("/accounts/staff/", {"login": username, "password": PASSWORD})
    return client


@pytest.fixture
def catalogue(node: Path, tmp_path: Path) -> Path:
    """Huangpu's archive has Zhang's marriage, keyed with a slip, another couple, and a page image."""
    rows = [
        couple("3001-1987-001", "李建国", "张小丽", "1962-05-01", "1987-03-05"),
        couple("3001-1988-002", "赵铁柱", "钱桂芳", "1964-06-07", "1988-05-01"),
    ]
    take_in(tmp_path / "marriage.csv", rows)
    picture = io.BytesIO()
    Image.new("L", (60, 80), 230).save(picture, "PNG")
    page = holdings.NewPage(Citation("310101", "marriage", "3001-1987-001"), 1, picture.getvalue())
    holdings.attach_pages(OPERATOR, Purpose.CATALOGUING, "310101", [page])
    return node


def take_in(path: Path, rows: list[dict[str, str]]) -> None:
    """Imports couples into Huangpu's catalogue."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    holdings.import_file(OPERATOR, Purpose.CATALOGUING, path, category="marriage", archive_code="310101")


def couple(code: str, husband: str, wife: str, wife_born: str, day: str) -> dict[str, str]:
    values = {
        "档号": code,
        "全宗号": "3001",
        "年度": day[:4],
        "业务类型": "结婚",
        "证件字号": f"沪黄结字第{code[-3:]}号",
        "登记日期": day,
        "登记机关": "上海市黄浦区民政局",
        "男方姓名": husband,
        "男方出生日期": "1960-01-02",
        "女方姓名": wife,
        "女方出生日期": wife_born,
        "页数": "1",
    }
    return {**values, "男方身份证件号": "", "女方身份证件号": "", "备注": ""}


ANSWERS = {
    "who": {"applicant_kind": "party", "role": "party_b"},
    "record": {"party_a-name": "李建国", "event_date": "1987", "place": "黄浦区"},
    "archive": {"archive_code": "310101"},
    "use": {"purpose_of_use": "housing", "kind_wanted": "copy", "mode_wanted": "download"},
}


def fill(client: Client, base: str = "/apply/marriage/", **changed: dict[str, str]) -> str:
    """Answers all pages of an application; the key of the last one."""
    for step, answers in {**ANSWERS, **changed}.items():
        answer = client.post(f"{base}{step}/", answers)
        assert answer.status_code == 302, answer.content.decode()
    key = re.search(r'name="key" value="(\w+)"', client.get(f"{base}check/").content.decode())
    assert key
    return key[1]


def apply(client: Client, **changed: dict[str, str]) -> str:
    """A whole application, delivered and searched; the address of its page."""
    answer = client.post("/apply/marriage/check/", {"key": fill(client, **changed)})
    work.drain()
    return str(answer.headers["Location"])


def form_of(page: str, act: str) -> dict[str, str]:
    """The hidden fields of an act's form on a page, ready to be sent."""
    key = re.search(rf'name="{act}-key" value="(\w+)"', page) or re.search(
        rf'name="act" value="{act}".*?name="key" value="(\w+)"', page, re.DOTALL
    )
    assert key, f"no form for {act}"
    return {"act": act, f"{act}-key": key[1]}
