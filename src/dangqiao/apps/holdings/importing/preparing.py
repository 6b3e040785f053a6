"""From rows to what the database takes: parsing, hashing, encrypting, keys. Here an import spends most of its time, and
nothing here needs the database or another chunk, so that several processes can do it (see `workers`)."""

import json
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dangqiao.apps.holdings import contents
from dangqiao.apps.holdings.composing import ENTRY_COLUMNS, compose
from dangqiao.apps.holdings.features import Counted, name_counts
from dangqiao.apps.holdings.importing.layout import Draft, Layout, Rejected
from dangqiao.apps.holdings.importing.rows import Row
from dangqiao.core.categories import Category
from dangqiao.core.matching.packed import SIZE

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_CONTENT = ENTRY_COLUMNS.index("content")

_NO_RECORD = bytes(SIZE)
_OWNER = 20
"""Bits for the place in a chunk below a key: numbers sort in a third of the time of pairs."""

Identity = tuple[str, int]
"""Reference code and item number: what an entry is called within archive and category."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What preparing needs to know beside the rows. `update`: whether known entries may get other content."""

    category: Category
    archive_code: str
    header: list[str]
    this_year: int
    update: bool


class Prepared(NamedTuple):
    """A row ready to be written."""

    identity: Identity
    digest: str
    values: tuple[Any, ...]
    """In the order of ENTRY_COLUMNS; none if the entry was known and stays as it is."""
    counted: Counted

    @property
    def content(self) -> dict[str, Any]:
        """As the model has it."""
        content: dict[str, Any] = json.loads(self.values[_CONTENT])
        return content


class Chunk(NamedTuple):
    """Rows prepared, in their order, and their keys: `keys[i]`, ascending, belongs to `drafts[owners[i]]`; `records`
    has packed.SIZE bytes for each draft."""

    drafts: list[Prepared | Rejected]
    keys: "array[int]"
    owners: "array[int]"
    records: bytes
    counts: dict[tuple[str, str], int]
    """What all of them together add to `NameCount`, in order."""

    def all_new(self, fresh: Collection[int]) -> bool:
        """Whether these places are all that were prepared."""
        return len(fresh) == sum(isinstance(one, Prepared) for one in self.drafts)


class Preparer:
    """Prepares the chunks of one file."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._layout = Layout(recipe.category, recipe.header, recipe.this_year)

    def __call__(self, rows: Sequence[Row], known: Mapping[Identity, str]) -> Chunk:
        """Prepares rows. For those whose identity is among `known` (with its digest) and which will not change the
        entry, nothing but the digest is computed."""
        drafts: list[Prepared | Rejected] = []
        keys: list[int] = []
        records: list[bytes] = []
        for owner, row in enumerate(rows):
            read = self._layout.entry(row)
            if isinstance(read, Draft):
                draft, own, record = self._prepare(read, known)
                drafts.append(draft)
                records.append(record)
                keys += [key << _OWNER | owner for key in own]
            else:
                drafts.append(read)
                records.append(_NO_RECORD)
        keys.sort()  # neighbours share a page of the index
        mask = (1 << _OWNER) - 1
        counted = [one.counted for one in drafts if isinstance(one, Prepared)]
        return Chunk(
            drafts,
            array("q", [key >> _OWNER for key in keys]),
            array("I", [key & mask for key in keys]),
            b"".join(records),
            dict(sorted(name_counts(counted, self._recipe.category.id, self._recipe.archive_code).items())),
        )

    def _prepare(self, draft: Draft, known: Mapping[Identity, str]) -> tuple[Prepared, list[int], bytes]:
        recipe, identity = self._recipe, draft.identity
        digest = contents.digest(draft.source)
        before = known.get(identity)
        if before and (before == digest or not recipe.update):
            return Prepared(identity, digest, (), Counted((), ())), [], _NO_RECORD
        composed = compose(recipe.category, recipe.archive_code, draft.common, draft.fields, draft.parties, digest)
        columns = composed.columns
        columns["content"] = _json(columns["content"])
        values = tuple(columns[name] for name in ENTRY_COLUMNS)
        return Prepared(identity, digest, values, composed.counted), composed.keys, composed.record
