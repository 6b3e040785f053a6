"""Rows are prepared by several processes as by one, and a process that is gone is no silent loss."""

import psutil
import pytest

from dangqiao.apps.holdings.importing import workers
from dangqiao.apps.holdings.importing.preparing import Recipe
from dangqiao.apps.holdings.importing.rows import Row
from dangqiao.core import categories
from dangqiao.core.errors import Unavailable
from tests.apps.holdings.conftest import ARCHIVE, COUPLE

RECIPE = Recipe(categories.get("marriage"), ARCHIVE, list(COUPLE), 2026, update=False)


def tasks(count: int) -> list[workers.Task]:
    """Chunks of two rows; without identity numbers, whose hashes differ from node to node."""
    couple = COUPLE | {"男方身份证件号": ""}
    return [
        ([Row(2 * n + 2 + i, list((couple | {"档号": f"{n}-{i}", "页数": "x" * i}).values())) for i in range(2)], {})
        for n in range(count)
    ]


def test_chunks_come_in_order_and_are_the_same():
    alone = list(workers.prepared(RECIPE, iter(tasks(7)), 0))
    together = list(workers.prepared(RECIPE, iter(tasks(7)), 2))
    assert [rows for rows, _chunk in together] == [rows for rows, _chunk in tasks(7)]
    for (_rows, one), (_same, other) in zip(alone, together, strict=True):
        assert (one.keys, one.owners, one.counts) == (other.keys, other.owners, other.counts)
        assert one.drafts[0].identity == other.drafts[0].identity
        assert one.drafts[1] == other.drafts[1], "the rejected row"


def test_a_worker_that_was_ended_is_an_error():
    chunks = workers.prepared(RECIPE, iter(tasks(9)), 2)
    next(chunks)
    for child in psutil.Process().children():
        if workers.__name__ in child.cmdline():
            child.kill()
            child.wait()
    with pytest.raises(Unavailable) as lost:
        list(chunks)
    assert lost.value.code == "import.worker_lost"


def test_an_error_in_a_worker_is_raised_here():
    with pytest.raises(AttributeError):
        list(workers.prepared(RECIPE, iter([(["no row"], {})]), 1))


def test_nobody_is_left_behind():
    chunks = workers.prepared(RECIPE, iter(tasks(9)), 2)
    next(chunks)
    hired = [child for child in psutil.Process().children() if workers.__name__ in child.cmdline()]
    assert len(hired) == 2
    chunks.close()
    assert not any(child.is_running() for child in hired)


def test_small_files_need_no_help():
    assert workers.useful(10_000) == 0
