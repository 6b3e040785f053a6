"""Invented people and small catalogues, written by hand. Each test has records of its own: none disturbs another.

Files are laid out as `dangqiao holdings load` takes them in.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from dangqiao.core.vocabulary.identity import upgrade

Row = dict[str, str]


@dataclass(frozen=True)
class Human:
    """An invented person."""

    name: str
    born: str
    number: str
    phone: str


def human(name: str, born: str, order: int, area: str = "310101") -> Human:
    """A person with a well-formed number. `order`: odd for men, even for women; other people, other orders."""
    day = born.replace("-", "")
    return Human(name, born, upgrade(f"{area}{day[2:]}{order:03d}"), f"139{order:03d}{day[3:]}")


@dataclass(frozen=True)
class Couple:
    """A marriage as an archive has it."""

    archive: str
    code: str
    day: str
    office: str
    husband: Human
    wife: Human
    pages: int = 4

    @property
    def row(self) -> Row:
        """Of the catalogue."""
        return {
            "档号": self.code,
            "全宗号": self.code.split("-")[0],
            "年度": self.day[:4],
            "业务类型": "结婚",
            "证件字号": f"婚字第{self.code[-4:]}号",
            "登记日期": self.day,
            "登记机关": self.office,
            "男方姓名": self.husband.name,
            "男方出生日期": self.husband.born,
            "男方身份证件号": self.husband.number,
            "女方姓名": self.wife.name,
            "女方出生日期": self.wife.born,
            "女方身份证件号": self.wife.number,
            "页数": str(self.pages),
            "备注": "",
        }


@dataclass(frozen=True)
class Family:
    """An only child as an archive has it."""

    archive: str
    code: str
    day: str
    office: str
    child: Human
    father: Human
    mother: Human

    @property
    def row(self) -> Row:
        """Of the catalogue."""
        said = {"档号": self.code, "全宗号": self.code.split("-")[0], "年度": self.day[:4]}
        said |= {"证件字号": f"独字第{self.code[-4:]}号", "发证日期": self.day, "发证机关": self.office}
        for label, one in (("子女", self.child), ("父亲", self.father), ("母亲", self.mother)):
            said |= {f"{label}姓名": one.name, f"{label}出生日期": one.born, f"{label}身份证件号": one.number}
        return {**said, "页数": "2", "备注": ""}


@dataclass(frozen=True)
class Movement:
    """An educated youth's way as an archive has it: where they left, or where they went."""

    archive: str
    code: str
    day: str
    act: str
    left: str
    sent: str
    youth: Human

    @property
    def row(self) -> Row:
        """Of the catalogue."""
        return {
            "档号": self.code,
            "全宗号": self.code.split("-")[0],
            "年度": self.day[:4],
            "业务类型": self.act,
            "批准日期": self.day,
            "动员地": self.left,
            "接收地": self.sent,
            "姓名": self.youth.name,
            "出生日期": self.youth.born,
            "身份证件号": self.youth.number,
            "页数": "1",
            "备注": "",
        }


HUANGPU, XUHUI, XUANWU, GULOU, XIHU, SUSONG = "310101", "310104", "320102", "320106", "330106", "340826"


def _couple(archive: str, code: str, day: str, office: str, he: tuple[str, str], she: tuple[str, str]) -> Couple:
    order = 100 + 2 * int(code[-4:])
    return Couple(archive, code, day, office, human(*he, order + 1, archive), human(*she, order, archive))


_SH, _NJ, _HZ, _AH = "上海市黄浦区民政局", "南京市玄武区民政局", "杭州市西湖区民政局", "宿松县民政局"

