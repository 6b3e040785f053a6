"""What any connector must do, whatever is behind it."""

from collections.abc import Iterable
from uuid import uuid4

import pytest

from dangqiao.core.connectors import (
    AnswerState,
    Capability,
    Connector,
    ContentUnreadable,
    PlatformRefused,
    PlatformUnreachable,
    Question,
    Receipt,
    Record,
    Translated,
    Translator,
)
from dangqiao.core.errors import BadInput, DangqiaoError
from tests.adapters.connectors.platforms import Platform
from tests.adapters.connectors.words import MARRIAGES, cells

HARVESTED = [
    "sqlite",
    "postgresql",
    "mariadb",
    "RestPlatform",
    "SoapPlatform",
    "FolderPlatform",
    "SftpPlatform",
    "OaiPlatform",
]
SEARCHED = ["sqlite", "postgresql", "mariadb", "RestPlatform", "SoapPlatform", "SoapText"]
DESKS = ["RestDesk", "SoapDesk"]


def of(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("platform", kinds, indirect=True)


def harvested(connector: Connector, mark: str = "") -> tuple[list[Record], str]:
    """Everything since a mark, and the mark behind it."""
    found: list[Record] = []
    for batch in connector.harvest(mark):
        records = list(batch.records)
        connector.settled(batch, Receipt(len(records), len(records)))
        found += records
        mark = batch.mark
    return found, mark


def translated(platform: Platform, records: Iterable[Record]) -> dict[str, Translated]:
    translate = Translator(platform.mapping)
    return {one.id: one for one in map(translate, records)}


@of(*HARVESTED, *SEARCHED[-1:], *DESKS)
def test_it_says_what_answers(platform: Platform) -> None:
    assert platform.open().check()


@of(*HARVESTED)
def test_it_gives_every_record_and_each_word_arrives(platform: Platform) -> None:
    platform.put(MARRIAGES)
    records, _mark = harvested(platform.open())
    found = translated(platform, records)
    assert {number: one.cells for number, one in found.items()} == {one["id"]: cells(one) for one in MARRIAGES}
    assert not any(one.problems or one.deleted for one in found.values())
    assert {one.archive for one in found.values()} == {"330106"}


@of(*HARVESTED)
def test_after_that_it_gives_what_is_new(platform: Platform) -> None:
    platform.put(MARRIAGES[:2])
    _records, mark = harvested(platform.open())
    later = MARRIAGES[2] | {"changed": "2024-02-01 00:00:00"}
    changed = MARRIAGES[0] | {"登记机关": "杭州市上城区民政局", "changed": "2024-02-02 00:00:00"}
    files = platform.mapping.connector.kind == "files"
    platform.put([later, changed] if files else [changed, MARRIAGES[1], later])
    found = translated(platform, harvested(platform.open(), mark)[0])
    assert {"ZJ0001", "ZJ0003"} <= found.keys()
    assert found["ZJ0001"].cells["登记机关"] == "杭州市上城区民政局"


@of(*HARVESTED)
def test_stopped_after_a_batch_it_goes_on_with_its_mark(platform: Platform) -> None:
    platform.put(MARRIAGES)
    if platform.mapping.connector.kind == "files":
        platform.put([MARRIAGES[0] | {"id": "ZJ0009"}])
    connector = platform.open()
    batches = connector.harvest("")
    batch = next(batches)
    first = translated(platform, batch.records)
    connector.settled(batch, Receipt(len(first), len(first)))
    connector.close()
    rest = translated(platform, harvested(platform.open(), batch.mark)[0])
    assert {one["id"] for one in MARRIAGES} <= first.keys() | rest.keys()


@of(*HARVESTED)
def test_stopped_within_a_batch_it_gives_the_batch_again(platform: Platform) -> None:
    platform.put(MARRIAGES)
    connector = platform.open()
    for batch in connector.harvest(""):
        next(iter(batch.records))
        break
    connector.close()
    found = translated(platform, harvested(platform.open())[0])
    assert found.keys() == {one["id"] for one in MARRIAGES}


@of(*HARVESTED)
def test_it_tells_what_was_deleted(platform: Platform) -> None:
    platform.put(MARRIAGES, deleted=["ZJ0002"])
    found = translated(platform, harvested(platform.open())[0])
    assert [number for number, one in found.items() if one.deleted] == ["ZJ0002"]
    assert not found["ZJ0002"].problems


@of(*HARVESTED)
def test_an_empty_platform_gives_nothing(platform: Platform) -> None:
    assert harvested(platform.open())[0] == []


@of(*SEARCHED)
def test_it_finds_by_what_is_known(platform: Platform) -> None:
    platform.put(MARRIAGES)
    connector = platform.open()
    by_name = translated(platform, connector.search(Question("尤䶮")))
    by_number = translated(platform, connector.search(Question("谁也不是", identity_number="330106610412901")))
    assert {number: one.cells for number, one in by_name.items()} == {"ZJ0002": cells(MARRIAGES[1])}
    assert by_number.keys() == {"ZJ0001"}


@of(*SEARCHED)
def test_not_found_is_an_empty_answer_and_no_error(platform: Platform) -> None:
    platform.put(MARRIAGES)
    assert platform.open().search(Question("查无此人")) == ()


@of(*SEARCHED)
def test_what_is_asked_cannot_become_part_of_the_question(platform: Platform) -> None:
    platform.put(MARRIAGES)
    for name in ("' OR '1'='1", "*", "%", "<xm>尤䶮</xm>", "&xm=尤䶮", '"}', "{name}", "\x00"):
        assert platform.open().search(Question(name)) == (), name


@of(*DESKS)
def test_its_people_are_asked_once_and_answer_later(platform: Platform) -> None:
    platform.put(MARRIAGES)
    connector = platform.open()
    key = f"referral:{uuid4()}"
    ticket = connector.hand_over(key, Question("欧阳暮云"))
    assert connector.hand_over(key, Question("欧阳暮云")) == ticket
    assert connector.poll(ticket).state is AnswerState.WAITING
    answer = connector.poll(ticket)
    assert answer.state is AnswerState.FOUND
    assert translated(platform, answer.records).keys() == {"ZJ0003"}
    other = connector.hand_over(f"referral:{uuid4()}", Question("查无此人"))
    connector.poll(other)
    assert connector.poll(other).state is AnswerState.NOT_FOUND


@of(*HARVESTED, *DESKS)
def test_what_the_platform_does_not_offer_is_refused_by_name(platform: Platform) -> None:
    connector = platform.open()
    acts = {
        Capability.HARVEST: lambda: list(connector.harvest("")),
        Capability.SEARCH: lambda: connector.search(Question("尤䶮")),
        Capability.HAND_OVER: lambda: connector.hand_over("key", Question("尤䶮")),
    }
    for capability in set(Capability) - connector.capabilities:
        with pytest.raises(BadInput) as refused:
            acts[capability]()
        assert refused.value.code == "connector.cannot"


def asked_somehow(platform: Platform) -> None:
    """Whatever it can do."""
    connector = platform.open()
    if Capability.SEARCH in connector.capabilities:
        connector.search(Question("尤䶮", identity_number="330106610412901"))
    elif Capability.HARVEST in connector.capabilities:
        list(connector.harvest(""))
    else:
        connector.hand_over("key", Question("尤䶮", identity_number="330106610412901"))


@of("RestPlatform", "SoapPlatform", "FolderPlatform", "SftpPlatform", "OaiPlatform", "RestDesk", "SoapDesk")
def test_a_silent_platform_is_unreachable(platform: Platform) -> None:
    platform.stop()
    with pytest.raises(PlatformUnreachable) as error:
        asked_somehow(platform)
    assert error.value.code == "connector.unreachable"


@of("mariadb", "RestPlatform", "SoapPlatform", "SftpPlatform", "OaiPlatform", "RestDesk", "SoapDesk")
def test_a_wrong_secret_is_a_refusal(platform: Platform) -> None:
    platform.put(MARRIAGES)
    platform.lock_out()
    with pytest.raises(PlatformRefused) as error:
        asked_somehow(platform)
    assert error.value.code == "connector.refused"


@of("sqlite", "postgresql", "mariadb", "RestPlatform", "SoapPlatform")
def test_what_is_not_as_the_mapping_says_is_no_empty_answer(platform: Platform) -> None:
    platform.put(MARRIAGES)
    platform.spoil()
    with pytest.raises((ContentUnreadable, PlatformRefused)):
        asked_somehow(platform)


@of(*SEARCHED, *DESKS)
def test_an_error_never_says_who_was_asked_for(platform: Platform) -> None:
    platform.put(MARRIAGES)
    platform.spoil()
    if Capability.HAND_OVER in platform.open().capabilities:
        platform.stop()
    with pytest.raises(DangqiaoError) as raised:
        asked_somehow(platform)
    error: BaseException | None = raised.value
    while error:
        assert "尤䶮" not in repr(error)
        assert "330106610412901" not in repr(error)
        error = error.__cause__
