"""The same marriages as our catalogue says them and as an old platform does, and the mapping between the two."""

from typing import Any

MARRIAGES: list[dict[str, str]] = [
    {
        "id": "ZJ0001", "changed": "2024-01-02 08:00:00", "档号": "X101-1987-0001", "业务类型": "结婚",
        "登记日期": "19870305", "登记机关": "杭州市西湖区民政局", "男方姓名": "沈砚秋", "女方姓名": "骆知微",
        "男方出生日期": "19610412", "女方出生日期": "00000000", "男方身份证件号": "330106610412901",
        "女方身份证件号": "",
    },
    {
        "id": "ZJ0002", "changed": "2024-01-03 09:30:00", "档号": "X101-1992-0417", "业务类型": "补领",
        "登记日期": "19920600", "登记机关": "杭州市西湖区民政局", "男方姓名": "尤䶮", "女方姓名": "𬸚若兰",
        "男方出生日期": "19660101", "女方出生日期": "19680923", "男方身份证件号": "", "女方身份证件号": "",
    },
    {
        "id": "ZJ0003", "changed": "2024-01-03 09:30:00", "档号": "X101-1999-1203", "业务类型": "离婚",
        "登记日期": "19991231", "登记机关": "", "男方姓名": "欧阳暮云", "女方姓名": "古丽·买买提",
        "男方出生日期": "19700707", "女方出生日期": "19711130", "男方身份证件号": "", "女方身份证件号": "",
    },
]  # fmt: skip
"""In the platform's dates and our columns; `id` and `changed` are the platform's."""

WORDS = {
    "id": "jlbh",
    "changed": "gxsj",
    "档号": "dh",
    "业务类型": "ywlx",
    "登记日期": "djrq",
    "登记机关": "djjg",
    "男方姓名": "nan_xm",
    "女方姓名": "nv_xm",
    "男方出生日期": "nan_csrq",
    "女方出生日期": "nv_csrq",
    "男方身份证件号": "nan_sfzh",
    "女方身份证件号": "nv_sfzh",
}
CODES = {"结婚": "01", "离婚": "02", "补领": "03", "撤销": "04"}
DELETED = "9"


def flat_row(marriage: dict[str, str], deleted: bool = False) -> dict[str, str]:
    """As a table of the platform has it."""
    row = {WORDS[name]: text for name, text in marriage.items()}
    return row | {"ywlx": CODES[marriage["业务类型"]], "zt": DELETED if deleted else "1"}


def nested_row(marriage: dict[str, str], deleted: bool = False) -> dict[str, Any]:
    """As its newer interface says it: husband and wife as objects of their own."""
    row: dict[str, Any] = flat_row(marriage, deleted)
    for who in ("nan", "nv"):
        row[who] = {key: row.pop(f"{who}_{key}") for key in ("xm", "csrq", "sfzh")}
    return row | {"djnd": marriage["登记日期"][:4]}


def cells(marriage: dict[str, str]) -> dict[str, str]:
    """As a row of our catalogue says it."""
    kept = {name: text for name, text in marriage.items() if name in WORDS and name not in ("id", "changed")}
    return {name: text for name, text in kept.items() if text and text != "00000000"}


def mapping_file(
    kind: str, section: str, *, can: str, search: str = "", dot: str = "_", record: str | None = None, more: str = ""
) -> bytes:
    """The mapping file of an old platform.

    Args:
        dot: what stands between husband or wife and their field.
        record: what stands in [record] instead.
    """
    fields = "\n".join(
        f'"{name}" = {{ field = "ywlx", codes = "act" }}' if name == "业务类型" else f'"{name}" = "{_word(word, dot)}"'
        for name, word in WORDS.items()
        if name not in ("id", "changed")
    )
    codes = "\n".join(f'"{code}" = "{word}"' for word, code in CODES.items())
    own = 'id = "jlbh"\nchanged = "gxsj"\ndeleted = "zt"\ndeleted_values = ["9"]'
    return f"""
[connector]
title = "浙江婚姻登记档案系统"
kind = "{kind}"
category = "marriage"
archive = "330106"
can = [{can}]

[record]
{own if record is None else record}
unknown = ["00000000"]
{more}
[fields]
{fields}

[codes.act]
{codes}

{search}
{section}
""".encode()


def _word(word: str, dot: str) -> str:
    who, sep, key = word.partition("_")
    return f"{who}{dot}{key}" if sep else word
