"""Invented people. Independent of `dangqiao sample` and of every table of the program, so that nothing is tested with
the table that it was made from.

Surnames: the published ranking of the hundred most frequent (Ministry of Public Security, 2020 name report: 王 7.25 %,
李 7.19 %, 张 6.83 %; the hundred together 84.8 %), the shares between them by 1 / (rank + 3); the other 15.2 % are
spread evenly over rarer ones, compound ones among them. Given names: characters of a pool for each era and sex, the
nth weighing 1 / (n + 5); one character or two, by era. `OTHERS` has other characters, weighs them evenly and has ten
times as many compound surnames: for the set that nobody tunes on.
"""

from collections.abc import Collection
from dataclasses import dataclass
from random import Random

HUNDRED = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
)
RARER = (
    *"温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉",
    "欧阳", "上官", "司马", "诸葛", "尉迟", "皇甫",
)  # fmt: skip
ERAS = (1945, 1966, 1980, 3000)
"""Born before each year."""


@dataclass(frozen=True, slots=True)
class Names:
    """Characters of given names by era (see ERAS), how steeply their shares fall, and the weight of rarer surnames."""

    men: tuple[str, ...]
    women: tuple[str, ...]
    offset: int
    compound: float


USUAL = Names(
    (
        "德福贵根生宝金荣祥庆正明海清云山林松寿发财有全兴顺文玉长春永锡",
        "建国华平军民强志新卫永忠诚林明海国庆文生荣根兴伟义成龙德光",
        "伟军勇斌涛超辉强刚杰峰磊鹏浩亮波宇飞俊晖健建东海翔",
        "浩宇轩博文子豪俊杰天佑泽晨睿思远嘉铭一鸣凯翔鑫",
    ),
    (
        "秀英兰珍凤桂香莲妹玉梅花珠翠金娣银菊巧阿云月素贞宝",
        "丽红玲芳萍英华琴秀兰珍桂梅云霞莉芬美娟惠琼燕群敏建",
        "丽静燕娟敏艳芳霞娜婷莉洁颖琳丹晓红梅莹慧佳蕾",
        "欣怡梓涵诗琪雨萱佳雪婷思语嘉可馨梦瑶晨曦",
    ),
    5,
    1.0,
)
OTHERS = Names(
    (
        "兆鸿炳耀庭锦廷毓崇绍宗锡祖培柏槐魁鹤鸣阁臣章汝洪",
        "跃进援朝卫东胜利红旗社会克勤俭学工农兵反修抗美前保钢铁向阳",
        "毅凡旭阳帆帅威振锋晓冬刚鸿翼彬煜松昊岩政",
        "烨霖昊然弈辰奕煊皓轩沐阳景行承恩逸凡",
    ),
    (
        "淑贤婉仪蕴芝佩兰若筠韵清静娴懿雅芷荷卿筱蓉瑞",
        "爱珍荷花腊梅双喜引弟招娣来娣根娣小妹大妹杏枝彩娥水仙",
        "薇蓓蕾妍婕岚虹倩茜瑾璐露芸菲媛嫣姗羽黎",
        "梦洁语彤若曦紫萱芷若心悦依诺安琪沐瑶",
    ),
    60,
    10.0,
)
ONE_CHARACTER = (0.15, 0.25, 0.45, 0.15)
"""Share of given names of one character, by era."""
COUNTIES = {
    "310115": "上海市浦东新区",
    "310112": "上海市闵行区",
    "310114": "上海市嘉定区",
    "310118": "上海市青浦区",
}


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as they really are."""

    name: str
    man: bool
    birth: tuple[int, int, int]
    number: str

    @property
    def iso(self) -> str:
        """The birth date."""
        year, month, day = self.birth
        return f"{year}-{month:02d}-{day:02d}"


def _falling(count: int, offset: int) -> list[float]:
    return [1 / (rank + offset) for rank in range(count)]


_REST = _falling(97, 6)
SURNAMES = (*HUNDRED, *RARER)
SHARES = [
    7.25,
    7.19,
    6.83,
    *(share * (84.8 - 21.27) / sum(_REST) for share in _REST),
    *[15.2 / len(RARER)] * len(RARER),
]


def _surname(rng: Random, names: Names) -> str:
    chosen = rng.choices(SURNAMES, SHARES)[0]
    compound = [one for one in RARER if len(one) > 1]
    often = 0.152 * len(compound) / len(RARER) * (names.compound - 1)
    return rng.choice(compound) if rng.random() < often else chosen


def _given(rng: Random, names: Names, man: bool, born: int) -> str:
    era = next(number for number, end in enumerate(ERAS) if born < end)
    pool = (names.men if man else names.women)[era]
    count = 1 if rng.random() < ONE_CHARACTER[era] else 2
    return "".join(rng.choices(pool, _falling(len(pool), names.offset), k=count))


def someone(
    rng: Random, names: Names, man: bool, born: int, taken: set[str], counties: Collection[str] = COUNTIES
) -> Someone:
    """A person born in that year, most often in one of the counties, whose number is not among those taken."""
    birth = (born, rng.randint(1, 12), rng.randint(1, 28))
    near = rng.random() < 0.7
    far = f"{rng.choice((32, 33, 34, 41, 51))}{rng.randint(1, 12):02d}2{rng.randint(1, 6)}"
    area = rng.choice(list(counties)) if near else far
    body = ""
    while not body or body in taken:
        sequence = rng.randrange(0, 998) // 2 * 2 + man
        body = f"{area}{birth[0]}{birth[1]:02d}{birth[2]:02d}{sequence:03d}"
    taken.add(body)
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
    return Someone(_surname(rng, names) + _given(rng, names, man, born), man, birth, body + check)
