"""What is special about OAI-PMH: tokens that are forgotten, and a harvest that goes on in the middle of a list."""

from pathlib import Path

import pytest

from dangqiao.core.connectors import PlatformRefused, Receipt, Translator
from tests.adapters.connectors.platforms import OaiPlatform
from tests.adapters.connectors.words import MARRIAGES


@pytest.fixture
def platform(tmp_path: Path) -> OaiPlatform:
    made = OaiPlatform(tmp_path)
    made.put(MARRIAGES)
    return made


def test_a_token_that_the_repository_has_forgotten_starts_the_list_anew(platform: OaiPlatform) -> None:
    batches = platform.open().harvest("")
    first = next(batches)
    list(next(batches).records)  # the token has been used up
    again = {
        one.id
        for batch in platform.open().harvest(first.mark)
        for one in map(Translator(platform.mapping), batch.records)
    }
    assert again == {one["id"] for one in MARRIAGES}


def test_in_the_middle_of_a_list_the_mark_goes_on_behind_the_page(platform: OaiPlatform) -> None:
    connector = platform.open()
    batches = connector.harvest("")
    first = next(batches)
    known = {one.id for one in map(Translator(platform.mapping), first.records)}
    connector.settled(first, Receipt(2, 2))
    rest = {
        one.id
        for batch in platform.open().harvest(first.mark)
        for one in map(Translator(platform.mapping), batch.records)
    }
    assert not known & rest
    assert known | rest == {one["id"] for one in MARRIAGES}


def test_a_format_that_the_repository_does_not_have_is_a_refusal(platform: OaiPlatform) -> None:
    source = platform.folder / "connectors" / "legacy.toml"
    source.write_text(source.read_text("utf-8").replace('format = "legacy"', 'format = "marc21"'), "utf-8")
    with pytest.raises(PlatformRefused, match="cannotDisseminateFormat"):
        list(platform.open().harvest(""))
