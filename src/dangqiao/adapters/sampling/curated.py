"""The people of the demonstration (`data/people.toml`) and what archives hold of them."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from dangqiao.adapters.sampling.entries import HEADERS, fonds_of
from dangqiao.adapters.sampling.people import FIRST_SEQUENCE, MALE, data, fifteen, with_check_character

FIRST_NUMBERS_YEAR = 1985
"""Entries before it have no identity numbers."""


@dataclass(frozen=True, slots=True)
class CuratedRecord:
    """A row of a catalogue that is about somebody of the demonstration. `state`: checked, images or plain."""

    archive: str
    category: str
    state: str
    reference: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CuratedPerson:
    """Somebody of the demonstration. `use` is what for; `platform` where they live."""

    use: str
    name: str
    sex: str
    birth: str
    identity_number: str
    platform: str
    story: str
    records: tuple[CuratedRecord, ...]
    spouse: str
    """The other person of their first marriage record; empty without one."""

    def as_document(self) -> dict[str, Any]:
        """For people.json, whose first two keys a register of names reads."""
        return {
            "name": self.name,
            "identity_number": self.identity_number,
            "use": self.use,
            "sex": self.sex,
            "birth_date": self.birth,
            "lives": self.platform,
            "spouse": self.spouse,
            "story": self.story,
            "records": [
                {
                    "archive": one.archive,
                    "category": one.category,
                    "state": one.state,
                    "reference_code": one.reference,
                    "year": one.cells[HEADERS[one.category].index("年度")],
                }
                for one in self.records
            ],
        }


@cache
def curated() -> tuple[CuratedPerson, ...]:
    """All people of the demonstration."""
    return tuple(_person(row, position) for position, row in enumerate(data("people.toml")["people"]))


def _number(birth: str, area: str, sex: str, position: int) -> str:
    sequence = FIRST_SEQUENCE + 2 * position + (sex == MALE)
    return with_check_character(f"{area}{birth.replace('-', '')}{sequence}") if len(birth) == 10 else ""


def _person(row: dict[str, Any], position: int) -> CuratedPerson:
    number = _number(row["birth"], row["area"], row["sex"], position)
    records = tuple(_record(row, one, number, position) for one in row.get("records", ()))
    couples = [one["others"] for one in row.get("records", ()) if one["category"] == "marriage"]
    spouse = next(iter(couples[0].values()))["name"] if couples else ""
    return CuratedPerson(
        row["use"], row["name"], row["sex"], row["birth"], number, row["lives"], row["story"], records, spouse
    )


def _record(person: dict[str, Any], record: dict[str, Any], number: str, position: int) -> CuratedRecord:
    category, date, fonds = record["category"], record["date"], fonds_of(record["archive"])
    reference = f"{fonds}-{record['reference']}"
    cells = dict.fromkeys(HEADERS[category], "")
    cells |= {"档号": reference, "全宗号": fonds, "年度": date[:4]}
    cells["页数"] = "1" if category == "educated-youth" else "2"
    parties = {
        record["role"]: {"name": record.get("typed", person["name"]), "birth": person["birth"], "number": number}
    }
    for place, (role, other) in enumerate(record.get("others", {}).items()):
        sex = "男" if role in ("party_a", "father") else "女"
        parties[role] = other | {"number": _number(other["birth"], other["area"], sex, 30 + position + place)}
    for values in parties.values():
        year = int(date[:4])
        if record.get("no_numbers") or year < FIRST_NUMBERS_YEAR:
            values["number"] = ""
        elif year < 2000 and values["number"]:
            values["number"] = fifteen(values["number"])
        if record.get("no_births"):
            values["birth"] = ""
    cells |= _FILL[category](record, person, parties)
    return CuratedRecord(record["archive"], category, record["state"], reference, tuple(cells.values()))


Cells = dict[str, str]
Parties = dict[str, dict[str, str]]


def _marriage(record: dict[str, Any], _person: dict[str, Any], parties: Parties) -> Cells:
    cells = {
        "业务类型": "结婚",
        "证件字号": record["number"],
        "登记日期": record["date"],
        "登记机关": record["place"],
    }
    for role, word in (("party_a", "男方"), ("party_b", "女方")):
        cells |= _party(word, parties[role])
    return cells


def _only_child(record: dict[str, Any], person: dict[str, Any], parties: Parties) -> Cells:
    cells = {"证件字号": record["number"], "发证日期": record["date"], "发证机关": record["place"]}
    for role, word in (("child", "子女"), ("father", "父亲"), ("mother", "母亲")):
        cells |= _party(word, parties[role])
    return cells | {"子女性别": person["sex"], "子女身份证件号": ""}


def _educated_youth(record: dict[str, Any], person: dict[str, Any], parties: Parties) -> Cells:
    return _party("", parties["youth"]) | {
        "业务类型": record["act"],
        "批准日期": record["date"],
        "动员地": record["place"],
        "接收地": record["sent_to"],
        "性别": person["sex"],
    }


def _party(word: str, values: dict[str, str]) -> Cells:
    return {
        f"{word}姓名": values["name"],
        f"{word}出生日期": values["birth"],
        f"{word}身份证件号": values["number"],
    }


_FILL = {"marriage": _marriage, "only-child": _only_child, "educated-youth": _educated_youth}
