"""Category files: read, checked, digested. Shipped ones are package data; a deployment adds its own as bytes."""

import hashlib
import json
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from pydantic import ValidationError

from dangqiao.core.categories.schema import Category
from dangqiao.core.errors import N_, BadInput, Conflict, Malformed, NotThere

_added: dict[str, Category] = {}
"""What a deployment has added, by id. Filled once, when the process starts."""


def parse(source: bytes) -> Category:
    """A category from the bytes of its file.

    Raises:
        Malformed: `category.unreadable`, it is not TOML in UTF-8.
        BadInput: `category.invalid`, a rule of the schema is broken; the fact `problem` says which and where.
    """
    try:
        document = tomllib.loads(source.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Malformed(
            "category.unreadable", N_("The category file cannot be read: {problem}."), problem=str(error)
        ) from error
    try:
        return Category.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise BadInput(
            "category.invalid",
            N_("The category file breaks a rule at {where}: {problem}."),
            where=where,
            problem=first["msg"],
        ) from error


def digest(category: Category) -> str:
    """SHA-256 (hex) of the canonical JSON of what the file says. Referrals pin it: the rules that were in force."""
    said = category.model_dump(mode="json", exclude_unset=True)
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def shipped_files() -> dict[str, bytes]:
    """The category files that come with the program, by file name."""
    folder = files("dangqiao.core.categories") / "data"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".toml")}


@cache
def shipped() -> dict[str, Category]:
    """The categories that come with the program, by id, in their order."""
    return _in_order(parse(content) for content in shipped_files().values())


def add(category: Category) -> None:
    """Makes a deployment's own category known to this process. Called once, before anything is served.

    Adding the same again is harmless. Raises Conflict (`category.id_taken`) for another one under a known id: two
    definitions under one name would give two archives two rules.
    """
    before = known().get(category.id)
    if before is not None and before != category:
        raise Conflict(
            "category.id_taken",
            N_("There is another category with the id {category}."),
            N_("Give the new one an id of its own."),
            category=category.id,
        )
    if before is None:
        _added[category.id] = category


def known() -> dict[str, Category]:
    """All categories that this process knows, by id, in their order: shipped ones and added ones."""
    return _in_order((*shipped().values(), *_added.values())) if _added else shipped()


def first() -> tuple[str, ...]:
    """Ids of the categories that every member serves, in their order."""
    return tuple(category.id for category in shipped().values() if category.first)


def get(category_id: str) -> Category:
    """A category by its id. Raises NotThere (`category.unknown`)."""
    found = shipped().get(category_id) or _added.get(category_id)
    if found is None:
        raise NotThere(
            "category.unknown",
            N_("There is no category {category}."),
            N_("Known ones: {known}."),
            category=category_id,
            known=", ".join(known()),
        )
    return found


def _in_order(found: Iterable[Category]) -> dict[str, Category]:
    return {category.id: category for category in sorted(found, key=lambda category: (category.order, category.id))}
