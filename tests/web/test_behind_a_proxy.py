"""A node behind a TLS server: it answers to its public name, and forms sent to that name are accepted."""

from pathlib import Path

import pytest
from django.test import Client

from dangqiao.conf import build
from dangqiao.core.configuration import parse

TOML = b'[node]\nplatform = "310000"\n[web]\npublic_url = "https://archives.example.cn"\n'


@pytest.fixture
def behind_tls(settings: object) -> None:
    made = build.settings(parse(TOML), Path("/nowhere"), "secret")
    for name in ("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        setattr(settings, name, made[name])


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_tls")
def test_a_form_sent_to_the_public_address_is_accepted() -> None:
    client = Client(enforce_csrf_checks=True, headers={"host": "archives.example.cn"})
    page = client.get("/verify/")
    token = page.cookies[next(name for name in page.cookies if "csrf" in name)].value
    here, elsewhere = (
        client.post(
            "/verify/",
            {"code": "AAAA", "csrfmiddlewaretoken": token},
            headers={"origin": origin, "host": "archives.example.cn"},
        )
        for origin in ("https://archives.example.cn", "https://elsewhere.example.cn")
    )
    assert here.status_code != 403
    assert elsewhere.status_code == 403
