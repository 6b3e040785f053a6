"""A short run of the fault suite: nearly every kind of fault, in about a minute."""

import os
from pathlib import Path

import pytest

from tests.faults import driver
from tests.faults.proxy import Fault
from tests.faults.world import started


@pytest.mark.federation
def test_whatever_happens_nothing_is_lost_doubled_or_stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Of the test runner's own Django; the nodes' processes must find their own settings.
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    monkeypatch.delenv("DANGQIAO_NODE", raising=False)
    seed = int(os.environ.get("DANGQIAO_FAULTS_SEED", "7"))
    with started(tmp_path) as world:
        report = driver.run(world, requests=40, faults=16, seed=seed, pause=0.4, patience=180)
        assert report.found.good, f"seed {seed}\n{report}\n{world.logs()}"
    assert report.line().endswith("lost 0 doubled 0 stuck 0")
    # A planned fault that no connection met until the end was not done.
    assert len({str(fault) for fault in Fault} & report.injected.keys()) >= 5
    assert {"partition", "killed worker", "killed web", "wrong clock"} <= report.injected.keys()
