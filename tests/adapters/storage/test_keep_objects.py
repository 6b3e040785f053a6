"""Objects: kept under their hash, whole or not at all, never altered unseen."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dangqiao.adapters.storage import FileStorage
from dangqiao.core.configuration import parse
from dangqiao.core.errors import NotThere, Untrusted


@pytest.fixture
def store(tmp_path: Path) -> FileStorage:
    return FileStorage(folder=tmp_path, configuration=parse(b'[node]\nplatform = "310000"\n'))


def test_what_was_put_comes_back_under_its_hash(store: FileStorage) -> None:
    name = store.put(b"page")
    assert name == hashlib.sha256(b"page").hexdigest()
    assert store.put(iter([b"pa", b"ge"])) == name
    assert (store.get(name), store.size(name), b"".join(store.chunks(name))) == (b"page", 4, b"page")


def test_a_broken_off_upload_leaves_nothing(store: FileStorage, tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.put(pieces())
    assert not [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["0" * 64, "../../secrets/django.key", "", "ABC"])
def test_a_missing_or_strange_name_is_not_there(store: FileStorage, name: str) -> None:
    with pytest.raises(NotThere, match=r"storage\.missing"):
        store.chunks(name)


def test_an_altered_object_is_not_handed_out(store: FileStorage, tmp_path: Path) -> None:
    name = store.put(b"page")
    (tmp_path / "objects" / name[:2] / name[2:]).write_bytes(b"Page")
    with pytest.raises(Untrusted, match=r"storage\.altered"):
        store.get(name)
