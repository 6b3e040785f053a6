"""What other nodes call: the directory's files and nothing beside them; objects only for who may."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client


@pytest.fixture
def trust(node: Path) -> Path:
    folder = Path(settings.TRUST_FOLDER)
    (folder / "metadata").mkdir(parents=True, exist_ok=True)
    (folder / "metadata" / "1.root.json").write_text("{}", encoding="utf-8")
    (folder / "private.json").write_text("{}", encoding="utf-8")
    yield folder
    (folder / "metadata" / "1.root.json").unlink()
    (folder / "private.json").unlink()


def test_a_file_of_the_directory_is_for_everybody(trust: Path, client: Client) -> None:
    answer = client.get("/directory/metadata/1.root.json")
    assert b"".join(answer.streaming_content) == b"{}"  # type: ignore[attr-defined]
    assert "max-age" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "private.json",
        "metadata/../private.json",
        "metadata/../../secrets/django.key",
        "metadata/%2e%2e/%2e%2e/dangqiao.toml",
        "metadata/",
        "metadata/2.root.json",
        "/etc/passwd",
    ],
)
def test_nothing_else_of_the_node_is(trust: Path, client: Client, path: str) -> None:
    assert client.get(f"/directory/{path}").status_code == 404


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer ", "Bearer rubbish"])
def test_an_object_does_not_exist_for_who_cannot_sign(node: Path, client: Client, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    assert client.get(f"/exchange/v1/objects/{'a' * 64}", headers=headers).status_code == 404


def test_an_error_of_ours_is_json_for_programs(node: Path, client: Client) -> None:
    answer = client.post("/exchange/v1/messages", b"rubbish", content_type="application/jose")
    assert answer.status_code == 503 and answer.json()["error"]["code"]
