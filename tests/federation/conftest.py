"""The federation's tests share four running nodes; they run in one process of the test runner, one after another."""

from collections.abc import Iterator

import pytest

from tests.federation.world import World, started


def pytest_itemcollected(item: pytest.Item) -> None:
    """Marks all tests of this folder."""
    item.add_marker(pytest.mark.federation)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The four nodes, running."""
    with pytest.MonkeyPatch.context() as environment:
        # Of the test runner's own Django; the nodes' processes must find their own settings.
        environment.delenv("DJANGO_SETTINGS_MODULE", raising=False)
        environment.delenv("DANGQIAO_NODE", raising=False)
        with started(tmp_path_factory.mktemp("federation")) as running:
            yield running


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """A failure comes with what the nodes said."""
    outcome = yield
    report = outcome.get_result()
    world = getattr(item, "funcargs", {}).get("world")
    if report.failed and isinstance(world, World):
        report.sections.append(("the nodes' logs", world.logs()))
