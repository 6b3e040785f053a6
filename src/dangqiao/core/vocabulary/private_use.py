"""Characters that GBK and GB 18030 once kept in Unicode's private use area, as Unicode has them today.

The bytes of such a character never changed, its code point did: a file that an old system wrote, or that was converted
to UTF-8 with an old table, has code points that no font shows and no search finds. Other private code points were given
out by one maker or another (造字); nobody can say what they mean, and they stay.
"""

import re
from importlib.resources import files


def _table() -> dict[int, int]:
    text = files("dangqiao.core.vocabulary").joinpath("data", "private_use.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return {int(private, 16): int(point, 16) for private, _bytes, _character, point in rows}


_TABLE = _table()
_ANY = re.compile(f"[{chr(min(_TABLE))}-{chr(max(_TABLE))}]")


def unprivate(text: str) -> str:
    """The text with these characters at their code points of GB 18030-2022 (data/private_use.tsv names the sources)."""
    return text.translate(_TABLE) if _ANY.search(text) else text
