"""People who use a node through its public pages: a citizen, a clerk at a counter, a handler at an archive."""

import re
import time
from collections.abc import Callable, Mapping

from dangqiao.cli.demo.browser import Browser, Form, Page, PageProblem
from dangqiao.core.errors import N_

STEPS = ("applicant_kind", "event_date", "archive_code", "purpose_of_use", "key")
"""A field of each page of an application, in the order of the pages."""

Answers = Mapping[str, str]
Files = Mapping[str, tuple[str, bytes, str]]
"""Field -> file name, content, media type."""


class Person:
    """Somebody with a browser of their own.

    Args:
        url: address of the node they use.
    """

    def __init__(self, url: str) -> None:
        self.browser = Browser(url)

    def staff_login(self, username: str, password: str) -> Page:
        """Logs in at the page for staff."""
        page = self.browser.open("/accounts/staff/")
        page = self.browser.submit(page, page.form("login", "password"), {"login": username, "password": password})
        return self._went_on(page, "/accounts/staff/")

    def phone_login(self, phone: str) -> Page:
        """Logs in as a citizen: by the code that a test node shows."""
        page = self.browser.open("/accounts/login/")
        page = self.browser.submit(page, page.form("phone"), {"phone": phone})
        code = re.search(rb'id="test-code">(\d+)<', page.body)
        if code is None:
            raise unexpected(page, "test-code")
        form = next(form for form in page.forms if ("action", "verify") in form.buttons)
        page = self.browser.submit(page, form, {"code": code.group(1).decode()}, button=("action", "verify"))
        return self._went_on(page, "/accounts/login/code/")

    def prove_name(self, name: str, number: str) -> Page:
        """Has name and identity number checked with the register; once is enough for ever."""
        page = self.browser.open("/accounts/real-name/")
        if not page.url.split("?")[0].endswith("/accounts/real-name/"):
            return page
        form = page.form("name", "identity_number")
        return self._went_on(
            self.browser.submit(page, form, {"name": name, "identity_number": number}), "/accounts/real-name/"
        )

    def apply(self, start: str, answers: Answers, twice: bool = False, files: Files | None = None) -> str:
        """Fills in an application page by page and sends it; the number of the request.

        Args:
            start: address of the first page.
            answers: by the names of the forms' fields; the rest stays as the pages have it.
            twice: whether the last button is pressed twice, as impatient people do.
            files: the documents that are uploaded with it, by field name.

        Raises:
            PageProblem: a page did not accept the answers; its text is in the error.
        """
        return self.send(self.fill_in(start, answers), answers, twice, files)

    def send(self, page: Page, answers: Answers, twice: bool = False, files: Files | None = None) -> str:
        """Sends the last page of an application; the number of the request. As `apply`."""
        form = page.form(STEPS[-1])
        for _ in range(2 if twice else 1):
            after = self.browser.submit(page, form, _said(form, answers), files=files)
        if after.url == page.url:
            raise unexpected(after, STEPS[-1])
        return after.url.rstrip("/").rsplit("/", 1)[-1]

    def fill_in(self, start: str, answers: Answers) -> Page:
        """The last page of an application, where everything is read once more before it is sent. Raises PageProblem."""
        page = self.browser.open(start)
        for marker in STEPS[:-1]:
            form = page.form(marker)
            after = self.browser.submit(page, form, _said(form, answers))
            if after.url == page.url:
                raise unexpected(after, marker)
            page = after
        return page

    def wait_for(self, path: str, seen: Callable[[Page], bool], seconds: float = 60) -> Page:
        """Opens a page again and again until `seen` says yes.

        Raises:
            PageProblem: `demo.unexpected_page` with the page's text, when the time is over.
        """
        deadline = time.monotonic() + seconds
        while True:
            page = self.browser.open(path)
            if seen(page):
                return page
            if time.monotonic() > deadline:
                raise unexpected(page, path)
            time.sleep(0.1)

    def wait_for_words(self, page: Page, words: str, seconds: float = 60) -> Page:
        """A page that was opened, once it says these words. Raises PageProblem."""
        return self.wait_for(page.url, lambda seen: words in seen.text, seconds)

    def referral(self, number: str, state: str = "", seconds: float = 60) -> Page:
        """The workbench page of a request's referral, once it is in the list of the archive.

        Args:
            state: filter of the list; empty: what is open.
        """
        listed = self.wait_for(f"/workbench/?{state}", lambda page: number in page.text, seconds)
        return self.browser.open(listed.link(number))

    def offered(self, page: Page, act: str) -> Form:
        """The form of an act on a referral's page. Raises PageProblem where it is not offered."""
        for form in page.forms:
            if form.values.get("act") == act:
                return form
        raise unexpected(page, act)

    def act(self, page: Page, act: str, values: Mapping[str, str | list[str]] | None = None) -> Page:
        """Carries out an act on a referral's page.

        Raises:
            PageProblem: the page does not offer it, or did not accept the values.
        """
        form = self.offered(page, act)
        after = self.browser.submit(page, form, {f"{act}-{name}": value for name, value in (values or {}).items()})
        if after.status != 200:
            raise unexpected(after, act)
        return after

    def _went_on(self, page: Page, from_path: str) -> Page:
        if page.status != 200 or page.url.split("?")[0].endswith(from_path):
            raise unexpected(page, from_path)
        return page


def _said(form: Form, answers: Answers) -> dict[str, str]:
    said = {name: answers[name] for name in form.values.keys() | form.choices.keys() if name in answers}
    # A clerk ticks every original; at home the check boxes are consents that the answers name.
    return said | {name: "on" for name in form.choices if name.endswith("-seen")}


def unexpected(page: Page, wanted: str) -> PageProblem:
    """The problem that a page is not what should have come after `wanted`; it tells what the page says."""
    return PageProblem(
        "demo.unexpected_page",
        N_("The page {url} (status {status}) is not what was expected after {wanted}: {text}"),
        url=page.url,
        status=page.status,
        wanted=wanted,
        text=page.text[:1500],
    )
