"""Category files: read, checked, digested. Shipped ones are package data; a deployment may name more as bytes."""

import hashlib
import json
import tomllib
from functools import cache
from importlib.resources import files

from pydantic import ValidationError

from dangqiao.core.categories.schema import Category
from dangqiao.core.errors import N_, BadInput, Malformed, NotThere


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
    """SHA-256 (hex) of the category's canonical JSON. Referrals pin it: it says which rules were in force."""
    text = json.dumps(category.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def shipped_files() -> dict[str, bytes]:
    """The category files that come with the program, by file name."""
    folder = files("dangqiao.core.categories") / "data"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".toml")}


@cache
def shipped() -> dict[str, Category]:
    """The categories that come with the program, by id."""
    found = [parse(content) for content in shipped_files().values()]
    return {category.id: category for category in sorted(found, key=lambda category: category.id)}


def get(category_id: str) -> Category:
    """A category by its id. Raises NotThere (`category.unknown`)."""
    try:
        return shipped()[category_id]
    except KeyError:
        raise NotThere(
            "category.unknown",
            N_("There is no category {category}."),
            N_("Known ones: {known}."),
            category=category_id,
            known=", ".join(shipped()),
        ) from None
