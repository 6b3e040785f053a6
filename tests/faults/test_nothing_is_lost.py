"""A short form of the fault suite: nearly every kind of fault, in less than a minute."""

import os
from pathlib import Path

import pytest

from tests.faults.driver import Run
from tests.faults.proxy import Fault
from tests.faults.trouble import QUICK
from tests.faults.world import started


@pytest.mark.federation
def test_whatever_happens_nothing_is_lost_doubled_or_stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Of the test runner's own Django; the nodes' processes must find their own settings.
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    monkeypatch.delenv("DANGQIAO_NODE", raising=False)
    seed = int(os.environ.get("DANGQIAO_FAULTS_SEED", "7"))
    database = "postgresql" if os.environ.get("DANGQIAO_TEST_DATABASE") else "sqlite"
    with started(tmp_path, database) as world:
        run = Run(world, tmp_path / "progress.json", requests=40, faults=18, seed=seed, pause=0.3, kinds=QUICK)
        report = run.run()
        assert report.found.good, f"seed {seed}\n{report}\n{world.logs()}"
    assert report.line().startswith("faults: requests 40 ") and report.line().endswith("lost 0 doubled 0 stuck 0")
    # A planned fault that no connection met until the end was not done.
    assert len({str(fault) for fault in Fault} & report.injected.keys()) >= 5
    expected = {"partition", "killed worker", "killed web", "wrong clock", "full disk"}
    expected |= {"killed database"} if database == "postgresql" else set()
    assert expected <= report.injected.keys()
