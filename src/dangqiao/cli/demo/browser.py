"""A very small browser: opens pages, fills in forms by the names of their fields, follows links. The demo uses the
public pages with it, as a person would; nothing is done in-process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urljoin

import httpx

from dangqiao.core.errors import N_, DangqiaoError


class PageProblem(DangqiaoError):
    """A page did not have what the demo looked for."""


@dataclass
class Form:
    """A form of a page with the values it has now. A choice of one of many has the chosen or first value."""

    action: str
    method: str
    values: dict[str, str | list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    """Values offered by radio buttons, check boxes and selects."""
    buttons: list[tuple[str, str]] = field(default_factory=list)
    enctype: str = ""
    id: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._select = self._textarea = ""
        self._link: str | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._silent += 1
        if tag == "a" and "href" in about:
            self._link = about["href"]
            self.links.append((about["href"], ""))
        if tag == "form":
            self._form = Form(about.get("action", ""), about.get("method", "get").lower())
            self._form.enctype, self._form.id = about.get("enctype", ""), about.get("id", "")
            self.forms.append(self._form)
        if self._form is None:
            return
        name = about.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            self._form.choices.setdefault(self._select, []).append(about.get("value", ""))
            if "selected" in about or self._select not in self._form.values:
                self._form.values[self._select] = about.get("value", "")
        elif tag == "textarea" and name:
            self._textarea = name
            self._form.values.setdefault(name, "")
        elif tag == "button" and name:
            self._form.buttons.append((name, about.get("value", "")))
        elif tag == "input" and name and "disabled" not in about:
            self._input(self._form, name, about)

    def _input(self, form: Form, name: str, about: Mapping[str, str]) -> None:
        kind, value = about.get("type", "text"), about.get("value", "")
        if kind in ("submit", "button"):
            form.buttons.append((name, value))
        elif kind in ("radio", "checkbox"):
            value = about.get("value", "on")  # as HTML has it: an empty value is a value
            form.choices.setdefault(name, []).append(value)
            if "checked" in about:
                form.values[name] = value
        elif kind != "file":
            form.values[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent -= 1
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""
        elif tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._textarea and self._form is not None:
            self._form.values[self._textarea] = str(self._form.values[self._textarea]) + data
        elif not self._silent and data.strip():
            self.text.append(data.strip())
            if self._link is not None:
                href, words = self.links[-1]
                self.links[-1] = (href, words + data.strip())


@dataclass(frozen=True)
class Page:
    """A page that was opened."""

    url: str
    status: int
    body: bytes
    forms: list[Form]
    links: list[tuple[str, str]]
    text: str

    def form(self, *fields: str) -> Form:
        """The form that has all these fields or buttons.

        Raises:
            PageProblem: `demo.form_missing`.
        """
        for form in self.forms:
            names = form.values.keys() | form.choices.keys() | {name for name, _ in form.buttons}
            if set(fields) <= names:
                return form
        raise PageProblem(
            "demo.form_missing",
            N_("The page {url} (status {status}) has no form with {fields}: {text}"),
            url=self.url,
            status=self.status,
            fields=", ".join(fields),
            text=self.text[:400],
        )

    def link(self, part: str) -> str:
        """The address of the first link whose address or words contain `part`.

        Raises:
            PageProblem: `demo.link_missing`.
        """
        for href, words in self.links:
            if part in href or part in words:
                return urljoin(self.url, href)
        raise PageProblem(
            "demo.link_missing",
            N_("The page {url} (status {status}) has no link with {part}: {text}"),
            url=self.url,
            status=self.status,
            part=part,
            text=self.text[:400],
        )


class Browser:
    """One person's browser at one node: keeps cookies, follows redirects.

    Args:
        base: address of the node.
    """

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/") + "/"
        self._http = httpx.Client(follow_redirects=True, timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def open(self, path: str) -> Page:
        """Opens an address or a path of the node."""
        return self._page(self._http.get(urljoin(self._base, path)))

    def submit(
        self,
        page: Page,
        form: Form,
        values: Mapping[str, str | list[str]] | None = None,
        button: tuple[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> Page:
        """Sends a form with these values in place of what it had; `files` go by field name."""
        data = {**form.values, **(values or {})}
        if button:
            data[button[0]] = button[1]
        url = urljoin(page.url, form.action) if form.action else page.url
        if form.method == "get":
            return self._page(self._http.get(url, params=data))
        headers = {"Referer": page.url}
        if files or "multipart" in form.enctype:
            parts = [(name, file) for name, file in (files or {}).items()]
            return self._page(self._http.post(url, data=data, files=parts or {"": ("", b"")}, headers=headers))
        return self._page(self._http.post(url, data=data, headers=headers))

    def _page(self, answer: httpx.Response) -> Page:
        reader = _Reader()
        if "html" in answer.headers.get("content-type", ""):
            reader.feed(answer.text)
        return Page(
            str(answer.url), answer.status_code, answer.content, reader.forms, reader.links, " ".join(reader.text)
        )
