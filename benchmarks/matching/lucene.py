"""A search engine of Lucene's kind: tantivy, with characters and pinyin as Lucene's Chinese filters make them.

Two contestants: its own ranking (BM25 with boosts), and the same 200 best of its ranking put in order by our scorer.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import tantivy

from benchmarks.matching.measure import Answer
from benchmarks.matching.peers import BORN, CODE, MAN, WIFE_BORN, WOMAN, YEAR, words

_BOOSTS = {"characters": 2.0, "pinyin": 1.0, "dates": 4.0, "year": 1.0}
_MOST = 200


def _fields(names: list[str], dates: list[str], year: str) -> dict[str, list[str]]:
    every = [word for name in names for word in words(name)]
    pinyin = [word for word in every if word[0].isascii()]
    return {
        "characters": [word for word in every if not word[0].isascii()],
        "pinyin": pinyin,
        "dates": [date.replace("-", "") for date in dates if date],
        "year": [year] if year else [],
    }


def index(rows: Iterable[list[str]], folder: Path) -> tantivy.Index:
    """The catalogue, one document an entry."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("code", stored=True, tokenizer_name="raw")
    for field in _BOOSTS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    where = folder / "tantivy"
    where.mkdir()
    made = tantivy.Index(builder.build(), path=str(where))
    writer = made.writer(heap_size=128_000_000, num_threads=1)
    for row in rows:
        fields = _fields([row[MAN], row[WOMAN]], [row[BORN], row[WIFE_BORN]], row[YEAR])
        writer.add_document(
            tantivy.Document(code=row[CODE], **{field: " ".join(said) for field, said in fields.items() if said})
        )
    writer.commit()
    writer.wait_merging_threads()
    made.reload()
    return made


def _query(schema: tantivy.Schema, cells: Mapping[str, str]) -> tantivy.Query:
    """Characters, syllables (one letter may differ), dates and the year; each may agree, none must."""
    names = [cells["姓名"], *filter(None, [cells.get("配偶姓名", "")])]
    fields = _fields(names, [cells.get("出生日期", "")], cells.get("登记年份", ""))
    parts = []
    for field, boost in _BOOSTS.items():
        for word in fields[field]:
            term = tantivy.Query.term_query(schema, field, word, index_option="freq")
            parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, boost)))
            if field == "pinyin" and len(word) > 3:
                near = tantivy.Query.fuzzy_term_query(schema, field, word, distance=1)
                parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(near, 0.3)))
    return tantivy.Query.boolean_query(parts)


def ranked(made: tantivy.Index) -> Callable[[dict[str, str]], Answer]:
    """Its own ranking."""
    searcher = made.searcher()

    def find(cells: dict[str, str]) -> Answer:
        hits = searcher.search(_query(made.schema, cells), limit=5).hits
        return Answer([searcher.doc(address)["code"][0] for _score, address in hits])

    return find


def ranked_by_us(
    made: tantivy.Index, judge: Callable[[dict[str, str], list[str]], Answer]
) -> Callable[[dict[str, str]], Answer]:
    """Its two hundred best, weighed and decided by our scorer.

    Args:
        judge: our answer to a question, of the entries that have these reference codes.
    """
    searcher = made.searcher()

    def find(cells: dict[str, str]) -> Answer:
        hits = searcher.search(_query(made.schema, cells), limit=_MOST).hits
        return judge(cells, [searcher.doc(address)["code"][0] for _score, address in hits])

    return find
