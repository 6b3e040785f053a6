"""Characters described in words, in the place of one that could not be typed or read: (王+民), 左王右民, (字迹不清)."""

import re
from importlib.resources import files

ILLEGIBLE = "□"
"""The one sign for a character that could not be read or typed."""


def lines(name: str) -> list[str]:
    """The lines of a data file beside this module, without remarks."""
    text = files("dangqiao.core.vocabulary").joinpath("data", name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


COMPONENTS = {line[:2]: line[2] for line in lines("components.txt")}
"""Two parts -> the character that they make."""
SPOKEN = re.compile(
    rf"^(?:{'|'.join(word for line in lines('spoken.txt') for word in line.split())})(?=[^\W\d_]{{1,2}}$)"
)
"""A surname as it is said, before a given name: 弓长张 of 弓长张建国."""
BRACKETS = re.compile(r"[(\[〔【{<《「]([^)\]〕】}>》」]*)(?:[)\]〕】}>》」]|$)")
_PART_WORDS = re.compile(r"(?:字)?[旁头底边]|偏旁|部首")
_PART_NAMES = (
    ("斜玉", "王"),
    ("三点水", "水"),
    ("氵", "水"),
    ("单人", "人"),
    ("单立人", "人"),
    ("亻", "人"),
    ("竖心", "心"),
    ("忄", "心"),
    ("艹", "草"),
    ("钅", "金"),
    ("讠", "言"),
    ("提手", "手"),
    ("绞丝", "丝"),
)
_UNREAD = re.compile(
    r"(?:此|该|原)?[一两二三]?字?迹?(?:[残破]?[缺损佚]失?|残|漏|污[损渍]?|空|某|模糊(?:不清)?|(?:看|辨认)?不[清详明](?:楚|晰)?"
    r"|未[详明]|(?:无法|难以|不能|不可)(?:辨[认识]|识别|认)|难[辨认]|不识|待[考查])"
)
"""Remarks in brackets in the place of a character that could not be read."""
_TWO_PARTS = re.compile(r"(?:左|上|从)?(.)(?:右|下|\+|加|从)(.)")


def character(content: str) -> str:
    """The character that a remark such as `王+民`, `左王右民`, `王字旁加民` describes; `□` if it describes one that is
    not known or says that it could not be read; empty if it is no description. 玉 beside another part is 王 there.
    """
    content = _PART_WORDS.sub("", content.replace(" ", ""))
    for name, part in _PART_NAMES:
        content = content.replace(name, part)
    match = _TWO_PARTS.fullmatch(content)
    if _UNREAD.fullmatch(content):
        return ILLEGIBLE
    if not match:
        return ILLEGIBLE if "+" in content or (content and set(content) <= set("□?*×")) else ""
    parts = match[1] + match[2]
    return COMPONENTS.get(parts) or COMPONENTS.get(parts.replace("玉", "王"), ILLEGIBLE)
