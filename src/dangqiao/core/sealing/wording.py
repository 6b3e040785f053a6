"""What a deliverable may say. The rules are data: `wording.toml`."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dangqiao.core.categories import Category
from dangqiao.core.errors import N_, BadInput
from dangqiao.core.sealing.content import DeliverableKind, FrozenContent, Release

_SENTENCES = {
    "deliverable.wording_concludes": N_("The wording draws a conclusion; it may only say what is recorded."),
    "deliverable.wording_single_status": N_("A notice of not found must not serve as a proof of single status."),
    "deliverable.wording_not_found": N_(
        "The notice must say that nothing was found in the range searched, and that this proves nothing more."
    ),
    "deliverable.wording_recorded": N_("A certificate or extract must say that it states what is recorded."),
}


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule. Empty `kinds` or `categories`: all of them."""

    code: str
    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()

    def broken_by(self, kind: DeliverableKind, category: str, text: str) -> bool:
        if self.kinds and kind not in self.kinds:
            return False
        if self.categories and category not in self.categories:
            return False
        lacks = any(not re.search(pattern, text) for pattern in self.required)
        return lacks or any(re.search(pattern, text) for pattern in self.forbidden)


@cache
def _document() -> tuple[dict[str, str], dict[str, str], tuple[_Rule, ...]]:
    source = (files("dangqiao.core.sealing") / "wording.toml").read_text(encoding="utf-8")
    document = tomllib.loads(source)
    rules = tuple(
        _Rule(rule["code"], *(tuple(rule.get(key, ())) for key in ("kinds", "categories", "required", "forbidden")))
        for rule in document["rules"]
    )
    return document["titles"], document["sentences"], rules


def title(kind: DeliverableKind) -> str:
    """The heading on paper: 档案证明."""
    return _document()[0][kind]


def sentence(name: str) -> str:
    """A sentence of `wording.toml`, Chinese: `left_out`."""
    return _document()[1][name]


def paragraphs(
    category: Category,
    kind: DeliverableKind,
    archive_name: str,
    reference_codes: Sequence[str],
    range_searched: str,
    left_out: bool = False,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a document says before and after its table, in the words of the category.

    Args:
        reference_codes: of what was found; range_searched: for a notice of not found.
        left_out: whether the applicant wanted something left out; the document then says so.
    """
    words = {"archive": archive_name, "file_title": category.wording.file_title}
    if kind is DeliverableKind.NOT_FOUND_NOTICE:
        opening = category.wording.not_found.format(range=range_searched, **words)
    else:
        opening = category.wording.statement.format(reference_code="、".join(reference_codes), **words)
    return (opening,), (*((sentence("left_out"),) if left_out else ()), category.wording.caution)


def check(content: FrozenContent) -> None:
    """Refuses content that may not be issued. Call it before anything is set in type.

    Raises:
        BadInput: `deliverable.wording_*` where a rule of `wording.toml` is broken (the archive only says whether and
            how something is recorded; 民函〔2015〕266号 for proofs of single status); `deliverable.incomplete` where
            something every document needs is missing; `deliverable.pages_missing` for a copy without pages or other
            kinds with pages; `deliverable.page_not_released` for a page that may not leave the archive or is to be
            masked and says not where.
    """
    for name in ("archive", "archive_name", "serial", "code", "verification_url", "applicant", "opening"):
        if not getattr(content, name):
            raise BadInput("deliverable.incomplete", N_("The document lacks {field}."), field=name)
    if (content.kind is DeliverableKind.COPY) != bool(content.pages):
        raise BadInput("deliverable.pages_missing", N_("A copy, and only a copy, is made of pages."))
    for page in content.pages:
        if page.release is Release.EXTRACT_ONLY or (page.release is Release.MASKED) != bool(page.masks):
            raise BadInput(
                "deliverable.page_not_released", N_("Page {page} may not be handed out as a picture."), page=page.page
            )
    _check_text(content.kind, content.category, "\n".join((*content.opening, *content.statements)))


def check_category(category: Category) -> None:
    """Refuses a category from whose wording a deliverable would come that may not be issued.

    Raises:
        BadInput: `deliverable.wording_*`, as `check` would when somebody waits for the document.
    """
    words = category.wording
    for kind in category.deliverables:
        _check_text(DeliverableKind(kind), category.id, f"{words.statement}\n{words.caution}")
    _check_text(DeliverableKind.NOT_FOUND_NOTICE, category.id, f"{words.not_found}\n{words.caution}")


def _check_text(kind: DeliverableKind, category: str, text: str) -> None:
    for rule in _document()[2]:
        if rule.broken_by(kind, category, text):
            raise BadInput(rule.code, _SENTENCES[rule.code])
