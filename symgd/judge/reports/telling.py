"""What is said of each line of a report, and of the whole; formulas stand between two $."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symgd.judge.report import PROVED, SAMPLED, UNKNOWN, WRONG, Counterexample, Line, Report
from symgd.judge.reports.words import MARKS, MEANINGS, ROLES, SENTENCES, VERDICTS, counted
from symgd.language.latex.tokens import plain

LONGEST = 400
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Told:
    """One line as it is told: `findings` are sentences, `caret` the place in `quoted`."""

    line: Line
    number: int
    mark: str
    word: str
    meaning: str
    quoted: str
    findings: tuple[str, ...]
    caret: int | None = None


def told(report: Report) -> Iterator[Told]:
    """Every line of a report."""
    for index, line in enumerate(report.lines):
        text, caret = quoted(line)
        meaning = MEANINGS[line.verdict].format(points=line.points, digits=line.digits)
        word = VERDICTS[line.verdict]
        if line.role in ROLES and line.verdict == PROVED:
            word = meaning = ROLES[line.role]
        yield Told(
            line, line.number or index + 1, MARKS[line.verdict], word, meaning, text,
            tuple(findings(report, line)), caret,
        )  # fmt: skip


def findings(report: Report, line: Line) -> Iterator[str]:
    """What is found out about one line, a sentence each, the weightiest first."""
    if line.verdict == UNKNOWN:
        yield line.reason
    elif line.verdict == WRONG:
        number = inherited(report, line)
        yield SENTENCES["inherited"].format(number=number) if number else line.reason
        if line.counterexample is not None:
            yield at(line.counterexample)
        if line.slip is not None:
            yield SENTENCES["slip"].format(words=line.slip.words)
            yield SENTENCES["correction"].format(correction=f"${line.slip.correction}$")
        elif line.right is not None:
            yield SENTENCES["derived"].format(right=f"${line.right}$")
        if line.follows is False:
            yield SENTENCES["broken"]
        elif line.follows and number is None:
            yield SENTENCES["own"]
    elif line.follows is False:
        yield SENTENCES["mended"]
    yield from line.notes


def inherited(report: Report, line: Line) -> int | None:
    """The number of the wrong line that this one goes on from."""
    if line.inherited is None:
        return None
    # What is only assumed is not among the lines that the judge counts.
    judged = [x for x in report.lines if x.role != "assumption"]
    for lines in (report.lines, judged):
        if line.inherited < len(lines) and lines[line.inherited].verdict == WRONG:
            return lines[line.inherited].number or line.inherited + 1
    return None


def at(example: Counterexample) -> str:
    point = ", ".join(f"${name} = {value}$" for name, value in example.point.items())
    key = "at" if point else "values"
    left, right = f"${example.left}$", f"${example.right}$"
    return SENTENCES[key].format(point=point, left=left, right=right)


def quoted(line: Line) -> tuple[str, int | None]:
    """The line as it is written, and the place in it that is not understood.

    A place is told in the line with its Unicode spelled out, which is then what is quoted; of a
    line too long to be quoted whole, what stands around the place.
    """
    text, caret = line.text, line.caret
    if caret is not None and not text.isascii():
        text = plain(text)
    start = 0
    if caret is not None and caret > LONGEST // 2 and len(text) > LONGEST:
        start = caret - LONGEST // 2
    window = visible(text[start : start + LONGEST])
    head = _ELLIPSIS if start else ""
    tail = _ELLIPSIS if start + LONGEST < len(text) else ""
    return f"{head}{window}{tail}", caret if caret is None else caret - start + len(head)


def visible(text: str) -> str:
    """The text without the characters that steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def summary(report: Report) -> str:
    """How many lines there are of each verdict, and the first wrong one."""
    counts = report.counts()
    said = ", ".join(f"{n} {VERDICTS[v]}" for v, n in counts.items() if n)
    parts = [SENTENCES["summary"].format(lines=counted(len(report.lines), "line"), counts=said)]
    first = report.first_wrong
    if first is not None:
        number = report.lines[first].number or first + 1
        parts.append(SENTENCES["first"].format(number=number))
    elif {v for v, n in counts.items() if n} <= {PROVED, SAMPLED}:
        parts.append(SENTENCES["right"])
    else:
        parts.append(SENTENCES["unread"])
    return " ".join(parts)


def pieces(sentence: str) -> Iterator[tuple[bool, str]]:
    """(whether it is a formula, its text) for each part of a sentence."""
    parts = sentence.split("$")
    if len(parts) % 2 == 0:  # a stray $ is a $
        yield False, sentence
        return
    for i, part in enumerate(parts):
        if part:
            yield bool(i % 2), part


def bare(sentence: str) -> str:
    """A sentence for a terminal."""
    return visible("".join(part for _, part in pieces(sentence)))


def headed(reports: Sequence[Report]) -> bool:
    """Whether the name of each document is worth telling."""
    return len(reports) > 1 or any(r.source for r in reports)
