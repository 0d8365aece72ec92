"""Marks of a class: what counts as a line, what is punished, and what a table may hold."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from commands import runner

from symgd.api.documents import judge_text, mark_class, read_given, sheets
from symgd.cli import main
from symgd.errors import InputError
from symgd.judge.marking import Scheme, marked, read_scheme
from symgd.judge.marking.marks import kinds
from symgd.judge.marking.pages import harmless
from symgd.pages.formats import MARKS, VERDICTS

LOGISTIC = r"""
Let $z = wx + b$, $p = \sigma(z)$ with $\sigma(z) = \frac{1}{1 + e^{-z}}$, and $y \in \{0, 1\}$.
The loss is $L = -y \ln p - (1 - y) \ln(1 - p)$.

$$
\begin{align}
\frac{\partial L}{\partial z} &= -y(1 - p) + (1 - y)p \\
  &= y - p \\
\frac{\partial L}{\partial w} &= (y - p)x \\
\frac{\partial L}{\partial b} &= p - y
\end{align}
$$
"""
RIGHT = "Let $C = (y - wx)^2$.\n\n$$\\frac{dC}{dw} = -2(y - wx)x$$\n"


def cells(text: str) -> dict[str, dict[str, str]]:
    """student → heading → cell."""
    return {row["student"]: row for row in csv.DictReader(io.StringIO(text))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "class"
    (place / "eve").mkdir(parents=True)
    (place / "anna.md").write_text(RIGHT)
    (place / "ben.md").write_text(LOGISTIC)
    (place / "carl.tex").write_text("nothing to see")
    (place / "dora.txt").write_bytes(b"\xff\xfe\xfa")
    (place / "eve" / "one.md").write_text(RIGHT)
    (place / "eve" / "two.md").write_text(RIGHT.replace("-2", "2"))
    (place / "notes.pdf").write_bytes(b"%PDF")
    (place / ".hidden.tex").write_text(RIGHT)
    return place


def test_a_row_a_student_and_a_file_that_cannot_be_read_is_one(folder: Path) -> None:
    run = runner().invoke(main, ["check", "--class", str(folder), "--format", "csv"])
    table = cells(run.stdout)
    assert list(table) == ["anna", "ben", "carl", "dora", "eve"]
    assert (table["anna"]["points"], table["anna"]["of"]) == ("1", "1")
    # The slip is in line 8 of the file; the next line has its sign, the last is right again.
    assert table["ben"]["first wrong"] == f"{folder}/ben.md:8"
    assert [table["ben"][k] for k in ("lines", "right", "wrong", "follows")] == ["4", "2", "1", "1"]
    assert table["ben"]["points"] == "3"
    assert "sign" in table["ben"]["slip"]
    assert "No formula" in table["carl"]["remark"]
    assert "UTF-8" in table["dora"]["remark"]
    assert table["eve"]["first wrong"] == f"{folder}/eve/two.md:3"
    assert run.exit_code == 2, "what could not be judged weighs more than what is wrong"


def test_a_class_that_is_right_is_0_and_one_with_a_slip_1(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(RIGHT)
    assert runner().invoke(main, ["check", "--class", str(tmp_path)]).exit_code == 0
    (tmp_path / "b.md").write_text(LOGISTIC)
    assert runner().invoke(main, ["check", "--class", str(tmp_path)]).exit_code == 1


def test_a_crash_of_the_judge_is_a_row_and_3(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from symgd.api import documents

    real = documents.check_rows

    def failing(rows: list[object], *more: object) -> object:
        if len(rows) > 4:
            raise KeyError("Members")
        return real(rows, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(documents, "check_rows", failing)
    run = runner().invoke(main, ["check", "--class", str(folder), "--format", "csv"])
    assert run.exit_code == 3
    table = cells(run.stdout)
    assert "fault of symgd" in table["ben"]["remark"]
    assert "KeyError" in table["ben"]["remark"]
    assert table["anna"]["points"] == "1"


def test_definitions_and_macros_stand_before_every_sheet(tmp_path: Path) -> None:
    (tmp_path / "given.md").write_text("Let $C = (\\obs - wx)^2$ with $x > 0$.\n")
    (tmp_path / "macros.tex").write_text(
        "% of the course\n\\newcommand{\\obs}{y}\n\\newcommand{\\pd}[2]{\\frac{d#1}{d#2}}\n"
    )
    sheet = tmp_path / "sheets"
    sheet.mkdir()
    (sheet / "a.tex").write_text(
        "\\begin{align}\n\\pd{C}{w} &= -2(\\obs-wx)x \\\\\n&= 2yx\n\\end{align}"
    )
    (sheet / "b.md").write_text("---\ntitle: b\n---\n\n$$\\pd{C}{w} = -2(\\obs - wx)x$$\n")
    both = ["--definitions", str(tmp_path / "given.md"), "--macros", str(tmp_path / "macros.tex")]
    run = runner().invoke(main, ["check", "--class", str(sheet), "--format", "csv", *both])
    table = cells(run.stdout)
    assert [table["a"][k] for k in ("right", "wrong")] == ["1", "1"], run.output
    assert table["a"]["first wrong"].endswith("a.tex:3")
    assert [table["b"][k] for k in ("lines", "right")] == ["1", "1"]
    plain = runner().invoke(main, ["check", str(sheet / "b.md"), "--format", "json", *both])
    assert plain.exit_code == 0
    assert json.loads(plain.stdout)["reports"][0]["lines"][0]["number"] == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Let $C = \\frac{1}{$.", "given.md"),
        ("$C = w^2$ so $\\frac{dC}{dw} = 3w$", "is wrong"),
        ("nothing", "No formula"),
    ],
)
def test_definitions_that_cannot_be_given_are_one_sentence(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "given.md").write_text(text)
    with pytest.raises(InputError, match=r"given\.md") as caught:
        read_given(documents=[tmp_path / "given.md"])
    assert words in str(caught.value)


def test_what_goes_on_from_a_slip_is_not_punished_again() -> None:
    report = judge_text(LOGISTIC)
    assert [kind for _, kind in kinds(report)] == ["right", "wrong", "follows", "right"]
    assert marked("a", [report], Scheme()).points == 3
    assert marked("a", [report], Scheme(follows=0.5)).points == 2.5
    assert marked("a", [report], Scheme(start=10, right=0, follows=0, wrong=-2)).points == 8


def test_a_second_slip_of_its_own_is_punished() -> None:
    text = LOGISTIC.replace("(y - p)x", "(y - p)x^2")
    assert [kind for _, kind in kinds(judge_text(text))] == ["right", "wrong", "wrong", "right"]


def test_points_that_are_open_until_a_person_has_looked() -> None:
    text = RIGHT + "\n$$\\frac{dC}{dw} = \\oiint\\Xi$$\n"
    mark = marked("a", [judge_text(text)], Scheme())
    assert (mark.right, mark.unknown, mark.points, mark.of, mark.open) == (1, 1, 1, 2, 1)
    scaled = marked("a", [judge_text(text)], Scheme(out_of=10))
    assert (scaled.points, scaled.of, scaled.open) == (5, 10, 5)


@pytest.mark.parametrize(
    ("scheme", "counts", "points"),
    [
        (Scheme(), (3, 0, 1, 0), (3, 4)),
        (Scheme(wrong=-1), (1, 0, 3, 0), (0, 4)),
        (Scheme(wrong=-1, least=None), (1, 0, 3, 0), (-2, 4)),
        (Scheme(right=0, follows=0, wrong=-3, start=10), (5, 2, 2, 0), (4, 10)),
        (Scheme(out_of=20), (3, 0, 1, 0), (15, 20)),
        (Scheme(most=2), (3, 0, 1, 0), (2, 2)),
        (Scheme(out_of=20), (0, 0, 0, 0), (0, 20)),
    ],
)
def test_a_scheme_by_hand(
    scheme: Scheme, counts: tuple[int, int, int, int], points: tuple[float, float]
) -> None:
    assert scheme.points(*counts) == points


def test_a_scheme_is_read_from_a_line_and_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "scheme.toml"
    path.write_text("right = 2\nwrong = -1\n")
    assert read_scheme("right=2, wrong=-1") == read_scheme(str(path)) == Scheme(right=2, wrong=-1)
    path.write_text("[scheme]\nright = 2\nwrong = -1\n")
    assert read_scheme(str(path)) == Scheme(right=2, wrong=-1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rigth=1", "Did you mean 'right'"),
        ("right=one", "not a number"),
        ("right", "neither"),
        ("right=nan", "no number of points"),
        ("right=1,wrong=2", "has to be the most"),
        ("out_of=0", "above 0"),
        ("right=1,right=1e99", "no number of points"),
        ("missing.toml", "cannot be read"),
    ],
)
def test_a_scheme_that_is_none_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(InputError, match=r".") as caught:
        read_scheme(text)
    assert words in str(caught.value)


HOSTILE = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "<img src=x onerror=alert(1)>",
           "a\x1b[31mb", "a,b\"c", " =1+1", "a\nb")  # fmt: skip


def test_hostile_names_are_text_in_every_table(tmp_path: Path) -> None:
    for name in HOSTILE:
        (tmp_path / f"{name.replace('/', '_')}.md").write_text(RIGHT)
    run = runner().invoke(main, ["check", "--class", str(tmp_path), "--format", "csv"])
    rows = list(csv.reader(io.StringIO(run.stdout)))
    assert len(rows) == 1 + len(HOSTILE)
    assert all(len(row) == len(rows[0]) for row in rows)
    for cell in (c for row in rows[1:] for c in row):
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "\t"))
        assert cell.isprintable()
    page = runner().invoke(main, ["check", "--class", str(tmp_path), "--format", "html"]).stdout
    assert "<img" not in page
    assert "<script" not in page
    text = runner().invoke(main, ["check", "--class", str(tmp_path)]).stdout
    assert "\x1b" not in text
    assert len(text.splitlines()) == 1 + len(HOSTILE) + 2


@pytest.mark.skipif(sys.platform != "linux", reason="names are text here")
def test_a_name_that_is_no_utf8_is_written_in_every_format(tmp_path: Path) -> None:
    place = os.fsencode(tmp_path / "class")
    os.mkdir(place)
    with open(os.path.join(place, b"\xff.md"), "w") as file:
        file.write(RIGHT.replace("-2", "2"))
    sheet = str(next((tmp_path / "class").iterdir()))
    for asked, formats in (
        (["--class", str(tmp_path / "class")], MARKS),
        ([sheet], (*VERDICTS, "github", "lines")),
    ):
        for format_ in formats:
            out = tmp_path / "out"
            run = runner().invoke(main, ["check", *asked, "--format", format_, "-o", str(out)])
            assert run.exit_code == 1, run.output
            assert "�" in out.read_text() or "%EF%BF%BD" in out.read_text(), format_


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", "  =1"])
def test_a_cell_that_looks_like_a_formula_has_an_apostrophe(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f"a{cell}") == f"a{cell}"


def test_the_page_is_well_formed_and_has_a_row_a_student(folder: Path) -> None:
    page = runner().invoke(main, ["check", "--class", str(folder), "--format", "html"]).stdout
    table = page[page.index("<table") : page.index("</table>") + len("</table>")]
    assert len(ElementTree.fromstring(table).findall(".//tbody/tr")) == 5


def test_the_ending_of_the_output_says_the_format(folder: Path, tmp_path: Path) -> None:
    for ending, start in (
        (".csv", "student,"),
        (".html", "<!"),
        (".json", "{"),
        (".txt", "student"),
    ):
        out = tmp_path / f"table{ending}"
        runner().invoke(main, ["check", "--class", str(folder), "-o", str(out)])
        assert out.read_text().startswith(start)
    refused = runner().invoke(main, ["check", "--class", str(folder), "-o", "table.xls"])
    assert refused.exit_code == 2
    assert ".csv" in refused.stderr


def test_files_of_one_stem_are_two_students(tmp_path: Path) -> None:
    for name in ("a.md", "a.tex", "b.md"):
        (tmp_path / name).write_text(RIGHT)
    assert list(sheets(tmp_path)) == ["a.md", "a.tex", "b"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_with_a_name_is_a_row_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    ((mark, _),) = mark_class(tmp_path)
    assert "not a file" in mark.trouble


@pytest.mark.parametrize("name", ["none", "file.md", "empty"])
def test_a_folder_that_is_none_or_empty_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.md").write_text(RIGHT)
    (tmp_path / "empty").mkdir()
    run = runner().invoke(main, ["check", "--class", str(tmp_path / name)])
    assert run.exit_code == 2
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "more", [["a.md"], ["--gradient", "a:b"], ["--format", "github"], ["--format", "sarif"]]
)
def test_what_is_not_about_a_class_is_refused(tmp_path: Path, more: list[str]) -> None:
    (tmp_path / "a.md").write_text(RIGHT)
    run = runner().invoke(main, ["check", "--class", str(tmp_path), *more])
    assert run.exit_code == 2
    assert run.stderr.count("\n") == 1
