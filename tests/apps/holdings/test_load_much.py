"""Many large transactions: SQLite's log is written back beside them, and does not grow with what is loaded."""

import time
from pathlib import Path

import pytest
from django.db import connection, transaction

from dangqiao.apps.holdings.importing import loading
from dangqiao.apps.holdings.models import NamesMet

PATIENCE = 60
ROUND, MORE = 4, 1
"""Rows of a mebibyte."""


@pytest.mark.django_db(transaction=True)
def test_the_log_is_written_back_beside_what_is_loaded_and_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_ROWS", ROUND)
    monkeypatch.setattr(loading, "_MOST", 1_000_000)
    settings = ("synchronous", "ignore_check_constraints", "wal_autocheckpoint")
    usual = [_pragma(name) for name in settings]
    with loading.loading() as between:
        for _ in range(5):
            _write(ROUND)
            between()
            _write(MORE)  # while the log is being written back, or soon after
            deadline = time.monotonic() + PATIENCE
            while not _written_back():
                between()
                assert time.monotonic() < deadline
    assert _log_size() < 3 * (ROUND + MORE) << 20
    assert [_pragma(name) for name in settings] == usual
    assert NamesMet.objects.count() == 5 * (ROUND + MORE)


def _write(mebibytes: int) -> None:
    for _ in range(mebibytes):
        with transaction.atomic():
            NamesMet.objects.create(counts="x" * (1 << 20))


def _pragma(name: str) -> int:
    """Of SQLite; 0 on PostgreSQL, whose server does all this by itself."""
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        return int(cursor.execute(f"PRAGMA {name}").fetchone()[0])


def _file() -> Path:
    if connection.vendor != "sqlite":
        return Path(__file__)
    return Path(connection.settings_dict["NAME"])


def _written_back() -> bool:
    """But for less than a round."""
    return _pragma("page_count") * _pragma("page_size") - _file().stat().st_size < ROUND << 20


def _log_size() -> int:
    return 0 if connection.vendor != "sqlite" else Path(f"{_file()}-wal").stat().st_size
