"""A counter in Anhui, an archive in Shanghai: a checked entry is answered by machine with a copy of its pages."""

from pathlib import Path

import pytest

from dangqiao.cli.demo.people import Person
from tests.federation.acts import Asked, at_counter, opened, verdict_of_command, verdict_on_page, zh
from tests.federation.data import CHECKED, HUANGPU, of_marriage
from tests.federation.world import ANHUI, SHANGHAI, World


@pytest.fixture(scope="module")
def asked(world: World) -> Asked:
    """The wife asks at the counter next door."""
    return at_counter(world, ANHUI, "340826-001", "marriage", of_marriage(CHECKED, kind_wanted="copy", act="结婚"))


@pytest.fixture(scope="module")
def files(asked: Asked) -> tuple[bytes, bytes]:
    """What she gets: PDF and OFD."""
    [files] = asked.files()
    return files


@pytest.fixture(scope="module")
def document(files: tuple[bytes, bytes]) -> bytes:
    """The PDF."""
    return files[0]


def test_it_is_answered_without_a_person(asked: Asked, document: bytes) -> None:
    part = asked.agreed(SHANGHAI, HUANGPU, "closed")
    assert part.acts == ["deliver", "accept", "decide", "seal"] and part.outcome == "provided"
    assert {event[2] for event in part.events} == {f"node:{SHANGHAI}"}
    assert asked.page().text.count(part.state["told"]["serial"]) >= 1


def test_who_means_their_divorce_is_not_given_it(world: World, asked: Asked) -> None:
    said = of_marriage(CHECKED, kind_wanted="copy", act="离婚")
    other = at_counter(world, ANHUI, "340826-001", "marriage", said)
    assert other.agreed(SHANGHAI, HUANGPU, "delivered").acts == ["deliver"]
    page = opened(world.staff(SHANGHAI, "handler"), other.number)
    assert "离婚" in page.text
    assert zh("An entry of these persons is there, but not certainly of the kind that is looked for.") in page.text


def test_the_clerk_hands_it_over(asked: Asked, document: bytes) -> None:
    page = asked.page()
    form = page.form("document", "recipient")
    said = {"recipient": CHECKED.wife.name, "signed_for": "on"}
    after = asked.person.browser.submit(page, form, said)
    assert CHECKED.wife.name in after.text and after.status == 200
    handed = "SELECT mode, place, signed_for FROM deliverables_delivery d JOIN deliverables_deliverable x"
    [[mode, place, signed]] = asked.node.rows(
        f"{handed} ON x.id = d.deliverable_id WHERE x.archive_code = ? AND d.mode = 'counter'", HUANGPU
    )
    assert (mode, place, bool(signed)) == ("counter", "340826-001", True)


@pytest.mark.parametrize("file", [0, 1], ids=["pdf", "ofd"])
def test_it_is_genuine_on_every_node_and_offline(
    world: World, files: tuple[bytes, bytes], file: int, tmp_path: Path
) -> None:
    document = files[file]
    for node in world.nodes.values():
        outcome, text = verdict_on_page(node, document)
        assert outcome == "valid", f"{node.platform}: {text}"
        said = verdict_of_command(document, tmp_path, node.folder / "trust")
        assert said["outcome"] == "valid", said["reasons"]
        assert (said["claim"]["archive"], said["claim"]["kind"]) == (HUANGPU, "copy")


@pytest.mark.parametrize("file", [0, 1], ids=["pdf", "ofd"])
def test_with_one_byte_changed_it_is_not_genuine(
    world: World, files: tuple[bytes, bytes], file: int, tmp_path: Path
) -> None:
    document = files[file]
    middle = len(document) // 2
    changed = document[:middle] + bytes([document[middle] ^ 1]) + document[middle + 1 :]
    assert verdict_on_page(world[ANHUI], changed)[0] == "invalid"
    assert verdict_of_command(changed, tmp_path, world[SHANGHAI].folder / "trust")["outcome"] == "invalid"


def test_without_a_trust_list_nothing_can_be_said(document: bytes, tmp_path: Path) -> None:
    assert verdict_of_command(document, tmp_path)["outcome"] == "indeterminate"


def test_a_code_that_nobody_gave_out_is_not_genuine(world: World, document: bytes) -> None:
    page = Person(world[SHANGHAI].url).browser.open("/verify/31CDEFGHJKLMNPQR/")
    assert b'data-outcome="invalid"' in page.body and "unknown_code" in page.text
