"""The scripts that write docs/speed.md and docs/accuracy.md start: nothing else runs them daily."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent / "bench"


@pytest.mark.parametrize("script", ["accuracy_table.py", "speed_table.py", "gradbench.py"])
def test_a_script_starts(script: str) -> None:
    asked = [sys.executable, str(BENCH / script), "--help"]
    run = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    assert "usage" in run.stdout


@pytest.mark.slow
def test_an_accuracy_is_measured() -> None:
    """The columns of one formula, at two points."""
    asked = [
        sys.executable,
        str(BENCH / "accuracy_table.py"),
        "--points",
        "2",
        "--formulas",
        "quadratic",
    ]
    run = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
    (row,) = [line for line in run.stdout.splitlines() if line.startswith("| quadratic ")]
    cells = [float(x) for cell in row.split("|")[2:4] for x in cell.split(",")]
    assert len(cells) == 6
    assert all(0 <= x <= 8 for x in cells)
