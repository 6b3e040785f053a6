"""A node of Shanghai with its archives, a register of invented people, and ways to log in."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from dangqiao.apps.directory import services as directory
from dangqiao.apps.identity import services as identity
from dangqiao.core.vocabulary.actor import Role, ScopeKind, operator

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
