"""The short form of benchmarks/tampering.py: no altered document is judged valid, in any format."""

from pathlib import Path

import pytest

from benchmarks import tampering


def test_none_is_judged_valid_with_altered_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = []
    for sealed in tampering.documents(tmp_path):
        names.append(sealed.name)
        assert tampering.measure(sealed, 60, seed=1) == 0, capsys.readouterr().out
    assert names == ["PDF B-T", "PDF B-LT", "PDF B-LTA", "OFD", "OFD, packed anew"]
