"""The reports on one student's documents → a row of marks.

A line counts if it claims something, or is not right. A wrong line follows, and is not punished
again, if it goes on rightly from a wrong one, or carries on the same factor: after y - p for p - y
the line (y - p)x has the sign of the first slip and no slip of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symgd.errors import visible
from symgd.judge.marking.scheme import Scheme
from symgd.judge.report import PROVED, SAMPLED, UNKNOWN, WRONG, Line, Report
from symgd.judge.reports.sentences import bare, fault_sentence, findings

RIGHT, FOLLOWS = "right", "follows"
# Values are told to eight digits.
SAME = 1e-6


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of the table.

    lines     how many count: right + wrong + follows + unknown
    first     the file and the line of the first slip
    slip      what was likely written, or what differs
    points    of `of`; `open` more may come when a person has read what is not understood
    trouble   why files of this student have no verdicts
    """

    student: str
    files: tuple[str, ...]
    right: int
    wrong: int
    follows: int
    unknown: int
    first: tuple[str, int] | None
    slip: str
    kind: str
    points: float
    of: float
    open: float
    trouble: str = ""

    @property
    def lines(self) -> int:
        return self.right + self.wrong + self.follows + self.unknown


def marked(student: str, reports: Sequence[Report], scheme: Scheme) -> Mark:
    """The row of one student."""
    count = dict.fromkeys((RIGHT, WRONG, FOLLOWS, UNKNOWN), 0)
    first: tuple[Report, Line, int] | None = None
    for report in reports:
        for index, kind in kinds(report):
            count[kind] += 1
            if kind == WRONG and first is None:
                line = report.lines[index]
                first = (report, line, line.number or index + 1)
    of_kinds = (count[RIGHT], count[FOLLOWS], count[WRONG], count[UNKNOWN])
    points, of = scheme.points(*of_kinds)
    troubles = [fault_sentence(r.fault) for r in reports if r.fault is not None]
    return Mark(
        student, tuple(r.source for r in reports), count[RIGHT], count[WRONG], count[FOLLOWS],
        count[UNKNOWN], None if first is None else (first[0].source, first[2]),
        "" if first is None else slip_of(first[0], first[1]),
        "" if first is None or first[1].slip is None else first[1].slip.kind,
        points, of, scheme.open(count[UNKNOWN], sum(of_kinds)), " ".join(troubles),
    )  # fmt: skip


def kinds(report: Report) -> Iterator[tuple[int, str]]:
    """(index, right, wrong, follows or unknown) for each line that counts."""
    slips: list[Line] = []
    for index, line in enumerate(report.lines):
        if line.silence is not None:
            continue
        if line.verdict == WRONG:
            carried = line.inherited is not None or any(carries(line, s) for s in slips)
            slips.append(line)
            yield index, FOLLOWS if carried else WRONG
        elif line.verdict == UNKNOWN:
            yield index, UNKNOWN
        elif line.role == "claim" and line.verdict in (PROVED, SAMPLED):
            yield index, RIGHT


def carries(line: Line, slip: Line) -> bool:
    """Whether a line is off by the sign or the factor that an earlier one is off by."""
    if line.follows is False or line.slip is None or slip.slip is None:
        return False
    if line.slip.kind != slip.slip.kind or line.slip.kind not in ("sign", "factor"):
        return False
    a, b = ratio(line), ratio(slip)
    return a is not None and b is not None and abs(a - b) <= SAME * max(abs(a), abs(b))


def ratio(line: Line) -> float | None:
    """right side / left side at the point that shows the difference; None of what is no number."""
    if line.counterexample is None:
        return None
    try:
        left, right = float(line.counterexample.left), float(line.counterexample.right)
    except ValueError:
        return None
    return right / left if left else None


def slip_of(report: Report, line: Line) -> str:
    """What is said of the first slip, in one sentence."""
    if line.slip is not None:
        return visible(line.slip.words)
    return bare(next(findings(report, line), line.reason)).rstrip(".")


__all__ = ["FOLLOWS", "RIGHT", "Mark", "kinds", "marked"]
