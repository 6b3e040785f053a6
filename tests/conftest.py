"""Rules for the whole suite."""

import os

import pytest
from xdist.scheduler import LoadGroupScheduling

TOGETHER = ("tests/federation/", "tests/faults/", "tests/gm/")
"""Folders whose tests share what takes long to start: one worker runs them all, one after another."""


class FoldersTogether(LoadGroupScheduling):
    """Runs tests anywhere, but those of a folder of TOGETHER in one worker. The mark `xdist_group` would be the plain
    way; with pytest 9.2 it does nothing (pytest-xdist issue 1386)."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FoldersTogether:
    """Who runs which test, where several workers run them."""
    return FoldersTogether(config, log)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """With CI=true a skipped test is a failure: there the machine has all that is needed."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but with CI=true nothing may be: {report.longrepr}"
