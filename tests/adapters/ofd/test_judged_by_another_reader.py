"""ofd.js, a reader that others wrote, in Chromium: every category opens, says what was frozen, and its seal holds."""

import shutil
from collections.abc import Iterator

import pytest

from benchmarks.issuing import contents
from dangqiao.core import categories
from dangqiao.core.sealing.content import FrozenContent
from tests.adapters.ofd.bureau import Bureau
from tools.judge_ofd import CACHE, CHROMIUM, SCRIPT, Judge, fetched, tampered

Documents = dict[str, tuple[FrozenContent, bytes]]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    """One of each category."""
    bureau = Bureau(tmp_path_factory.mktemp("bureau"))
    found = {content.category: content for content in contents(400, rare=False)}
    assert set(found) == set(categories.shipped())
    return {category: (content, bureau.issue_ofd(content)) for category, content in found.items()}


@pytest.fixture(scope="module")
def judge(documents: Documents) -> Iterator[Judge]:
    """Started when all documents are made: in its thread no other event loop can run."""
    if not shutil.which(CHROMIUM):
        pytest.skip(f"{CHROMIUM} is not installed")
    if not (CACHE / SCRIPT).exists():
        pytest.skip("ofd.js is not here; with npm installed: .venv/bin/python tools/judge_ofd.py --fetch")
    with Judge(fetched(CACHE)) as one:
        yield one


@pytest.mark.browser
def test_every_category_opens_says_what_was_frozen_and_its_seal_holds(judge: Judge, documents: Documents) -> None:
    for category, (content, document) in documents.items():
        seen = judge(document)
        assert seen["good"], (category, seen)
        assert set(seen["seal_names"]) == {content.archive_name}
        said = "".join("".join(seen["text"]).split())
        for words in (content.serial, content.applicant, *content.opening, *content.statements):
            assert "".join(words.split()) in said, (category, words)
        for fact in content.facts:
            assert fact.label + (fact.value or "未著录") in said, (category, fact)


@pytest.mark.browser
def test_a_changed_byte_is_found_in_every_category(judge: Judge, documents: Documents) -> None:
    for category, (_content, document) in documents.items():
        assert not judge(tampered(document)["Content.xml"])["good"], category
    assert not judge(tampered(document)["SignedValue.dat"])["good"]
    assert not judge(document[:2000])["good"]
