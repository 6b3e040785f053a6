"""A mapping file is data, and every mistake in it is named with its line."""

import re
from pathlib import Path

import pytest

from dangqiao.adapters.connectors import Connectors
from dangqiao.core.configuration import parse as configuration
from dangqiao.core.connectors import Capability, parse
from dangqiao.core.errors import Misconfigured, NotThere
from tests.adapters.connectors.words import mapping_file

GOOD = mapping_file("sql", '[sql]\nurl = "sqlite://"\nview = "v"\n', can='"harvest"').decode()
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "operators" / "connectors.md"
EXAMPLES = re.findall(r"```toml\n(# connectors/([a-z]+)\.toml\n.*?)```", DOCUMENT.read_text("utf-8"), re.S)


def mistakes(text: str) -> str:
    with pytest.raises(Misconfigured) as error:
        parse("legacy", text.encode())
    assert error.value.code == "connector.file"
    return str(error.value.facts["problems"])


def test_a_good_file_says_what_is_read() -> None:
    mapping = parse("legacy", GOOD.encode())
    assert mapping.can(Capability.HARVEST)
    assert {"jlbh", "gxsj", "zt", "dh", "nan_xm"} <= set(mapping.sources)


@pytest.mark.parametrize(("source", "name"), EXAMPLES, ids=[name for _source, name in EXAMPLES])
def test_every_example_of_the_documents_is_good(source: str, name: str, tmp_path: Path) -> None:
    connectors = Connectors(folder=tmp_path, configuration=configuration(b'[node]\nplatform = "330000"\n'))
    assert connectors.read(name, source.encode()).connector.title


def test_the_documents_have_an_example_of_every_kind() -> None:
    kinds = {re.search(r'kind = "(\w+)"', source).group(1) for source, _name in EXAMPLES}  # type: ignore[union-attr]
    assert kinds == {"sql", "rest", "soap", "files", "oai"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"档号" = "dh"', '"案卷号" = "dh"', "fields.案卷号: marriage has no such column"),
        ('"档号" = "dh"\n', "", "the column 档号 is needed"),
        ('codes = "act"', 'codes = "acts"', "there is no table [codes.acts]"),
        ('"01" = "结婚"', '"01" = "成婚"', "业务类型 has no word 成婚"),
        ('id = "jlbh"', "", "id is needed"),
        ('archive = "330106"', 'archive = "33010"', "connector.archive"),
        ('can = ["harvest"]', 'can = ["harvest", "search"]', "search needs at least one [[search]]"),
        ('can = ["harvest"]', 'can = ["hand_over"]', "hand_over is not for kind sql"),
        ('kind = "sql"', 'kind = "telnet"', "connector.kind"),
        ('"档号" = "dh"', '"档号" = { field = "dh", value = "1" }', "exactly one of field, fields and value"),
        ("[fields]", 'colour = "red"\n[fields]', "record.colour"),
        ('unknown = ["00000000"]', 'dates = ["day first"]', "a form consists of YYYY, MM, DD"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, said: str) -> None:
    assert old in GOOD
    found = mistakes(GOOD.replace(old, new, 1))
    assert said in found
    assert re.search(r"line \d+", found)


def test_the_line_is_the_right_one() -> None:
    text = GOOD.replace('"01" = "结婚"', '"01" = "成婚"')
    number = next(place for place, line in enumerate(text.splitlines(), 1) if "成婚" in line)
    assert mistakes(text).startswith(f"line {number}, codes.act.01:")


def test_what_is_no_toml_is_said_with_its_line() -> None:
    assert "line" in mistakes("[connector]\ntitle = \n")
    assert mistakes("[connector\n")


def test_a_place_that_nobody_fills_is_a_mistake() -> None:
    text = GOOD.replace('["harvest"]', '["harvest", "search"]') + '\n[[search]]\nxm = "{nmae}"\n'
    assert "search.0.xm: there is no place {nmae}" in mistakes(text)


def test_an_unknown_category_is_said() -> None:
    with pytest.raises(NotThere, match=r"category\.unknown"):
        parse("legacy", GOOD.replace('"marriage"', '"marriages"').encode())


def test_a_mistake_in_the_kinds_own_part_has_its_line_too(tmp_path: Path) -> None:
    connectors = Connectors(folder=tmp_path, configuration=configuration(b'[node]\nplatform = "330000"\n'))
    with pytest.raises(Misconfigured) as error:
        connectors.read("legacy", GOOD.replace('view = "v"', "veiw = 1").encode())
    assert "sql.veiw" in str(error.value)
    assert "sql.view" in str(error.value)
    assert "line " in str(error.value)
