"""A catalogue of marriages as clerks wrote it, and queries as they come. Two sets of rules: `TUNING`, which anybody may
look at while changing the program, and `VALIDATION`, with other names, other slips and other habits of asking, which
must not be tuned on.

Rates of TUNING (of names unless said otherwise): a slip in 8 % before 1970, 4 % after; of the slips 45 % a character of
the same sound, 25 % a look-alike (of the same sound where none is known), 10 % illegible, 8 % another script, 6 % a
character lost, 6 % two changed places. Birth dates: 30 % not given before 1970, 10 % after; 15 % the year only before
1970; 5 % lunar, 2 % one digit. Numbers: from 1987, 85 %, of 15 digits until 2000; 2 % with a wrong digit. Columns
swapped: 1.5 %. Re-issues: 2.5 % of entries. Married again: 2 %. VALIDATION: see its lines below.

Whoever applies through the form may say that a marriage is meant (`KIND_SAID`); an office's list does not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from pypinyin import Style, pinyin

from benchmarks.matching import people
from benchmarks.matching.people import COUNTIES, Someone, someone


def _pairs(*texts: str) -> dict[str, str]:
    text = "".join(texts)
    return dict(zip(text[::2], text[1::2], strict=True))


ALIKE = {
    "tuning": _pairs(
        "陈阵王玉刘列张弛周同林材吴吕郑邓徐涂马乌朱未何河罗岁宋宗兰三建健国固华毕军车平干文义明朋海每清青",
        "金全福富贵责春舂生主荣菜英苑秀季梅侮凤风玲铃丽两红江霞露敏每",
        "刚冈勇男峰锋涛铸波坡俊峻杰木浩诰祥样德得志忘忠患根很永水成戍发友宝宅银很庆床清请江红洪供",
        "松柏柏拍桂佳珍诊珠株素索琴琵雪雷香杳莲连菊掬月日芬分芳方莉利萍苹燕蒸娟捐娜那婷停静睛颖颍慧惠佳住倩请",
        "美羡艳绝晶品彩采淑椒爱受巧功阳汨旭旮星里辉挥健键俊浚豪毫宇字轩轧梓样涵函欣欧怡治诗待语浯雨两思恩",
    ),
    "validation": _pairs(
        "李季王壬杨扬黄簧赵起吴昊孙孔胡糊高亮梁粱谢射唐糖韩朝曹曾彭膨田由董懂袁哀蔡祭余佘叶旪苏办吕品丁了任仕",
        "姚桃沈忱美羔根银荣劳芳方琴瑟娟捐燕蒸伟玮勇湧涛淘强弘洁诘颖颍婷停",
    ),
}
TRADITIONAL = _pairs(
    "张張刘劉陈陳杨楊黄黃赵趙吴吳孙孫马馬罗羅郑鄭谢謝许許韩韓冯馮邓鄧苏蘇卢盧钟鍾陆陸贾賈龙龍国國华華军軍东東",
    "兰蘭凤鳳丽麗莲蓮珍珎银銀伟偉杰傑强強",
)
_COLUMNS = (
    "档号,全宗号,年度,业务类型,证件字号,登记日期,登记机关,男方姓名,男方出生日期,男方身份证件号,"
    "女方姓名,女方出生日期,女方身份证件号,页数,备注,男方曾用名,女方曾用名"
)
HEADER = _COLUMNS.split(",")
KIND_SAID = 0.8
"""Part of the applications that say which kind of event is meant."""
_LISTS = frozenset({"office"})
"""Kinds of questions that nobody asks through a form."""
_MORE = "章莉利立力微维为玮晴情晶菁经京芬分风封佩培辉晖恵会"
"""Characters that a clerk may hear though the pools of names do not have them."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How often what goes wrong, and how people ask."""

    name: str
    names: people.Names
    slip_before: float
    slip_after: float
    slips: dict[str, float]
    no_birth: tuple[float, float]
    asked: dict[str, float]
    year_off: float
    kind_said: float = KIND_SAID


