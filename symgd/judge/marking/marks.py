"""The reports on one student's documents → a row of marks.

A line counts if it claims something, or is not right. A wrong line follows, and is not punished
again, if it goes on rightly from a wrong one, or carries on the same factor: after y - p for p - y
the line (y - p)x has the sign of the first slip and no slip of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symgd.judge.documents import kind_of
from symgd.judge.lines import UNFINISHED
from symgd.judge.marking.answers import MISSING, Answered, answered, answers_in
from symgd.judge.marking.scheme import Scheme
from symgd.judge.report import PROVED, SAMPLED, UNKNOWN, WRONG, Line, Report
from symgd.judge.reports.sentences import fault_said, findings, one_line
from symgd.judge.words import say
from symgd.language.sentences import Sentence

RIGHT, FOLLOWS = "right", "follows"
# Values are told to eight digits.
SAME = 1e-6
# The name of a sheet that everybody has.
EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of the table.

    lines     how many count: right + wrong + follows + unknown, and of a sheet with answers those
              that are unfinished or missing
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
    unfinished: int = 0
    missing: int = 0

    @property
    def lines(self) -> int:
        parts = self.right, self.wrong, self.follows, self.unknown, self.unfinished, self.missing
        return sum(parts)


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
    troubles = [fault_said(r.fault) for r in reports if r.fault is not None]
    return Mark(
        student, tuple(r.source for r in reports), count[RIGHT], count[WRONG], count[FOLLOWS],
        count[UNKNOWN], None if first is None else (first[0].source, first[2]),
        "" if first is None else slip_of(first[0], first[1]),
        "" if first is None or first[1].slip is None else first[1].slip.kind,
        points, of, scheme.open(count[UNKNOWN], sum(of_kinds)), _together(troubles),
    )  # fmt: skip


# The answers of a sheet of whose numbers the remark says something, by their status.
REMARKS = (UNFINISHED, UNKNOWN, MISSING)
LINES = {RIGHT: SAMPLED, UNFINISHED: SAMPLED, WRONG: WRONG, FOLLOWS: WRONG, UNKNOWN: UNKNOWN}


def marked_by_key(student: str, files: Sequence[Report], scheme: Scheme) -> tuple[Mark, Report]:
    """The row of one student whose sheet has its answers in the scheme, and a line an answer.

    files   the documents, as they were read
    """
    key = scheme.keys.get(student) or scheme.keys.get(EVERYBODY)
    found: dict[int, tuple[str, int, str]] = {}
    troubles = [fault_said(r.fault) for r in files if r.fault is not None]
    for report in files:
        if report.fault is None:
            kind = kind_of(report.source or None, report.text)
            for number, (text, at) in answers_in(report.text, kind).items():
                if text or number not in found:
                    found[number] = text, at, report.source
    if key is None:
        troubles.append(say("marks:no-sheet", student=student))
    of = () if key is None else answered(key, {n: text for n, (text, _, _) in found.items()})
    numbers = {s: [a.question.number for a in of if a.status == s] for s in (*LINES, MISSING)}
    count = {s: len(n) for s, n in numbers.items()}
    troubles += [
        say(f"marks:{s}", numbers=tuple(map(str, numbers[s]))) for s in REMARKS if numbers[s]
    ]
    slip = next((a for a in of if a.status == WRONG), None)
    points, top, open_ = scheme.of_answers(of)
    mark = Mark(
        student, tuple(r.source for r in files), count[RIGHT], count[WRONG], count[FOLLOWS],
        count[UNKNOWN], None if slip is None else _place(found[slip.question.number]),
        "" if slip is None else _said(slip), "" if slip is None else slip.slip,
        points, top, open_, _together(troubles), count[UNFINISHED], count[MISSING],
    )  # fmt: skip
    lines = tuple(
        Line(a.text, LINES[a.status], number=found[a.question.number][1])
        for a in of
        if a.status in LINES
    )
    fault = next((r.fault for r in files if r.fault is not None), None)
    return mark, Report(lines, source=files[0].source if files else student, fault=fault)


def _place(answer: tuple[str, int, str]) -> tuple[str, int]:
    return answer[2], answer[1]


def _said(slip: Answered) -> str:
    words = slip.words or say("marks:other")
    return say("marks:slip", number=slip.question.number, slip=words)


def _together(troubles: Sequence[str]) -> str:
    """Sentences one after the other, as one that a language can tell."""
    if not troubles:
        return ""
    said = say("marks:troubles", troubles=tuple(troubles))
    return Sentence(one_line(said), said.id, said.parts)


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
        return line.slip.words
    return next(findings(report, line), line.reason)


__all__ = ["EVERYBODY", "FOLLOWS", "RIGHT", "Mark", "kinds", "marked", "marked_by_key"]