CHECKED = _couple(HUANGPU, "C001-1987-0012", "1987-03-05", _SH, ("王建国", "1960-05-01"), ("李丽华", "1962-07-12"))
"""Checked against the original, with the images of all its pages: the only entry of which a machine may issue."""
KILLED = _couple(HUANGPU, "C001-1985-0021", "1985-10-02", _SH, ("赵德明", "1958-02-11"), ("孙玉珍", "1959-09-30"))
DOWN = _couple(HUANGPU, "C001-1990-0033", "1990-06-18", _SH, ("周志强", "1964-12-03"), ("吴秀兰", "1966-04-25"))
CLICKED = _couple(HUANGPU, "C001-1982-0044", "1982-01-09", _SH, ("郑国平", "1955-08-14"), ("冯美娟", "1957-03-19"))
AT_ONCE = _couple(HUANGPU, "C001-1992-0047", "1992-05-20", _SH, ("龚学礼", "1967-01-17"), ("毛月琴", "1968-11-06"))
AHEAD = _couple(HUANGPU, "C001-1981-0049", "1981-11-23", _SH, ("方志远", "1954-06-30"), ("苗桂兰", "1956-10-08"))
OUTDATED = _couple(HUANGPU, "C001-1980-0051", "1980-04-15", _SH, ("骆长河", "1953-07-21"), ("单秀梅", "1955-02-03"))
SUPPLEMENTED = _couple(XUANWU, "C007-1986-0005", "1986-05-04", _NJ, ("蒋文斌", "1961-01-20"), ("沈雪琴", "1963-06-08"))
REFUSED = _couple(XUANWU, "C007-1984-0006", "1984-11-11", _NJ, ("韩永福", "1957-10-10"), ("杨桂香", "1958-12-24"))
TAKEN_BACK = _couple(XUANWU, "C007-1991-0007", "1991-09-12", _NJ, ("朱家骏", "1965-03-03"), ("秦淑芬", "1967-05-15"))
TOO_LATE = _couple(XUANWU, "C007-1983-0008", "1983-02-02", _NJ, ("尤金宝", "1956-07-07"), ("许巧云", "1958-01-31"))
THRICE = _couple(XUANWU, "C007-1988-0010", "1988-12-12", _NJ, ("施正华", "1962-09-21"), ("卞菊英", "1964-02-17"))
MOVED = _couple(XIHU, "C003-1986-0003", "1986-08-08", _HZ, ("严卫东", "1960-10-01"), ("华彩霞", "1962-05-23"))
INHERITED = _couple(XIHU, "C003-1979-0009", "1979-10-01", _HZ, ("谢广田", "1952-03-09"), ("鲍淑贞", "1954-11-28"))
LEFT_LYING = _couple(SUSONG, "C009-1989-0002", "1989-07-16", _AH, ("魏大勇", "1963-04-04"), ("陶小红", "1965-08-20"))
NEVER_MARRIED = human("邹雪峰", "1970-02-14", 771, XUANWU)
"""Of whom no archive has anything."""
HEIR = human("谢晓岚", "1981-06-02", 772, XIHU)

CHILD = Family(
    XIHU,
    "D003-1983-0001",
    "1983-04-20",
    "杭州市西湖区计划生育委员会",
    human("孔令杰", "1982-11-09", 301, XIHU),
    human("孔祥瑞", "1954-01-15", 303, XIHU),
    human("曹慧敏", "1956-02-27", 304, XIHU),
)
HIDDEN_CHILD = Family(
    GULOU,
    "D011-1985-0002",
    "1985-09-10",
    "南京市鼓楼区计划生育委员会",
    human("姜思源", "1984-12-30", 311, GULOU),
    human("姜柏年", "1957-06-06", 313, GULOU),
    human("戚文倩", "1959-10-19", 314, GULOU),
)
MANDATED = human("岳明轩", "1988-05-05", 773, SUSONG)
"""Whom somebody sends with a power of attorney."""
YOUTH = human("金志远", "1951-03-28", 401, XUHUI)
LEFT = Movement(XUHUI, "Z002-1969-0001", "1969-03-12", "下乡", "上海市徐汇区", "安徽省宿松县", YOUTH)
SENT = Movement(SUSONG, "Z009-1969-0001", "1969-04-02", "下乡", "上海市徐汇区", "安徽省宿松县", YOUTH)
REVIEWED = Movement(
    XIHU, "Z003-1970-0002", "1970-05-17", "下乡", "杭州市西湖区", "黑龙江省", human("戚向阳", "1952-08-09", 403, XIHU)
)

MARRIAGES = (
    *(CHECKED, KILLED, DOWN, CLICKED, AT_ONCE, AHEAD, OUTDATED, SUPPLEMENTED, REFUSED, TAKEN_BACK, TOO_LATE, THRICE),
    *(MOVED, INHERITED, LEFT_LYING),
)
CATALOGUES: dict[str, tuple[Couple | Family | Movement, ...]] = {
    "marriage": MARRIAGES,
    "only-child": (CHILD, HIDDEN_CHILD),
    "educated-youth": (LEFT, SENT, REVIEWED),
}
PEOPLE = (
    *(person for couple in MARRIAGES for person in (couple.husband, couple.wife)),
    *(person for family in (CHILD, HIDDEN_CHILD) for person in (family.child, family.father, family.mother)),
    *(YOUTH, REVIEWED.youth, NEVER_MARRIED, HEIR, MANDATED),
)
COVERAGE = (
    ("310101", "marriage", "310101", "", "1950", "2003", "在馆", "", ""),
    ("310101", "marriage", "310101", "", "2004", "", "未进馆", "黄浦区民政局婚姻登记处", ""),
)
"""Of Shanghai; of other archives nothing is known but that each serves its division."""


