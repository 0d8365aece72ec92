"""Checking in a repository: SARIF, annotations, baseline, comments, the section of pyproject.toml,
the action and the hook."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml_subset
from commands import runner

import symgd
from symgd.api.documents import judge_text
from symgd.cli import main
from symgd.judge.report import Report
from symgd.judge.reports import to_github, to_lines, to_sarif, to_text
from symgd.judge.repository.findings import findings, regions
from symgd.judge.repository.suppressions import suppressions
from symgd.judge.repository.workflow import annotation

ROOT = Path(symgd.__file__).parent.parent
SLIP = r"\frac{dC}{dw} = 2(y - wx)x"
TRUE = r"\frac{dC}{dw} = -2(y - wx)x"
C = "Let $C = (y - wx)^2$.\n\n"


def check(*arguments: str | Path) -> tuple[int, str, str]:
    run = runner().invoke(main, ["check", *map(str, arguments)])
    return run.exit_code, run.stdout, run.stderr


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- where a finding stands ------------------------------------------------------------------------


def cut(text: str, report: Report, index: int) -> str:
    """What stands in the region of a line."""
    region = regions(report)[index]
    assert region is not None
    lines = text.split("\n")[region.line - 1 : region.end_line]
    lines[-1] = lines[-1][: region.end_column - 1]
    lines[0] = lines[0][region.column - 1 :]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{C}Then ${SLIP}$, as ${TRUE}$.", SLIP),
        (f"{C}$$\n{SLIP}\n$$", SLIP),
        (f"{C}\\begin{{align}}\n  {TRUE} \\\\\n    &= 2yx \\\\ \n\\end{{align}}", "= 2yx"),
        (f"{C}\\begin{{align}}\n\\frac{{dC}}{{dw}} % why\n  &= 2(y\n  - wx)x\n\\end{{align}}",
         "\\frac{dC}{dw} % why\n  &= 2(y\n  - wx)x"),
        (f"{C}ünïcödé 😀 ${SLIP}$", SLIP),
        (f"{C}${SLIP}$ and ${SLIP}$", SLIP),
    ],
)  # fmt: skip
def test_the_region_holds_the_line(text: str, wanted: str) -> None:
    report = judge_text(text, "a.tex" if "% why" in text else "a.md")
    wrong = [i for i, x in enumerate(report.lines) if x.verdict == "wrong"]
    assert cut(text, report, wrong[0]) == wanted


def test_two_formulas_of_one_line_have_two_regions() -> None:
    found = regions(judge_text(f"{C}${SLIP}$ and ${SLIP}$", "a.md"))
    assert len(set(found[1:])) == 2


def test_of_a_line_whose_macros_are_expanded_the_region_is_the_whole_line() -> None:
    text = f"\\newcommand{{\\g}}{{2(y - wx)x}}\n{C}  $\\frac{{dC}}{{dw}} = \\g$."
    report = judge_text(text, "a.md")
    assert cut(text, report, report.first_wrong or 0) == "$\\frac{dC}{dw} = \\g$."


def test_a_fingerprint_survives_a_moved_line_and_tells_lines_apart() -> None:
    def marks(text: str, name: str = "a.md") -> list[str]:
        return [f.fingerprint for f in findings([judge_text(text, name)])]

    before = marks(f"{C}$${SLIP}$$")
    assert marks(f"# New\n\nwords\n\n{C}words\n\n$$ {SLIP.replace('=', ' = ')} $$") == before
    assert marks(f"{C}$${SLIP}$$", "b.md") != before
    assert marks(f"{C}$${SLIP.replace('2', '3')}$$") != before
    twice = marks(f"{C}$${SLIP}$$\n\n$${SLIP}$$")
    assert twice[0] == before[0]
    assert twice[1] != twice[0]


def test_a_fingerprint_is_the_same_wherever_symgd_is_called(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "pyproject.toml").write_text("")
    (here / "docs").mkdir()
    text = f"{C}$${SLIP}$$"
    at_the_root = findings([judge_text(text, "docs/a.md")])[0].fingerprint
    monkeypatch.chdir(here / "docs")
    assert findings([judge_text(text, "a.md")])[0].fingerprint == at_the_root
    assert findings([judge_text(text, str(here / "docs/a.md"))])[0].fingerprint == at_the_root


# -- SARIF -----------------------------------------------------------------------------------------

# What the schema of SARIF 2.1.0 asks for, by hand: object → property → kind, * where required.
SCHEMA: dict[str, dict[str, Any]] = {
    "log": {"*version": "2.1.0", "$schema": str, "*runs": ["run"]},
    "run": {"*tool": "tool", "invocations": ["invocation"], "columnKind": str,
            "results": ["result"]},
    "tool": {"*driver": "driver"},
    "driver": {"*name": str, "semanticVersion": str, "rules": ["rule"]},
    "rule": {"*id": str, "name": str, "shortDescription": "text", "defaultConfiguration": "level"},
    "level": {"level": str},
    "text": {"*text": str},
    "invocation": {"*executionSuccessful": bool, "toolExecutionNotifications": ["notification"]},
    "notification": {"*message": "text", "level": str, "locations": ["location"]},
    "result": {"*message": "text", "ruleId": str, "ruleIndex": int, "level": str,
               "locations": ["location"], "partialFingerprints": dict,
               "suppressions": ["suppression"]},
    "location": {"physicalLocation": "physical"},
    "physical": {"artifactLocation": "artifact", "region": "region"},
    "artifact": {"uri": str},
    "region": {"startLine": int, "startColumn": int, "endLine": int, "endColumn": int},
    "suppression": {"*kind": str, "justification": str},
}  # fmt: skip
LEVELS = {"none", "note", "warning", "error"}


def conform(data: Any, kind: str = "log") -> None:
    """Assert that data has the structure that the schema asks for, and no property more."""
    table = SCHEMA[kind]
    assert isinstance(data, dict), kind
    assert {k[1:] for k in table if k[0] == "*"} <= set(data), kind
    wanted = {k.removeprefix("*"): v for k, v in table.items()}
    assert set(data) <= set(wanted), kind
    for name, value in data.items():
        match wanted[name]:
            case [inner]:
                assert isinstance(value, list)
                for x in value:
                    conform(x, inner)
            case type() as of:
                assert type(value) is of, (kind, name)
            case str() as inner if inner in SCHEMA:
                conform(value, inner)
            case exact:
                assert value == exact
    if "level" in data:
        assert data["level"] in LEVELS
    if kind == "region":
        assert 1 <= data["startLine"] <= data["endLine"]
        assert min(data["startColumn"], data["endColumn"]) >= 1
    if kind == "suppression":
        assert data["kind"] in ("inSource", "external")
    if kind == "run":
        rules = data["tool"]["driver"]["rules"]
        assert len({r["id"] for r in rules}) == len(rules)
        for result in data["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def sarif(*reports: Report) -> dict[str, Any]:
    data = json.loads(to_sarif(reports))
    conform(data)
    return data["runs"][0]


def test_sarif_has_rules_regions_and_fingerprints() -> None:
    run = sarif(
        judge_text(f"{C}$${SLIP}$$\n\n$$\\frac{{dC}}{{dw}} = \\oiint\\Xi$$", "docs/a b#1.md")
    )
    assert [r["ruleId"] for r in run["results"]] == ["symgd/wrong", "symgd/not-understood"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 29}
    assert place["artifactLocation"]["uri"] == "docs/a%20b%231.md"
    assert "the sign is wrong" in run["results"][0]["message"]["text"]


def test_sarif_of_what_a_comment_silences_has_its_suppression() -> None:
    run = sarif(judge_text(f"{C}$${SLIP}$$ <!-- symgd: ignore: on purpose -->", "a.md"))
    (result,) = run["results"]
    assert result["suppressions"] == [
        {"kind": "inSource", "justification": "ignored: on purpose"}
    ]  # fmt: skip


def test_sarif_of_nothing_and_of_what_cannot_be_judged() -> None:
    assert sarif()["results"] == []
    run = sarif(judge_text("no formula", "a.md"))
    assert run["results"] == []
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "No formula" in told["message"]["text"]
    assert run["invocations"][0]["executionSuccessful"] is True


def test_sarif_of_a_crash_says_that_symgd_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    from symgd.api import documents

    def failing(*_: object) -> None:
        raise KeyError("Members")

    monkeypatch.setattr(documents, "check_rows", failing)
    run = sarif(judge_text(C, "a.md"))
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_of_a_function(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (here / "slipped.py").write_text("\n\ndef grad(z, y):\n    return y - z\n")
    code, out, _ = check("--gradient", "slipped:grad", "--format", "sarif")
    data = json.loads(out)
    conform(data)
    (result,) = data["runs"][0]["results"]
    assert code == 1
    assert result["ruleId"] == "symgd/wrong-gradient"
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] == 3


# -- annotations -----------------------------------------------------------------------------------


def test_an_annotation_escapes_whatever_it_holds() -> None:
    line = annotation("error", [("file", "a,b::c\n%0A.md"), ("line", 3)], "x\n::set-env y=1\r100%")
    assert line == (
        "::error file=a%2Cb%3A%3Ac%0A%250A.md,line=3::x%0A::set-env y=1%0D100%25\n"
    )  # fmt: skip


def test_no_document_and_no_name_makes_a_command_of_its_own() -> None:
    text = f"{C}$${SLIP} \\text{{\n::error::forged}}$$ <!-- symgd: ignor\n::warning::x -->"
    report = judge_text(text, "a\n::error::b.md")
    for line in to_github([report]).splitlines():
        assert line.startswith(("::error file=a%0A%3A%3Aerror", "::warning file=a%0A",
                                "::notice file=a%0A"))  # fmt: skip
        assert line.count("\n") == 0
    assert len(to_lines([report]).splitlines()) == len(to_github([report]).splitlines())


# -- comments --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", f"{C}$${SLIP}$$ <!-- symgd: ignore -->"),
        ("a.md", f"{C}<!-- symgd: ignore: on purpose -->\n$${SLIP}$$"),
        ("a.md", f"{C}<!-- symgd: ignore -->\n\n$$\n{SLIP}\n$$"),
        ("a.md", f"{C}$$\n{SLIP} % symgd: ignore\n$$"),
        ("a.md", f"{C}words <!-- symgd: ignore-next-line because -->\n$${SLIP}$$"),
        ("a.md", f"<!-- symgd: ignore-file -->\n{C}$${SLIP}$$"),
        ("a.tex", f"{C}\\[{SLIP}\\] % symgd: ignore -- why"),
        ("a.tex", f"{C}% symgd: ignore\n\\begin{{equation}}\n{SLIP}\n\\end{{equation}}"),
        ("a.tex", f"{C}\\begin{{align}}\n\\frac{{dC}}{{dw}}\n% symgd: ignore\n&= 2yx\n"
                  "\\end{align}"),
        ("a.txt", "C = (y - w*x)^2\ndC/dw = 2*(y - w*x)*x  # symgd: ignore"),
        ("a.txt", "C = (y - w*x)^2\n# symgd: ignore\ndC/dw = 2*(y - w*x)*x"),
        ("a.ipynb", json.dumps({"nbformat": 4, "cells": [{"cell_type": "markdown", "source": [
            "Let $C = (y - wx)^2$.\n", "\n", f"$${SLIP}$$ <!-- symgd: ignore: why -->\n", "words"]
        }]}, indent=1)),
    ],
)  # fmt: skip
def test_a_comment_silences_the_formula_that_it_is_about(name: str, text: str) -> None:
    report = judge_text(text, name)
    assert [x.verdict for x in report.lines].count("wrong") == 1
    assert report.first_wrong is None
    assert not report.unused
    assert to_github([report]) == ""


def test_a_comment_silences_nothing_else() -> None:
    report = judge_text(f"{C}$${SLIP}$$ <!-- symgd: ignore -->\n\n$${SLIP}$$\n", "a.md")
    assert report.first_wrong == 2
    below = judge_text(f"{C}<!-- symgd: ignore -->\n$${TRUE}$$\n\n$${SLIP}$$\n", "a.md")
    assert below.first_wrong == 2
    assert [n for n, _ in below.unused] == [3]


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("<!-- symgd: ignore -->", "silences nothing"),
        ("<!-- symgd: ignore-file -->", "silences nothing"),
        ("<!-- symgd: ignor -->", "not known"),
        ("<!-- symgd: ignore-all: why -->", "not known"),
    ],
)
def test_a_comment_that_silences_nothing_is_told(here: Path, comment: str, words: str) -> None:
    (here / "a.md").write_text(f"{C}$${TRUE}$$ {comment}\n")
    code, out, _ = check("a.md")
    assert code == 0
    assert words in out
    assert words in check("a.md", "--format", "github")[1]
    for format_ in ("html", "markdown", "json"):
        assert comment.split()[2].split(":")[0] in check("a.md", "--format", format_)[1]
    assert check("a.md", "--strict")[0] == 1


def test_what_is_shown_as_code_is_no_comment() -> None:
    text = f"Write `<!-- symgd: ignore -->`, or\n\n```latex\n% symgd: ignore\n```\n\n{C}$${SLIP}$$"
    assert list(suppressions(text)) == []


def test_a_reason_stands_in_the_report() -> None:
    report = judge_text(f"{C}$${SLIP}$$ <!-- symgd: ignore: a slip that students make -->", "a.md")
    assert "ignored: a slip that students make" in to_text([report])
    assert "Every other line is right" in to_text([report])


def test_comments_of_any_length_are_read_in_linear_time() -> None:
    import time

    begin = time.process_time()
    list(suppressions("% symgd: ignore" + " " * 500_000 + "x\n" + "#" * 500_000 + " symgd:"))
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    "source",
    [
        "def grad(z, y):  # symgd: ignore: climbs\n    return y - z\n",
        "# symgd: ignore\ndef grad(z, y):\n    return y - z\n",
        "# symgd: ignore-file\n\n\ndef grad(z, y):\n    return y - z\n",
    ],
)
def test_a_comment_silences_a_function(
    here: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    name = f"ignored{abs(hash(source))}"
    (here / f"{name}.py").write_text(source)
    code, out, _ = check("--gradient", f"{name}:grad")
    assert code == 0
    assert "Ignored" in out
    assert check("--gradient", f"{name}:grad", "--format", "github")[1] == ""


# -- baseline --------------------------------------------------------------------------------------


def test_what_the_baseline_knows_is_not_reported_again(here: Path) -> None:
    path = here / "a.md"
    path.write_text(f"{C}$${SLIP}$$\n")
    assert check("a.md", "--baseline", "b.json", "--write-baseline")[0] == 0
    path.write_text(f"# Moved\n\n{C}words\n\n$${SLIP}$$\n")
    code, out, _ = check("a.md", "--baseline", "b.json")
    assert (code, out.count("known from the baseline")) == (0, 1)
    path.write_text(path.read_text() + f"\n$${SLIP}$$\n")
    assert check("a.md", "--baseline", "b.json", "--format", "lines")[1].count("\n") == 1
    assert check("a.md", "--baseline", "b.json")[0] == 1
    path.write_text(f"{C}$${TRUE}$$\n")
    code, _, error = check("a.md", "--baseline", "b.json")
    assert code == 0
    assert "found no more" in error


def test_sarif_of_what_the_baseline_knows_is_suppressed_from_outside(here: Path) -> None:
    (here / "a.md").write_text(f"{C}$${SLIP}$$\n")
    check("a.md", "--baseline", "b.json", "--write-baseline")
    data = json.loads(check("a.md", "--baseline", "b.json", "--format", "sarif")[1])
    conform(data)
    (result,) = data["runs"][0]["results"]
    assert result["suppressions"][0]["kind"] == "external"


def test_what_a_comment_silences_is_not_in_the_baseline(here: Path) -> None:
    (here / "a.md").write_text(f"{C}$${SLIP}$$ <!-- symgd: ignore -->\n")
    check("a.md", "--baseline", "b.json", "--write-baseline")
    assert json.loads((here / "b.json").read_text())["findings"] == []


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "not json", '{"symgd": "baseline", "version": 2, "findings": []}',
     '{"symgd": "baseline", "version": 1, "findings": [3]}', "[" * 100_000],
)  # fmt: skip
def test_a_baseline_that_is_none_is_one_sentence(here: Path, text: str) -> None:
    (here / "a.md").write_text(C)
    (here / "b.json").write_text(text)
    code, _, error = check("a.md", "--baseline", "b.json")
    assert code == 2
    assert error.count("\n") == 1
    assert "b.json" in error


def test_no_baseline_is_written_of_what_could_not_be_judged(here: Path) -> None:
    (here / "a.md").write_text("no formula")
    assert check("a.md", "--baseline", "b.json", "--write-baseline")[0] == 2
    assert not (here / "b.json").exists()
    (here / "a.md").write_text(C)
    assert check("a.md", "--write-baseline")[0] == 2


# -- the section of pyproject.toml -----------------------------------------------------------------


def test_the_section_says_what_is_checked_and_how(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "docs" / "deep").mkdir(parents=True)
    (here / "docs" / "deep" / "a.md").write_text("$$\\pd{C}{w} = 2(y-wx)x$$\n")
    (here / "given.md").write_text(C)
    (here / "macros.tex").write_text("\\newcommand{\\pd}[2]{\\frac{d#1}{d#2}}")
    (here / "pyproject.toml").write_text(
        '[tool.symgd.check]\nfiles = ["docs/**/*.md"]\ndefinitions = ["given.md"]\n'
        'macros = ["macros.tex"]\nformat = "lines"\nassume = ["x > 0"]\n'
    )
    code, out, _ = check()
    assert code == 1
    assert out.startswith("docs/deep/a.md:1: wrong")
    monkeypatch.chdir(here / "docs")
    assert check()[1].startswith("deep/a.md:1: wrong")
    assert check("--format", "github")[1].startswith("::error file=deep/a.md,")
    (here / "docs" / "b.md").write_text("$$\\pd{C}{w} = -2(y-wx)x$$\n")
    assert check("b.md")[:2] == (0, "")


def test_strict_and_a_baseline_of_the_section(here: Path) -> None:
    (here / "a.md").write_text(f"{C}$$\\frac{{dC}}{{dw}} = \\oiint\\Xi$$\n")
    (here / "pyproject.toml").write_text("[tool.symgd.check]\nstrict = true\n")
    assert check("a.md")[0] == 1
    (here / "pyproject.toml").write_text('[tool.symgd.check]\nstrict = true\nbaseline = "b.json"\n')
    assert check("a.md", "--write-baseline")[0] == 0
    assert check("a.md")[0] == 0


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("[tool.symgd.check]\nstrit = true", "Did you mean 'strict'"),
        ("[tool.symgd.check]\nstrict = 1", "true or false"),
        ('[tool.symgd.check]\nfiles = "docs"', "list of patterns"),
        ('[tool.symgd.check]\nfiles = ["nowhere/*.md"]', "no file matches"),
        ('[tool.symgd.check]\nfiles = ["/etc/*"]', "no file matches"),
        ('[tool.symgd.check]\nformat = "pdf"', "the formats are"),
        ('[tool.symgd.check]\nlabels = "a,b"\n', ""),
        ("[tool.symgd.check", "not TOML"),
        ('[tool.symgd]\ncheck = "symgd"', "not a table"),
        ("[tool.symgd.check]\ngradient = 'os:system'", "no key"),
    ],
)
def test_a_section_that_is_at_fault_is_one_sentence(here: Path, section: str, words: str) -> None:
    (here / "a.md").write_text(C)
    (here / "pyproject.toml").write_text(section)
    code, _, error = check("a.md")
    if words:
        assert code == 2
        assert error.count("\n") == 1
        assert "pyproject.toml" in error
        assert words in error


def test_another_project_s_broken_file_is_none_of_ours(here: Path) -> None:
    (here / "pyproject.toml").write_text("[tool.black\n")
    (here / "a.md").write_text(C)
    assert check("a.md")[0] == 0


def test_without_a_file_the_section_is_named(here: Path) -> None:
    (here / "pyproject.toml").write_text("")
    code, _, error = check()
    assert code == 2
    assert "tool.symgd.check" in error


# -- exit codes ------------------------------------------------------------------------------------


def test_one_file_at_fault_leaves_the_others_their_verdicts(here: Path) -> None:
    (here / "a.md").write_text(f"{C}$${SLIP}$$\n")
    (here / "b.md").write_text("no formula")
    code, out, error = check("a.md", "b.md", "c.md")
    assert code == 2
    assert "the sign is wrong" in out
    assert "b.md" in error
    assert "c.md" in error
    data = json.loads(check("a.md", "b.md", "--format", "json")[1])
    assert [r["fault"] and r["fault"]["whose"] for r in data["reports"]] == [None, "input"]


def test_an_internal_error_is_3(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from symgd.api import documents

    def failing(*_: object) -> None:
        raise KeyError("Members")

    (here / "a.md").write_text(C)
    monkeypatch.setattr(documents, "check_rows", failing)
    code, _, error = check("a.md")
    assert code == 3
    assert "fault of symgd" in error
    monkeypatch.setattr(documents, "judge_file", failing)
    code, _, error = check("a.md")
    assert code == 3
    assert error.count("\n") == 1


# -- the action and the hook -----------------------------------------------------------------------


@pytest.fixture
def on_path(here: Path) -> dict[str, str]:
    """An environment in which `symgd` is this one, and `pip` does nothing but say what for."""
    shims = here / "bin"
    shims.mkdir()
    (shims / "symgd").write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m symgd.cli "$@"\n'
    )
    (shims / "pip").write_text('#!/bin/sh\necho "pip $*"\n')
    for shim in shims.iterdir():
        shim.chmod(0o755)
    path = f"{shims}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


def action(environment: dict[str, str], **inputs: str) -> subprocess.CompletedProcess[str]:
    """Every step of action.yml that runs something, as GitHub runs it."""
    found = yaml_subset.read((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert found["runs"]["using"] == "composite"
    given = {name: str(i["default"]) for name, i in found["inputs"].items()} | inputs
    out = None
    for step in found["runs"]["steps"]:
        if "run" not in step:
            assert step["uses"].startswith("actions/setup-python@v")
            continue
        assert "${{" not in step["run"], "an input in a script would be run"
        values = {}
        for name, value in step["env"].items():
            place = str(value).removeprefix("${{").removesuffix("}}").strip()
            kind, _, key = place.partition(".")
            values[name] = given[key] if kind == "inputs" else str(ROOT)
        assert step["shell"] == "bash"
        out = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env=environment | values, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if out.returncode:
            break
    assert out is not None
    return out


@pytest.mark.slow
def test_the_action_annotates_what_is_wrong(here: Path, on_path: dict[str, str]) -> None:
    (here / "a b.md").write_text(f"{C}$${SLIP}$$\n")
    (here / "right.md").write_text(f"{C}$${TRUE}$$\n")
    run = action(on_path, files="a b.md\nright.md\n")
    assert run.returncode == 1, run.stderr
    assert run.stdout.startswith("::error file=a b.md,line=3,")
    assert action(on_path, files="right.md", options="--strict").returncode == 0


def test_the_action_runs_no_name_that_is_typed(here: Path, on_path: dict[str, str]) -> None:
    run = action(on_path, files="$(touch owned).md\n`touch owned`\n; touch owned")
    assert run.returncode == 2
    assert not (here / "owned").exists()


def test_the_action_writes_sarif_and_reads_the_section(here: Path, on_path: dict[str, str]) -> None:
    (here / "a.md").write_text(f"{C}$${SLIP}$$\n")
    (here / "pyproject.toml").write_text('[tool.symgd.check]\nfiles = ["*.md"]\n')
    assert action(on_path, sarif="out.sarif").returncode == 1
    conform(json.loads((here / "out.sarif").read_text()))


def test_the_hook_checks_the_files_that_it_is_given(here: Path, on_path: dict[str, str]) -> None:
    (hook,) = yaml_subset.read((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {"tex", "markdown", "jupyter"} == set(hook["types_or"])
    (here / "a.md").write_text(f"{C}$${SLIP}$$\n")
    (here / "right.md").write_text(f"{C}$${TRUE}$$\n")
    for names, code in ((["a.md", "right.md"], 1), (["right.md"], 0)):
        run = subprocess.run([*shlex.split(hook["entry"]), *names], env=on_path,
                             capture_output=True, text=True, check=False)  # fmt: skip
        assert run.returncode == code, run.stderr
        assert run.stdout.count("a.md:3: wrong") == code
