"""How long the judge takes over a sheet of 45 lines, as it is called for a class of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SHEETS = Path(__file__).parent / "sheets"
# Seconds of processor time of a whole process, the import of SymPy among them.
MOST = 3.0


def processor_time(sheet: str) -> tuple[float, str]:
    """Seconds that `symgd check` takes over a sheet, and what it prints."""
    before = os.times()
    words = [sys.executable, "-m", "symgd.cli", "check", str(SHEETS / sheet)]
    found = subprocess.run(words, capture_output=True, text=True, check=False)
    after = os.times()
    spent = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    return spent, found.stdout


# sheet            the lines that are wrong
WRONG = {
    "indexed.tex":  (49, 60, 69),
    "matrices.tex": (26, 44, 49, 59),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("sheet", WRONG)
def test_a_sheet_takes_three_seconds(sheet: str) -> None:
    """The best of three, for other processes slow down this one; every line has a verdict."""
    spent, text = min(processor_time(sheet) for _ in range(3))
    accused = {int(line.split()[0]) for line in text.splitlines() if " ✗ " in line}
    assert accused == set(WRONG[sheet])
    assert "not understood" not in text
    assert spent < MOST