def write(folder: Path, platform: str) -> None:
    """Writes the files of a platform's archives."""
    folder.mkdir()
    for category, entries in CATALOGUES.items():
        archives = sorted({entry.archive for entry in entries if entry.archive[:2] == platform[:2]})
        for archive in archives:
            rows = [entry.row for entry in entries if entry.archive == archive]
            _table(folder / f"{archive}-{category}.csv", tuple(rows[0]), [tuple(row.values()) for row in rows])
    if platform == CHECKED.archive[:2] + "0000":
        _with_images(folder, CHECKED)
        columns = ("档案馆", "种类", "行政区划", "登记机关", "起始年", "终止年", "状态", "保管单位", "备注")
        _table(folder / "coverage.csv", columns, COVERAGE)
    people = [{"name": one.name, "identity_number": one.number} for one in PEOPLE]
    (folder / "people.json").write_text(json.dumps(people, ensure_ascii=False), encoding="utf-8")


def _with_images(folder: Path, couple: Couple) -> None:
    stem = f"{couple.archive}-marriage"
    rows = []
    for number in range(1, couple.pages + 1):
        name = f"{couple.code}-{number}.jpg"
        sheet = Image.new("RGB", (310, 438), "ivory")
        ImageDraw.Draw(sheet).text((40, 60), f"{couple.code} / {number}", fill="black")
        sheet.save(folder / name)
        rows.append((couple.code, "1", str(number), name, "全部公开", ""))
    _table(folder / f"{stem}.pages.csv", ("档号", "件内序号", "页码", "文件", "公开规则", "遮盖"), rows)
    _table(folder / f"{stem}.checked.csv", ("档号", "件内序号"), [(couple.code, "1")])


def _table(path: Path, columns: tuple[str, ...], rows: Any) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def of_marriage(couple: Couple, asks: str = "wife", **more: str) -> dict[str, str]:
    """What somebody fills in who asks for their own marriage's record; `asks`: husband or wife."""
    me, other = (couple.wife, "party_a") if asks == "wife" else (couple.husband, "party_b")
    said = {
        "applicant_kind": "party",
        "role": "party_b" if asks == "wife" else "party_a",
        "name": me.name,
        "identity_kind": "identity_card",
        "identity_number": me.number,
        f"{other}-name": (couple.husband if asks == "wife" else couple.wife).name,
        "event_date": couple.day[:4],
        "place": couple.office.removesuffix("民政局"),
        "archive_code": "",
        "purpose_of_use": "housing",
        "kind_wanted": "certificate",
    }
    return {**said, **more}


def of_child(family: Family, asks: str = "party", **more: str) -> dict[str, str]:
    """What somebody fills in who asks for an only child's record: the child, or whom the child sends."""
    said = {
        "applicant_kind": asks,
        "role": "child",
        "father-name": family.father.name,
        "mother-name": family.mother.name,
        "event_date": family.day[:4],
        "place": family.office.removesuffix("计划生育委员会"),
        "archive_code": "",
        "purpose_of_use": "allowance",
        "kind_wanted": "certificate",
    }
    if asks != "party":
        said |= {"child-name": family.child.name, "child-identity_number": family.child.number}
    return {**said, **more}


def of_movement(movement: Movement, **more: str) -> dict[str, str]:
    """What an educated youth fills in: where they left and where they were sent."""
    said = {
        "applicant_kind": "party",
        "role": "youth",
        "event_date": movement.day[:4],
        "place": movement.left,
        "other_place": movement.sent,
        "archive_code": "",
        "purpose_of_use": "pension",
        "kind_wanted": "certificate",
    }
    return {**said, **more}


SCAN = ("scan.png", b"\x89PNG\r\n\x1a\n" + b"invented document", "image/png")
"""A file that a citizen uploads: name, content, media type."""
