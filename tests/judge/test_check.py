"""`symgd check` and its reports: what is told of each line, in each format, and the exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from chromium import browser, show  # noqa: F401
from click.testing import Result
from commands import runner

import symgd
from symgd.cli import main
from symgd.errors import InputError
from symgd.judge.report import Counterexample, Line, Report, Slip
from symgd.judge.reports import PAGES, to_github, to_html, to_lines, to_markdown, to_text
from symgd.judge.reports.sentences import MARKS, summary
from symgd.judge.words import ENGLISH

RIGHT = r"""
Let $u = 3v$ and
\[ J = u^2. \]
Then
\begin{align}
\frac{dJ}{dv} &= 2u \cdot 3 \\
              &= 18v
\end{align}
"""
WRONG = RIGHT.replace("18v", "6v")
UNREAD = RIGHT.replace("18v", r"18v \weird")
RIGHT_LINE, WRONG_LINE = 6, 7


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str | bytes | None = None, **files: str) -> Result:
        for name, text in files.items():
            (tmp_path / f"{name}.tex").write_text(text, encoding="utf-8")
        return runner().invoke(main, ["check", *arguments], input=stdin)

    return run


# -- exit codes ----------------------------------------------------------------------------------


def test_a_derivation_that_is_right_is_0(run) -> None:
    result = run("a.tex", a=RIGHT)
    assert result.exit_code == 0, result.output
    assert "Every claim is right." in result.output


def test_a_wrong_line_is_1_and_is_named_with_its_line_and_a_point(run) -> None:
    result = run("a.tex", a=WRONG)
    assert result.exit_code == 1
    assert f"{WRONG_LINE} ✗   = 6v" in result.output
    assert f"{RIGHT_LINE} ✓" in result.output
    # dJ/dv = 2·3v·3 = 18v, whatever v is: the left side is three times the right one.
    (point,) = (p for p in result.output.split("\n") if " at v = " in p)
    left, right = (float(p.split(" is ")[1]) for p in point.split(": ")[1].split(", "))
    assert left == pytest.approx(3 * right, rel=1e-6)


def test_what_is_not_understood_is_0_and_with_strict_1(run) -> None:
    result = run("a.tex", a=UNREAD)
    assert result.exit_code == 0
    quoted, caret = result.output.split("\n")[
        next(i for i, x in enumerate(result.output.split("\n")) if r"\weird" in x) :
    ][:2]
    assert quoted.index(r"\weird") == caret.index("^")
    assert run("--strict", "a.tex").exit_code == 1
    assert run("--strict", "b.tex", b=RIGHT).exit_code == 0


def test_the_worst_of_several_files_counts(run) -> None:
    result = run("a.tex", "b.tex", a=RIGHT, b=WRONG)
    assert result.exit_code == 1
    assert result.output.index("a.tex") < result.output.index("b.tex")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no formula here", "No formula"),
        ("", "No formula"),
        (r"\newcommand{\a}{\a} $\a$", "expands to itself"),
        (r"\begin{align} x = y", "never closed"),
        ("a\0b", "NUL"),
    ],
)
def test_input_at_fault_is_2_and_one_sentence_that_names_the_file(run, text, said) -> None:
    result = run("a.tex", a=text)
    assert result.exit_code == 2
    assert result.stderr.startswith("symgd: a.tex")
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name a file"),
        (("gone.tex",), "gone.tex cannot be read: No such file"),
        ((".",), ". is not a file"),
        (("a.tex", "-o", "x.pdf"), "no known format"),
        (("a.tex", "-o", "a.tex"), "is one of the files that are checked"),
        (("a.tex", "--define", "x = {"), "brace"),
    ],
)
def test_arguments_at_fault_are_2(run, arguments, said) -> None:
    result = run(*arguments, a=RIGHT)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_what_is_piped_in_is_read(run) -> None:
    result = run("-", stdin=WRONG)
    assert result.exit_code == 1
    assert f"{WRONG_LINE} ✗" in result.output
    assert run("-", stdin=b"\xff\x00").exit_code == 2


def test_definitions_and_assumptions_may_be_given(run) -> None:
    text = r"$$\frac{dJ}{dv} = 2v$$ $$\sqrt{v^2} = v$$"
    result = run("a.tex", "--define", "J = v^2", "--assume", "v > 0", a=text)
    assert result.exit_code == 0, result.output
    assert run("a.tex", "--define", "J = v^2").exit_code == 1


@pytest.mark.parametrize(
    "text",
    [
        "$$" + "{" * 10**5 + "x" + "}" * 10**5 + "$$",
        "$$ x = " + "+ x" * 300_000 + "$$",
        "$$ x = " + "(" * 10**5 + "$$",
        "$$ a = {{{ $$",
        r"$$ a = \input{/etc/passwd} $$",
        r"$$ a = \write18{touch pwned} $$",
    ],
    ids=["groups", "megabyte", "brackets", "braces", "input", "write"],
)
def test_a_hostile_formula_is_not_understood_and_soon(run, text, tmp_path) -> None:
    run("warm.tex", warm=RIGHT)  # sympy is loaded once
    begun = time.process_time()
    result = run("a.tex", a=text)
    assert time.process_time() - begun < 4
    assert result.exit_code in (0, 2)
    assert "not understood" in result.output or result.exit_code == 2
    assert len(result.output) < 5000
    assert "root:" not in result.output
    assert not (tmp_path / "pwned").exists()


def test_colours_only_on_a_terminal_and_not_with_no_color(monkeypatch) -> None:
    from symgd.cli import check

    module = sys.modules["symgd.cli.check"]
    assert check is not None
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert module.has_colour()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not module.has_colour()


# -- in Python -----------------------------------------------------------------------------------


def test_check_takes_lines() -> None:
    report = symgd.check([r"\frac{dJ}{dv} = 2v", "= 3v"], definitions=["J = v^2"])
    assert [line.verdict for line in report.lines] == ["proved", "wrong"]
    assert report.first_wrong == 1


@pytest.mark.parametrize("name", ["lines", "definitions", "assume"])
def test_a_text_is_no_list(name: str) -> None:
    with pytest.raises(InputError, match=f"a list of {name}"):
        symgd.check(**{"lines": ["a = a"], name: "J = v^2"})  # type: ignore[arg-type]


def test_check_text_guesses_the_kind() -> None:
    assert (
        symgd.check_text("```math\nJ = v^2\n```\n```math\n\\frac{dJ}{dv} = v\n```").first_wrong == 1
    )
    assert symgd.check_text("J = v**2\ndJ/dv = 2*v\n").verdict == "proved"


def test_importing_symgd_loads_no_judge() -> None:
    code = "import symgd, sys; print([m for m in sys.modules if 'checking' in m or 'sympy' in m])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


# -- formats -------------------------------------------------------------------------------------

HOSTILE = r"\text{<img src=x onerror=alert(1)>} = $`a`$ ```" "\x1b[31m"
REPORT = Report(
    (
        Line("x > 0", "proved", number=1, role="assumption"),
        Line("J = u^2", "proved", number=2, role="definition"),
        Line(r"\frac{dJ}{du} = 2u", "sampled", points=8, digits=20, number=4),
        Line("= u", "wrong", follows=False, reason="the two sides differ", number=5,
             counterexample=Counterexample({"u": "0.5"}, "1.0", "0.5"),
             slip=Slip("factor", "the factor $2$ is missing", "2 u")),
        Line("= u + 0", "wrong", follows=True, reason="it follows from line 3", number=6,
             inherited=2, counterexample=Counterexample({}, "1.0", "0.5")),
        Line("= 2u", "sampled", follows=False, number=7),
        Line(HOSTILE, "unknown", reason="This is not understood.", caret=6, number=8),
    ),
    notes=("a note of $u_1$",),
    source="a%,:b.tex",
)  # fmt: skip


def test_every_verdict_has_its_mark_word_and_meaning() -> None:
    assert set(MARKS) == set(REPORT.counts())
    for verdict in MARKS:
        assert {f"verdict:{verdict}", f"means:{verdict}"} <= set(ENGLISH.table)


def test_text_tells_each_finding() -> None:
    text = to_text([REPORT])
    for said in (
        "5 ✗   = u", "wrong: the two sides differ", "at u = 0.5: the left side is 1.0, the right "
        "side is 0.5", "the likely slip: the factor 2 is missing", "it should read: 2 u",
        "wrong: it goes on from line 5, which is wrong", "true, but it does not follow",
        "not understood: This is not understood.", "a note of u_1", "The first wrong line is 5.",
    ):  # fmt: skip
        assert said in text, said
    assert "\x1b" not in text
    assert "\x1b[31;1m✗\x1b[0m" in to_text([REPORT], colour=True)


def test_the_summary_counts() -> None:
    assert summary(REPORT) == (
        "7 lines: 2 sampled, 2 wrong, 1 not understood, 1 taken as an assumption, "
        "1 taken as a definition. The first wrong line is 5."
    )
    assert summary(Report((Line("a = a", "proved"),))) == "1 line: 1 proved. Every line is right."


def test_json_holds_what_the_report_holds(run) -> None:
    (data,) = json.loads(PAGES["json"]([REPORT]))["reports"]
    assert data["source"] == "a%,:b.tex"
    assert data["first_wrong"] == 3
    line = data["lines"][3]
    assert line["counterexample"] == {"point": {"u": "0.5"}, "left": "1.0", "right": "0.5"}
    assert line["slip"]["kind"] == "factor"
    assert data["lines"][4]["inherited_from"] == 5
    assert [x["verdict"] for x in data["lines"]] == [x.verdict for x in REPORT.lines]
    piped = json.loads(run("a.tex", "--format", "json", a=WRONG).stdout)
    assert piped["reports"][0]["source"] == "a.tex"


def test_annotations_are_one_line_each() -> None:
    lines = to_lines([REPORT]).splitlines()
    assert [x.split(" ")[0] for x in lines] == ["a%,:b.tex:5:", "a%,:b.tex:6:", "a%,:b.tex:8:"]
    github = to_github([REPORT]).splitlines()
    assert github[0].startswith("::error file=a%25%2C%3Ab.tex,line=5,title=symgd%3A wrong::wrong: ")
    assert github[2].startswith("::warning file=")
    assert len(github) == 3


def test_markdown_holds_nothing_that_becomes_markup() -> None:
    page = to_markdown([REPORT])
    assert "\n  ```math\n  = u\n  ```\n" in page
    assert "$`2 u`$" in page
    assert "\n  ````\n" in page  # the hostile line holds three backticks
    assert "a note of $`u_1`$" in page


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs) -> None:
        self.found.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)


def test_a_page_holds_nothing_that_runs() -> None:
    page = to_html([REPORT])
    tags = Tags(page).found
    assert not {"img", "script", "iframe", "a", "link"} & set(tags)
    assert tags.count("tr") == len(REPORT.lines) + 1
    assert "&lt;img" in page


def test_a_page_is_readable_on_any_screen(show) -> None:  # noqa: F811
    report = symgd.check_text(WRONG, source="a.tex")
    for width, scheme in ((1000, "light"), (360, "dark")):
        tab = show(to_html([report, REPORT]), width=width, scheme=scheme)
        assert tab.complaints == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        marks = tab.locator("td.verdict span").all_inner_texts()
        assert marks == [MARKS[line.verdict] for r in (report, REPORT) for line in r.lines]


@pytest.mark.parametrize("ending", [".txt", ".json", ".html", ".md"])
def test_a_format_goes_by_the_ending(run, tmp_path, ending) -> None:
    result = run("a.tex", "-o", f"out{ending}", a=WRONG)
    assert result.exit_code == 1
    page = (tmp_path / f"out{ending}").read_text(encoding="utf-8")
    opening = {".txt": "a.tex\n", ".json": "{", ".html": "<!DOCTYPE html>", ".md": "# "}[ending]
    assert page.startswith(opening)
    assert "\x1b" not in page


def test_the_hook_calls_a_command_that_is_there() -> None:
    text = (Path(__file__).parent.parent.parent / ".pre-commit-hooks.yaml").read_text(
        encoding="utf-8"
    )
    (entry,) = (x.split("entry: symgd ")[1] for x in text.splitlines() if "entry:" in x)
    result = runner().invoke(main, [*entry.split(), "--help"])
    assert result.exit_code == 0


# -- the page that explains it -------------------------------------------------------------------

PAGE = (Path(__file__).parent.parent.parent / "docs" / "checking.md").read_text(encoding="utf-8")


def steady(output: str) -> list[str]:
    """Each line without what hangs on the random points, and on whether a proof was found."""
    lines = [x.split(" at ")[0].strip() for x in output.rstrip().split("\n")]
    return [x.replace("≈", "✓") for x in lines if not x.startswith("at ")][:-1]


def test_the_example_of_the_page_is_what_is_printed(run, tmp_path) -> None:
    document = PAGE.split("````markdown\n")[1].split("````")[0]
    shown = PAGE.split("$ symgd check logistic.md\n")[1].split("```")[0]
    (tmp_path / "logistic.md").write_text(document, encoding="utf-8")
    result = run("logistic.md")
    assert result.exit_code == 1
    assert steady(result.output) == steady(shown)


def test_the_python_of_the_page_runs(capsys) -> None:
    # What the blocks below it print stands below them, and is compared in test_docs.
    block = PAGE.split("```python\n")[1].split("```")[0]
    exec(compile(block, "checking.md", "exec"), {})  # noqa: S102 - our own page
    first, second = capsys.readouterr().out.strip().split("\n")
    assert first.startswith("1 wrong")
    assert second == "proved"


# -- a function instead of a file ----------------------------------------------------------------


@pytest.mark.parametrize(("sign", "code"), [("", 0), ("-", 1)])
def test_a_function_of_ones_own_is_checked(run, tmp_path, monkeypatch, sign, code) -> None:
    # The derivative of ½(ŷ − y)² in ŷ = z is z − y.
    name = f"mine_{code}"
    (tmp_path / f"{name}.py").write_text(f"def gradient(z, y):\n    return {sign}(z - y)\n")
    monkeypatch.syspath_prepend(tmp_path)
    result = run("--gradient", f"{name}:gradient", "--of", "quadratic", "--wrt", "z")
    assert result.exit_code == code, result.output


def test_a_function_and_a_file_at_once_are_2(run) -> None:
    result = run("--gradient", "m:f", "a.tex", a=RIGHT)
    assert result.exit_code == 2
    assert "give one" in result.stderr
