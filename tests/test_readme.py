"""The README is run: its Python, its commands, and the derivation that it quotes."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from commands import runner

from symgd import Neuron
from symgd.cli import main

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
MODELS = Path(__file__).parent.parent / "docs" / "models"
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^    (symgd(?: .*)?)$", README, re.MULTILINE)


def test_the_python_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for block in BLOCKS:
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102 - our own page
    printed = capsys.readouterr().out
    assert "{'w': -1.539453590977397, 'b': 1.3201821363408641}" in printed
    # at z = 40: the formula as it was written, and e^-40
    assert re.search(r"^0\.0\n4\.2483542552\d+e-18$", printed, re.MULTILINE)


def test_its_first_block_is_ten_lines() -> None:
    assert len([line for line in BLOCKS[0].splitlines() if line.strip()]) <= 10


def test_the_derivation_that_it_quotes_is_what_is_printed() -> None:
    quoted = re.search(r"```\n(Lemma 2.*?)```", README, re.DOTALL)
    assert quoted is not None
    printed = Neuron().derive().to_text()
    for part in quoted[1].strip().split("\n\n"):
        assert part in printed


def test_both_commands_stand_at_the_top() -> None:
    top = README[: README.index("```python")]
    assert "make demo" in top
    assert "make test" in top


# One does not end, and one fetches an interpreter: they are run in tests/web.
RUN_ELSEWHERE = ("serve", "site")


@pytest.mark.spread(4)
@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_run(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text("x,y\n1,0\n2,1\n3,1\n")
    notes = r"Let $C = w^2$. Then $$\frac{dC}{dw} = 2w.$$"
    (tmp_path / "notes.tex").write_text(notes)
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets" / "student.tex").write_text(notes)
    shutil.copy(MODELS / "layer.toml", tmp_path / "model.toml")
    layer = {"W": np.eye(2), "x": np.ones(2), "b": np.ones(2), "y": np.zeros(2)}
    np.savez(tmp_path / "values.npz", **layer)
    words = shlex.split(re.split(r"\s{3,}", command)[0])[1:]
    if words[:1] and words[0] in RUN_ELSEWHERE:
        words = [words[0], "--help"]
    result = runner().invoke(main, words)
    assert result.exit_code == 0, result.output
