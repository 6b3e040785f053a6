"""The index of files: what changes is found at once, what breaks leaves the old one, what does not fit is refused."""

from contextlib import suppress

import pytest
from django.conf import settings
from django.db import transaction

from dangqiao.adapters.index import building, segments
from dangqiao.apps import ports
from dangqiao.apps.holdings import index, queries, services
from dangqiao.apps.holdings.models import CatalogueEntry, IndexChange
from dangqiao.apps.holdings.records import Citation
from dangqiao.core.errors import Unavailable
from dangqiao.core.matching import Outcome
from dangqiao.core.vocabulary.purpose import Purpose
from tests.apps.holdings.conftest import ARCHIVE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def files(choose_index, settings):
    choose_index("segment")
    return settings.NODE_FOLDER / "index"


@pytest.fixture
def small(monkeypatch):
    """Segments are made of few entries already."""
    monkeypatch.setattr(segments, "FLUSH_AT_END", 1)
    monkeypatch.setattr(segments, "_FACTOR", 0)


def found(clerk, name):
    search = queries.searcher(clerk, [ARCHIVE], "marriage")
    verdict = search.search(queries.query(queries.person(name))).verdict
    return [queries.citation(one.identity).reference_code for one in verdict.candidates]


def correct(clerk, changes, revision=1):
    citation = Citation(ARCHIVE, "marriage", "a-1", 1)
    services.correct_entry(clerk, Purpose.CATALOGUING, citation, changes, revision=revision, reason="test")


NAMES = {"a-1": "张建国", "a-2": "欧阳震华", "a-3": "司马文海"}


@pytest.fixture
def catalogue(take_in, couples):
    take_in(couples(*({"档号": code, "男方姓名": name} for code, name in NAMES.items())))


def test_what_was_taken_in_is_found_before_and_after_the_files_are_made(clerk, catalogue, small, files):
    assert found(clerk, "欧阳震华") == ["a-2"]
    assert not list(files.glob("*.segment"))
    index.tidy(finished=True)
    assert len(list(files.glob("*.segment"))) == 1
    assert found(clerk, "欧阳震华") == ["a-2"]
    assert index.describe()["entries"] == 3


def test_a_correction_is_found_by_the_next_query_and_the_old_name_is_not(clerk, catalogue, small, files):
    index.tidy(finished=True)
    assert found(clerk, "张建国") == ["a-1"]
    correct(clerk, {"男方姓名": "诸葛长庚"})
    assert found(clerk, "诸葛长庚") == ["a-1"]
    assert "a-1" not in found(clerk, "张建国")
    index.tidy(finished=True)  # beside the older file, in which the entry is dead now
    assert len(list(files.glob("*.segment"))) == 2
    assert found(clerk, "诸葛长庚") == ["a-1"]
    assert "a-1" not in found(clerk, "张建国")
    ports.port.cache_clear()  # as another process begins
    assert found(clerk, "诸葛长庚") == ["a-1"]
    assert index.describe() | {"bytes": 0} == {"entries": 4, "changed": 0, "segments": 2, "bytes": 0}


def test_a_process_that_has_the_old_files_open_notices_the_new_ones(clerk, catalogue, small):
    found(clerk, "张建国")
    other = segments.SegmentIndex(folder=settings.NODE_FOLDER, configuration=None)
    assert other.describe(index.STORE)["changed"] == 3
    index.tidy(finished=True)
    assert other.describe(index.STORE)["segments"] == 1
    correct(clerk, {"男方姓名": "诸葛长庚"})
    assert other.describe(index.STORE)["changed"] == 1


def test_what_was_rolled_back_is_not_found(clerk, catalogue):
    class Stop(Exception):
        pass

    with suppress(Stop), transaction.atomic():
        correct(clerk, {"男方姓名": "诸葛长庚"})
        assert found(clerk, "诸葛长庚") == ["a-1"]
        raise Stop
    assert found(clerk, "张建国") == ["a-1"]
    correct(clerk, {"男方姓名": "令狐冲远"})
    assert found(clerk, "令狐冲远") == ["a-1"]
    assert "a-1" not in found(clerk, "诸葛长庚")


@pytest.mark.parametrize("step", ["_copy_records", "open_segment"])
def test_a_crash_while_files_are_made_leaves_the_old_ones_serving(clerk, catalogue, small, files, monkeypatch, step):
    index.tidy(finished=True)
    correct(clerk, {"男方姓名": "诸葛长庚"})

    def crash(*_all):
        raise OSError("the power is gone")

    with monkeypatch.context() as broken, pytest.raises(OSError, match="power"):
        broken.setattr(building, step, crash)
        index.tidy(finished=True)
    assert len(list(files.glob("*.segment"))) == 2
    ports.port.cache_clear()
    assert found(clerk, "诸葛长庚") == ["a-1"]
    assert found(clerk, "欧阳震华") == ["a-2"]
    index.build(lambda *_all: None)
    assert len(list(files.glob("*.segment"))) == 1
    assert found(clerk, "诸葛长庚") == ["a-1"]


def test_a_crash_after_the_switch_repeats_nothing(clerk, catalogue, small, monkeypatch):
    def crash(*_all):
        raise OSError("the power is gone")

    with monkeypatch.context() as broken, pytest.raises(OSError, match="power"):
        broken.setattr(index.STORE, "forget_changes", crash, raising=False)
        index.tidy(finished=True)
    assert IndexChange.objects.exclude(payload=b"").exists()
    assert index.describe()["entries"] == 3
    assert index.describe()["changed"] == 0
    assert found(clerk, "张建国") == ["a-1"]


def test_an_index_that_is_not_the_databases_is_refused_and_built_anew(clerk, catalogue, small, files):
    index.tidy(finished=True)
    manifest = (files / "manifest.json").read_bytes()
    (files / "manifest.json").unlink()
    with pytest.raises(Unavailable):
        found(clerk, "张建国")
    (files / "manifest.json").write_bytes(manifest)
    assert found(clerk, "张建国") == ["a-1"]
    IndexChange.objects.update(token="of another time")
    with pytest.raises(Unavailable):
        found(clerk, "张建国")
    assert index.build(lambda *_all: None) == CatalogueEntry.objects.count()
    assert found(clerk, "张建国") == ["a-1"]


def test_nobody_is_found_who_is_in_no_archive_asked(clerk, catalogue):
    search = queries.searcher(clerk, ["310101"], "marriage")
    assert search.search(queries.query(queries.person("张建国"))).outcome is Outcome.NONE
