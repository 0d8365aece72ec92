"""Slow tests, other processors, lowest versions: what is run, what is left out, what fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import conftest
import lowest
import processors
import pytest
from processors import TARGETS, Target

pytest.importorskip("llvmlite", reason="what a processor has is asked of LLVM")


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
def test_a_target_has_its_files_and_numpy_knows_what_it_leaves_out(target: Target) -> None:
    assert processors.files(target)
    left_out = processors.environment(target).get("NPY_DISABLE_CPU_FEATURES", "").split()
    assert set(left_out) <= set(processors.dispatched())


def test_a_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"no test_gone\.py under"):
        processors.files(Target("old", ("test_gone.py",)))


@pytest.mark.parametrize(
    ("has", "fails", "code", "run", "told"),
    [
        ({"avx2", "fma"}, None, 0, ["old", "new"], ""),
        ({"avx2", "fma"}, "new", 1, ["old", "new"], "failed: new"),
        ({"avx2", "fma"}, "old", 1, ["old", "new"], "failed: old"),
        ({"avx2"}, None, 0, ["old"], "new is left out: this processor has no fma."),
        ({"avx2"}, "old", 1, ["old"], "failed: old"),
    ],
)
def test_what_is_lacking_is_left_out_and_what_fails_fails(
    has: set[str],
    fails: str | None,
    code: int,
    run: list[str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seen: list[str] = []

    def passes(target: Any) -> bool:
        seen.append(target.name)
        return bool(target.name != fails)

    monkeypatch.setattr(processors, "TARGETS", (Target("old", ()), Target("new", (), ("fma",))))
    monkeypatch.setattr(processors, "host_features", lambda: has)
    monkeypatch.setattr(processors, "passes", passes)
    assert processors.main([]) == code
    assert seen == run
    assert told in "".join(capsys.readouterr())


@pytest.mark.slow
def test_a_target_fails_where_a_test_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_one.py").write_text("def test_one():\n    assert False\n")
    (tmp_path / "test_other.py").write_text("def test_other():\n    pass\n")
    monkeypatch.setattr(processors, "TESTS", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert not processors.passes(Target("old", ("test_one.py", "test_other.py")))
    assert processors.passes(Target("old", ("test_other.py",)))


def test_the_lowest_versions_are_those_of_pyproject() -> None:
    text = """
        [project]
        dependencies = ["sympy>=1.13", "click>=8.1,<9"]
        [project.optional-dependencies]
        plot = ["matplotlib>=3.8"]
        fast = []
        mcp = []
        lsp = []
        sphinx = []
        test = ["symgd[plot]", "fonttools[woff]>=4.50"]
    """
    assert [*lowest.constraints(text)] == [
        "sympy==1.13", "click==8.1", "matplotlib==3.8", "fonttools==4.50", *lowest.BESIDE
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"'sympy' has no lowest version; write NAME>=VERSION"):
        [*lowest.constraints(text.replace("sympy>=1.13", "sympy"))]


def test_all_that_pyproject_requires_has_a_lowest_version() -> None:
    found = [*lowest.constraints(lowest.PROJECT.read_text(encoding="utf-8"))]
    assert {"sympy", "numpy", "numba", "click"} <= {line.split("==")[0] for line in found}


@pytest.mark.parametrize(
    ("marks", "divided"),
    [
        ([pytest.mark.spread(3)], "quick slow slow quick slow slow quick slow"),
        ([pytest.mark.spread(3, 2)], "quick slow sweep quick slow sweep quick slow"),
        ([pytest.mark.spread(2, slow=3)], "quick slow quick sweep quick sweep quick slow"),
        ([pytest.mark.spread(slow=2)], "quick quick quick quick quick quick quick quick"),
        ([pytest.mark.slow, pytest.mark.spread(slow=2)], "slow sweep " * 4),
        ([pytest.mark.sweep, pytest.mark.spread(2)], "sweep " * 8),
    ],
)
def test_cases_that_are_alike_are_divided(marks: list[pytest.Mark], divided: str) -> None:
    class Case:
        def __init__(self, number: int) -> None:
            self.nodeid, self.marks = f"tests/test_it.py::test[{number}]", [m.mark for m in marks]

        def get_closest_marker(self, name: str) -> Any:
            return next((m for m in self.marks if m.name == name), None)

        def add_marker(self, name: str) -> None:
            self.marks.append(getattr(pytest.mark, name).mark)

        @property
        def kind(self) -> str:
            names = {m.name for m in self.marks}
            return next((k for k in ("sweep", "slow") if k in names), "quick")

    cases = [Case(n) for n in range(8)]
    conftest.pytest_collection_modifyitems(cases)  # type: ignore[arg-type]
    assert [c.kind for c in cases] == divided.split()
    assert all(c.get_closest_marker("slow") for c in cases if c.kind == "sweep")
