"""What an edit leaves as it was: lines that move, blocks, excerpts, replacements."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgd.hosts import edits
from symgd.hosts.edits import Change
from symgd.hosts.tasks import inspect

ROWS = st.lists(st.sampled_from(["a", "b", "", "c"]), max_size=8)


@given(ROWS, ROWS)
def test_a_change_makes_the_new_text_of_the_old(old: list[str], new: list[str]) -> None:
    before, after = "\n".join(old).split("\n"), "\n".join(new).split("\n")
    found = edits.change("\n".join(before), "\n".join(after))
    made = before[: found.start] + after[found.start : found.end] + before[found.old_end :]
    assert made == after
    assert found.shift == len(after) - len(before)


@given(ROWS, ROWS, ROWS)
def test_what_two_edits_touch_is_within_their_join(
    one: list[str], two: list[str], three: list[str]
) -> None:
    a, b, c = ("\n".join(rows) for rows in (one, two, three))
    first, second = edits.change(a, b), edits.change(b, c)
    start, end = edits.joined((first.start, first.end), second)
    whole = edits.change(a, c)
    # Of what is only gone, nothing is left to be judged.
    if whole.start < whole.end:
        assert start <= whole.start
        assert end >= whole.end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a\nb\n\nc", [(0, 2), (3, 4)]),
        ("a\n\\[x\\]\nb", [(0, 1), (1, 2), (2, 3)]),
        ("a\n$$\nx\n\ny\n$$\nb", [(0, 1), (1, 6), (6, 7)]),
        ("\\begin{align*}\nx\n\\end{align*}", [(0, 3)]),
        # never closed: to the end
        ("a\n\\[\nx\n\nb", [(0, 1), (1, 5)]),
    ],
)
def test_blocks_are_displays_and_runs_of_lines(text: str, expected: list[tuple[int, int]]) -> None:
    assert edits.blocks(text) == expected


DOCUMENT = r"""\newcommand{\loss}{C}
Let $\sigma(z) = \frac{1}{1+e^{-z}}$.

Let $p = \sigma(z)$, $z = wx$.

Let $A = u^2$.

\[\frac{dA}{du} = 2u\]

\[\frac{dp}{dw} = \sigma(z)(1 - \sigma(z))x\]"""


def test_an_excerpt_has_what_its_lines_rest_on_and_each_where_it_stood() -> None:
    lines = [dict(line) for line in inspect(DOCUMENT, "tex")["lines"]]
    rows = DOCUMENT.split("\n")
    # dp/dw rests on p, z and σ, and not on A.
    found = edits.excerpt(DOCUMENT, lines, 9, 10).split("\n")
    assert found == [*rows[:4], "", "", "", "", "", rows[9]]
    found = edits.excerpt(DOCUMENT, lines, 7, 8).split("\n")
    assert found == [*rows[:2], "", "", "", rows[5], "", rows[7], "", ""]


def test_lines_move_with_their_text() -> None:
    lines = [{"line": n, "region": [n, 1, n, 5]} for n in (1, 3, 5)]
    found = edits.moved(lines, Change(start=2, end=5, old_end=3))
    assert [x["region"] for x in found] == [[1, 1, 1, 5], [7, 1, 7, 5]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = b", ["a = X"]),
        ("a &= b", ["a &= X"]),
        ("a=b,", ["a= X,"]),
        ("= b \\\\", ["= X \\\\"]),
        ("a = b = c", ["a = b = X", "a = X = c"]),
        ("a \\approx b", ["a \\approx X"]),
        ("a \\geq b", []),
        ("a <= b", []),
        ("a =", []),
    ],
)
def test_replacements_keep_what_stands_around(text: str, expected: list[str]) -> None:
    before = "x\n  "
    region = [2, 3, 2, 3 + len(text)]
    found = [
        (before + text)[:begin] + new + (before + text)[end:]
        for begin, end, new in edits.replacements(before + text, region, ["X", "X"])
    ]
    assert found == [before + e for e in expected]


@pytest.mark.parametrize(
    ("side", "kept"),
    [
        ("a b", 3), ("a, . ;", 1), (r"a \\", 1), (r"a\quad,. .", 1), (r"a \qquad&&", 1), ("", 0),
        (r"\\,", 0), (r"\alpha", 6), ("," * 100_000 + "x", 100_001),
    ],
)  # fmt: skip
def test_what_ends_a_side_is_found_in_one_way_through(side: str, kept: int) -> None:
    assert edits._before_the_end(side) == kept
