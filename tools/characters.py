"""Makes the two big character tables of core/vocabulary/data from pypinyin (MIT) and OpenCC (Apache-2.0).

Usage: python tools/characters.py write | check
The tables are kept in the repository so that a running node needs neither library: pypinyin alone costs 0.3 s and
57 MB in each process, and we want only its table of single characters.
"""

import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

import opencc
from pypinyin.pinyin_dict import pinyin_dict

FOLDER = Path(__file__).resolve().parent.parent / "src" / "dangqiao" / "core" / "vocabulary" / "data"
HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))


def toneless(reading: str) -> str:
    """`lǜ` -> `lv`, `zhāng` -> `zhang`."""
    plain = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(character for character in plain if character.isascii() and character.isalpha())


def pinyin() -> str:
    """One line a syllable: syllable, characters read so first, characters read so otherwise; tab-separated."""
    first: dict[str, list[str]] = defaultdict(list)
    other: dict[str, list[str]] = defaultdict(list)
    for point, readings in sorted(pinyin_dict.items()):
        syllables = list(dict.fromkeys(filter(None, map(toneless, readings.split(",")))))
        if not syllables or not any(low <= point <= high for low, high in HAN):
            continue
        first[syllables[0]].append(chr(point))
        for syllable in syllables[1:]:
            other[syllable].append(chr(point))
    lines = [f"{syllable}\t{''.join(first[syllable])}\t{''.join(other[syllable])}" for syllable in {**first, **other}]
    head = "# Toneless readings of Han characters. Made by tools/characters.py from pypinyin (MIT licence).\n"
    return head + "\n".join(sorted(lines)) + "\n"


def simplified() -> str:
    """Pairs of traditional and simplified characters, 32 pairs a line."""
    characters = [chr(point) for low, high in HAN for point in range(low, high + 1)]
    converted = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = [a + b for a, b in zip(characters, converted, strict=True) if a != b and len(b) == 1]
    lines = ["".join(pairs[i : i + 32]) for i in range(0, len(pairs), 32)]
    head = "# Traditional and simplified, pair after pair. Made by tools/characters.py from OpenCC (Apache-2.0).\n"
    return head + "\n".join(lines) + "\n"


TABLES = {"pinyin.txt": pinyin, "simplified.txt": simplified}


def main() -> None:
    if sys.argv[1:] not in (["write"], ["check"]):
        sys.exit(__doc__)
    stale = [
        name for name, make in TABLES.items() if not (FOLDER / name).exists() or (FOLDER / name).read_text() != make()
    ]
    if sys.argv[1] == "check":
        sys.exit(f"stale: {', '.join(stale)}; run tools/characters.py write" if stale else 0)
    for name in stale:
        (FOLDER / name).write_text(TABLES[name](), encoding="utf-8")


if __name__ == "__main__":
    main()
