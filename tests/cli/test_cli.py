"""The command line as a user meets it: what is printed, written, refused, and with which code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from commands import runner

from symgd.cli import main
from symgd.language import parse


def run(*words: str) -> Result:
    return runner().invoke(main, list(words))


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text("x,y\n1,0\n2,1\n3,1\n")
    return path


# -- what works -----------------------------------------------------------------------------------


def test_alone_it_does_the_main_job():
    """The figures are those of W. Wolf's notebook of 2016, as run again in double precision."""
    result = run()
    assert result.exit_code == 0
    for line in (
        "∂C/∂w = (ŷ − y)ŷ(1 − ŷ)x",
        "epoch  900   cost 0.0007197278463177123",
        "w = -1.539453590977397, b = 1.3201821363408641",
    ):
        assert line in result.output


@pytest.mark.parametrize("command", [(), ("derive",), ("train",), ("export",), ("list",)])
def test_help_tells_every_option(command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage")


def test_wrt_keeps_to_what_was_asked():
    output = run("derive", "--wrt", "b").output
    assert "∂C/∂b" in output
    assert "∂C/∂w" not in output


def test_constants_are_put_in():
    output = run("derive", "-a", "z*tanh(q*z)", "-c", "q=2", "--wrt", "b").output
    assert "tanh(2z)" in output


@pytest.mark.parametrize(
    ("ending", "start"),
    [(".txt", "The model"), (".tex", r"\documentclass"), (".json", "{"), (".md", "## The model")],
)
def test_the_ending_of_a_file_names_its_format(tmp_path: Path, ending: str, start: str) -> None:
    path = tmp_path / f"page{ending}"
    assert run("derive", "-o", str(path)).exit_code == 0
    assert path.read_text(encoding="utf-8").lstrip().startswith(start)


def test_json_reads_back():
    data = json.loads(run("derive", "--format", "json", "--at", "w=.5,b=2,x=3,y=0").output)
    assert data["schema"] == 1
    assert str(parse(data["results"]["b"], functions={})) != ""
    assert data["at"]["updates"][0]["after"] == pytest.approx(0.49585714965827016, rel=1e-15)


def test_train_reads_and_writes(samples: Path, tmp_path: Path) -> None:
    history, end = tmp_path / "history.csv", tmp_path / "end.json"
    words = ("train", str(samples), "-l", "bce", "--epochs", "7")
    result = run(*words, "--history", str(history), "-o", str(end))
    assert result.exit_code == 0, result.output
    lines = history.read_text().splitlines()
    assert lines[0] == "epoch,cost,w,b"
    assert len(lines) == 9
    data = json.loads(end.read_text())
    assert data["epochs"] == 7
    assert lines[-1] == f"7,{data['cost']},{data['parameters']['w']},{data['parameters']['b']}"


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_train_takes_a_backend_for_a_file(samples: Path, tmp_path: Path, backend: str) -> None:
    """One step from w = b = 0, by hand: ŷ = ½, so ∂C/∂w is the mean of (½ - y)x/4, -1/6."""
    if backend == "numba":
        pytest.importorskip("numba", reason="numba is not installed")
    end = tmp_path / "end.json"
    words = ("train", str(samples), "--epochs", "1", "--optimizer", "sgd(1)", "-o", str(end))
    result = run(*words, "--backend", backend)
    assert result.exit_code == 0, result.output
    data = json.loads(end.read_text())
    assert data["parameters"] == pytest.approx({"w": 1 / 6, "b": 1 / 24}, rel=1e-14)


# -- what is refused ------------------------------------------------------------------------------

#  words after `symgd`, and what the sentence holds
REFUSALS = [
    (("foo",), "No such command"),
    (("derive", "--inputs", "x"), "not a valid integer"),
    (("derive", "--order", "9"), "from 1 to 4"),
    (("derive", "--wrt", "q"), "not a name of this model"),
    (("derive", "-a", "sigmod"), "Did you mean 'sigmoid'?"),
    (("derive", "-a", "huber"), "is a loss, not an activation"),
    (("derive", "-a", "z*q"), "does not know"),
    (("derive", "-a", "9**9**9"), "1000"),
    (("derive", "-a", "__import__('os')"), ""),
    (("derive", "-a", "sqrt(-1)*z"), "not a finite real number"),
    (("derive", "-a", "(" * 100_000), ""),
    (("derive", "-a", "logsigmoid", "-l", "bce"), "never meet"),
    (("derive", "--at", "w=1"), "No number is given for b, x and y"),
    (("derive", "--at", "w=1,b=0,x=1,y=inf"), ""),
    (("derive", "-o", "page.doc"), "no known format"),
    (("derive", "-o", "/nowhere/page.txt"), "could not be written"),
    (("train",), "either as a file"),
    (("train", "nothing.csv"), "There is no file"),
    (("train", "--at", "x=1,y=2", "-l", "bce", "-a", "sigmoid"), "outside {0, 1}"),
    (("train", "--at", "x=1,y=2", "--start", "x=1"), "not a parameter"),
    (("train", "--at", "x=1,y=2", "--backend", "jax"), "'numpy', 'scalar', 'numba'"),
    (("train", "--at", "x=1,y=2", "--optimizer", "adm"), "Did you mean 'adam'?"),
    (("list", "hubber"), "Did you mean 'huber'?"),
]


@pytest.mark.parametrize(("words", "told"), REFUSALS, ids=lambda v: str(v)[:40])
def test_a_refusal_is_one_sentence_and_code_2(words: tuple[str, ...], told: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("symgd: ")
    assert told in result.stderr
    assert "Traceback" not in result.output
    assert len(result.stderr) < 600


def test_a_letter_of_the_loss_is_not_taken_for_a_column(samples: Path) -> None:
    result = run("train", str(samples), "-l", "huber")
    assert result.exit_code == 2
    assert "huber(delta=1)" in result.stderr


def test_a_file_is_not_for_the_scalar_backend(samples: Path) -> None:
    result = run("train", str(samples), "--backend", "scalar")
    assert result.exit_code == 2
    assert 'the backend "numpy" takes arrays' in result.stderr


@pytest.mark.parametrize("option", ["--history", "-o"])
def test_the_data_are_never_written_over(samples: Path, option: str) -> None:
    before = samples.read_text()
    result = run("train", str(samples), option, str(samples))
    assert result.exit_code == 2
    assert samples.read_text() == before


def test_two_outputs_are_two_files(samples: Path, tmp_path: Path) -> None:
    path = str(tmp_path / "out.csv")
    assert run("train", str(samples), "--history", path, "-o", path).exit_code == 2
    assert not Path(path).exists()


def test_a_refused_command_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text("old")
    assert run("derive", "-a", "sigmod", "-o", str(path)).exit_code == 2
    assert path.read_text() == "old"


def test_a_reader_that_leaves_early_is_no_fault():
    command = f"{sys.executable} -m symgd.cli derive --detail full | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout == "The model\n"
    assert done.stderr == ""


def test_python_m_symgd_is_the_command():
    asked = [sys.executable, "-m", "symgd", "list"]
    run = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    assert "sigmoid" in run.stdout