TUNING = Rules(
    "tuning", people.USUAL, 0.08, 0.04,
    {"sound": 45, "look": 25, "illegible": 10, "script": 8, "lost": 6, "swapped": 6},
    (0.30, 0.10),
    {"full": 25, "person": 25, "office": 15, "child": 10, "couple": 10, "birth": 8, "written_today": 4, "wrong": 3},
    0.15,
)  # fmt: skip
VALIDATION = Rules(
    "validation", people.OTHERS, 0.12, 0.03,
    {"sound": 35, "look": 20, "illegible": 5, "script": 15, "lost": 8, "swapped": 4, "doubled": 3, "other": 10},
    (0.45, 0.05),
    {"full": 15, "person": 30, "office": 20, "child": 15, "couple": 8, "birth": 6, "written_today": 3, "wrong": 3},
    0.25,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Couple:
    """An act as it really was."""

    man: Someone
    woman: Someone
    year: int
    month: int
    day: int
    county: str


@dataclass(slots=True)
class Question:
    """A query as it comes.

    Attributes:
        right: the reference codes that answer it; none if the record is not in the catalogue.
        sole: those of them that may be taken without a human: none where the person has other marriages and neither a
            spouse nor a year says which is meant.
    """

    cells: dict[str, str]
    kind: str
    right: frozenset[str] = frozenset()
    sole: frozenset[str] = frozenset()


@dataclass(slots=True)
class World:
    """Everything, made from a seed.

    Attributes:
        counties: names by code: where people marry and most were born. `series`: what reference codes begin with.
    """

    rules: Rules
    rng: Random
    counties: Mapping[str, str] = field(default_factory=lambda: COUNTIES)
    series: str = "0115"
    rows: list[list[str]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


def make(
    rules: Rules,
    seed: int | str,
    size: int,
    present: int,
    absent: int,
    counties: Mapping[str, str] = COUNTIES,
    series: str = "0115",
) -> World:
    """A catalogue of about `size` entries and queries to it. The absent are real couples whose entries were left out,
    so that people who resemble them are there."""
    world = World(rules, Random(f"{rules.name} {seed}"), counties, series)
    rng = world.rng
    taken: set[str] = set()
    couples = [_couple(world, taken) for _ in range(size + absent)]
    for old in couples[::50]:  # married again
        later = min(2005, old.year + rng.randint(2, 14))
        wife = someone(rng, rules.names, False, old.woman.birth[0] + rng.randint(0, 8), taken, counties)
        couples.append(Couple(old.man, wife, later, rng.randint(1, 12), rng.randint(1, 28), old.county))
    chosen = rng.sample(range(len(couples)), present + absent)
    gone = set(chosen[present:])
    answers: dict[int, list[str]] = {}
    of_person: dict[str, list[frozenset[str]]] = {}
    for number, couple in enumerate(couples):
        if number in gone:
            continue
        answers[number] = [_enter(world, couple, "结婚")]
        if rng.random() < 0.025:
            later = min(2005, couple.year + rng.randint(3, 20))
            again = replace(couple, year=later, month=rng.randint(1, 12), day=rng.randint(1, 28))
            answers[number].append(_enter(world, again, "补领"))
        for person in (couple.man, couple.woman):
            of_person.setdefault(person.number, []).append(frozenset(answers[number]))
    for number in chosen:
        world.questions.append(_ask(world, couples[number], answers.get(number, []), of_person))
    form = Random(f"form {rules.name} {seed}")  # of its own: whatever the rate, all else stays the same
    for question in world.questions:
        if form.random() < rules.kind_said and question.kind not in _LISTS:
            question.cells["业务类型"] = "结婚"
    rng.shuffle(world.rows)
    rng.shuffle(world.questions)
    for number, question in enumerate(world.questions, 1):
        question.cells["查询号"] = f"Q{number:06d}"
    return world


def _couple(world: World, taken: set[str]) -> Couple:
    rng, names, counties = world.rng, world.rules.names, world.counties
    year = int(rng.triangular(1950, 2005, 1990))
    man = someone(rng, names, True, year - rng.randint(21, 34), taken, counties)
    woman = someone(rng, names, False, man.birth[0] + rng.randint(-3, 6), taken, counties)
    return Couple(man, woman, year, rng.randint(1, 12), rng.randint(1, 28), rng.choice(list(counties)))


def _enter(world: World, couple: Couple, act: str) -> str:
    rng, number = world.rng, len(world.rows) + 1
    code = f"{world.series}-{couple.year}-B-{number:07d}"
    sides = [_side(world, one, couple.year) for one in (couple.man, couple.woman)]
    if rng.random() < 0.015:
        sides.reverse()
    date = f"{couple.year}-{couple.month:02d}-{couple.day:02d}" if rng.random() < 0.93 else str(couple.year)
    office = world.counties[couple.county] + rng.choice(("民政局", "婚姻登记处", "人民政府"))
    paper = [code, world.series, str(couple.year), act, f"字第{number:07d}号", date, office]
    world.rows.append([*paper, *sides[0], *sides[1], "2", "", "", ""])
    return code


def _side(world: World, one: Someone, year: int) -> list[str]:
    rng, rules = world.rng, world.rules
    early = year < 1970
    name = slip(rules, rng, one.name) if rng.random() < (rules.slip_before if early else rules.slip_after) else one.name
    chance = rng.random()
    birth = one.iso
    if chance < rules.no_birth[not early]:
        birth = ""
    elif chance < rules.no_birth[not early] + (0.15 if early else 0.03):
        birth = birth[:4]
    elif chance > 0.98:
        place = rng.choice((3, 6, 9))
        birth = birth[:place] + str(rng.randint(1, 9)) + birth[place + 1 :]
        birth = birth if _exists(birth) else one.iso
    elif chance > 0.93:
        birth = _earlier(one.birth, rng.randint(20, 48))
    number = ""
    if year >= 1987 and rng.random() < 0.85:
        number = one.number
        if rng.random() < 0.02:
            place = rng.randrange(17)
            number = number[:place] + str((int(number[place]) + rng.randint(1, 9)) % 10) + number[place + 1 :]
        if year < 2000:
            number = number[:6] + number[8:17]
    return [name, birth, number]


def _exists(iso: str) -> bool:
    return 1 <= int(iso[5:7]) <= 12 and 1 <= int(iso[8:]) <= 28


def _earlier(birth: tuple[int, int, int], days: int) -> str:
    total = (birth[0] * 12 + birth[1] - 1) * 30 + birth[2] - 1 - days
    return f"{total // 360}-{total // 30 % 12 + 1:02d}-{min(28, total % 30 + 1):02d}"


_SOUNDS: dict[str, list[str]] = {}


def homophones(character: str) -> list[str]:
    if not _SOUNDS:
        every = {*people.HUNDRED, *"".join(people.RARER), *people.USUAL.pool, *people.OTHERS.pool, *_MORE}
        for one in sorted(every):
            _SOUNDS.setdefault(pinyin(one, style=Style.NORMAL)[0][0], []).append(one)
    found = _SOUNDS.get(pinyin(character, style=Style.NORMAL)[0][0], [])
    return [one for one in found if one != character]


def slip(rules: Rules, rng: Random, name: str) -> str:
    """The name with one slip of the pen; the same where that slip cannot happen to it."""
    place = rng.randrange(len(name))
    character, kind = name[place], rng.choices(list(rules.slips), list(rules.slips.values()))[0]
    if kind == "lost":
        return name[:place] + name[place + 1 :] if len(name) > 2 and place else name
    if kind == "swapped":
        return name[:-2] + name[-1] + name[-2] if len(name) > 2 else name
    if kind == "doubled":
        return name + name[-1] if len(name) < 3 else name
    if kind == "script":
        return "".join(TRADITIONAL.get(one, one) for one in name)
    changed: Callable[[], str] = {
        "sound": lambda: rng.choice(homophones(character) or [character]),
        "look": lambda: ALIKE[rules.name].get(character) or rng.choice(homophones(character) or [character]),
        "illegible": lambda: rng.choice("□?×") if place else character,
        "other": lambda: rng.choice(rules.names.pool) if place else character,
    }[kind]
    return name[:place] + changed() + name[place + 1 :]


def _ask(world: World, couple: Couple, right: list[str], of_person: dict[str, list[frozenset[str]]]) -> Question:
    rng, rules = world.rng, world.rules
    kind = rng.choices(list(rules.asked), list(rules.asked.values()))[0]
    me, other = (couple.man, couple.woman) if rng.random() < 0.5 else (couple.woman, couple.man)
    year = couple.year + (rng.choice((-2, -1, 1, 2)) if rng.random() < rules.year_off else 0)
    full = {
        "姓名": me.name, "性别": "男" if me.man else "女", "出生日期": me.iso, "身份证件号": me.number,
        "配偶姓名": other.name, "登记年份": str(year), "登记地": world.counties[couple.county],
    }  # fmt: skip
    wanted = {
        "full": list(full),
        "person": ["姓名", "性别", "出生日期", "配偶姓名", *(["登记年份"] if rng.random() < 0.6 else [])],
        "office": ["姓名", "身份证件号"],
        "child": ["姓名", "配偶姓名", *(["出生日期"] if rng.random() < 0.5 else [])],
        "couple": ["姓名", "配偶姓名", "登记年份"],
        "birth": ["姓名", "出生日期", "登记年份"],
        "written_today": ["姓名", "出生日期", "配偶姓名"],
        "wrong": ["姓名", "出生日期", "配偶姓名", "登记年份", "登记地"],
    }[kind]
    cells = {key: value for key, value in full.items() if key in wanted}
    if kind == "child" and "出生日期" in cells:
        cells["出生日期"] = str(me.birth[0] + rng.choice((-1, 0, 0, 0, 1)))
    if kind == "written_today":
        cells["姓名"] = slip(rules, rng, me.name)
    if kind == "wrong":
        cells["登记地"] = rng.choice(list(world.counties.values()))
        cells["登记年份"] = str(couple.year + rng.choice((-10, -5, -3, 3, 5, 10)))
    if "配偶姓名" in cells or "登记年份" in cells:
        return Question(cells, kind, frozenset(right), frozenset(right))
    # Who names neither spouse nor year is answered by every marriage of that person.
    acts = of_person.get(me.number, [])
    return Question(cells, kind, frozenset().union(*acts), acts[0] if len(acts) == 1 else frozenset())
