"""Words of an archive's own: the node's `wording.toml`, which goes before the category files' wording.

    [categories.marriage]                  every archive of the platform
    caution = "…"

    [archives.310115.marriage]             this archive only
    statement = "经查，{archive}所藏{file_title}（档号：{reference_code}）记载如下："

It never goes before the rules: what a document must and must not say stands in the program.
"""

import tomllib
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dangqiao.core import categories
from dangqiao.core.categories import Category
from dangqiao.core.categories.schema import Wording
from dangqiao.core.errors import N_, BadInput, DangqiaoError, Malformed
from dangqiao.core.sealing.wording import check_category

ArchiveCode = Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class Words(BaseModel):
    """Sentences that go before those of a category file. The places in them: `core.categories.schema.Wording`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    file_title: str | None = None
    statement: str | None = None
    not_found: str | None = None
    caution: str | None = None


class OwnWording(BaseModel):
    """The whole file: words by category, and by archive and category."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    categories: Mapping[str, Words] = {}
    archives: Mapping[ArchiveCode, Mapping[str, Words]] = {}

    def applied(self, category: Category, archive: str = "") -> Category:
        """The category with the words that an archive uses; those of the archive go before those of the platform.

        Raises:
            ValidationError: a sentence lacks a place, or has one that it must not have.
        """
        found = category.wording.model_dump()
        for words in (self.categories.get(category.id), self.archives.get(archive, {}).get(category.id)):
            found |= words.model_dump(exclude_none=True) if words else {}
        return category.model_copy(update={"wording": Wording.model_validate(found)})


def parse(source: bytes) -> OwnWording:
    """The wording in the bytes of a `wording.toml`, every sentence of it checked.

    Raises:
        Malformed: `wording.unreadable`, it is not TOML in UTF-8.
        BadInput: `wording.invalid`, says where and why; `deliverable.wording_*` where a rule forbids a sentence, the
            fact `where` says which.
    """
    try:
        document = tomllib.loads(source.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Malformed(
            "wording.unreadable", N_("The wording file cannot be read: {problem}."), problem=str(error)
        ) from error
    try:
        found = OwnWording.model_validate(document)
    except ValidationError as error:
        raise _invalid(error) from error
    for category in found.categories:
        _check(found, category, "", f"categories.{category}")
    for archive, own in found.archives.items():
        for category in own:
            _check(found, category, archive, f"archives.{archive}.{category}")
    return found


def _check(own: OwnWording, category: str, archive: str, where: str) -> None:
    if category not in categories.known():
        raise _refused(where, "there is no such category")
    try:
        check_category(own.applied(categories.get(category), archive))
    except ValidationError as error:
        raise _invalid(error, where) from error
    except DangqiaoError as error:
        raise BadInput(error.code, error.sentence, N_("Change {where} in the wording file."), where=where) from error


def _invalid(error: ValidationError, where: str = "") -> BadInput:
    first = error.errors()[0]
    place = ".".join(filter(None, (where, *(str(part) for part in first["loc"])))) or "file"
    return _refused(place, first["msg"])


def _refused(where: str, problem: str) -> BadInput:
    return BadInput(
        "wording.invalid",
        N_("The wording file breaks a rule at {where}: {problem}."),
        N_("See it with: dangqiao deliverable preview CATEGORY --wording FILE"),
        where=where,
        problem=problem,
    )
