"""What is said of each line of a report, and of the whole: every sentence stands here once.

Formulas stand between two $; one as a person wrote it is set in MathML where it can be and may be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from symgd.errors import MarkupError, visible
from symgd.judge.report import (
    BASELINE,
    INTERNAL,
    PROVED,
    SAMPLED,
    TAKEN,
    UNKNOWN,
    WRONG,
    Counterexample,
    Fault,
    Line,
    Report,
    Silence,
)
from symgd.language.latex.tokens import plain
from symgd.pages.mathml import mathml

# verdict   mark   word
MARKS = {PROVED: "✓", SAMPLED: "≈", WRONG: "✗", UNKNOWN: "?", TAKEN: "≔"}
VERDICTS = {PROVED: "proved", SAMPLED: "sampled", WRONG: "wrong", UNKNOWN: "not understood",
            TAKEN: "taken"}  # fmt: skip
# what is not reported
SILENT = "·"

# role of a line that claims nothing    of one line, of several
ROLES = {
    "definition": ("taken as a definition", "taken as definitions"),
    "assumption": ("taken as an assumption", "taken as assumptions"),
    "statement":  ("states a left side", "state a left side"),
    "denied":     ("called wrong by the text itself", "called wrong by the text itself"),
    "condition":  ("an equation to be solved", "equations to be solved"),
    "makeup":     ("says what a vector is made of", "say what a vector is made of"),
    "case":       ("says in which case something holds", "say in which case something holds"),
    "update":     ("an update, and no claim", "updates, and no claims"),
}  # fmt: skip

MEANINGS = {
    PROVED: "both sides are equal in exact arithmetic",
    SAMPLED: "both sides agree at {points} random points, to {digits} digits",
    WRONG: "the two sides differ",
    UNKNOWN: "this line is not understood, so nothing is said of it",
    TAKEN: "this line claims nothing",
}

SENTENCES = {
    "title": "The derivation, line by line",
    "line": "line {number}",
    "at": "at {point}: the left side is {left}, the right side is {right}",
    "values": "the left side is {left}, the right side is {right}",
    "slip": "the likely slip: {words}",
    "correction": "it should read: {correction}",
    "derived": "derived from the definitions it is: {right}",
    "inherited": "it goes on from line {number}, which is wrong",
    "mended": "true, but it does not follow from the line above",
    "broken": "it does not follow from the line above either",
    "own": "it follows from the line above, and is wrong on its own account",
    "summary": "{lines}: {counts}.",
    "first": "The first wrong line is {number}.",
    "right": "Every line is right.",
    "claims-right": "Every claim is right.",
    "nothing": "Nothing is claimed here, so nothing was judged.",
    "failed": "symgd failed on {lines}; this is a fault of symgd, please report it.",
    "rest-right": "Every other line is right.",
    "unread": "What is not understood is neither right nor wrong.",
    "readings": "Read as follows",
    "comment": "ignored: {reason}",
    "bare-comment": "ignored",
    "baseline": "known from the baseline",
    "silent": "{number} ignored or known",
    "internal": "symgd failed on this document ({sentence}); this is a fault of symgd, please "
                "report it",
    "unused": "this comment silences nothing and can go: {comment}",
    "no-word": "this comment is not known: {comment}; write symgd: ignore, symgd: ignore-next-line "
               "or symgd: ignore-file",
    "legend": "✓ proved; ≈ agrees at random points; ✗ wrong, with a point that shows it; "
              "? not understood, so nothing is said of it; ≔ taken as a definition, an assumption "
              "or an equation to be solved, and no claim.",
}  # fmt: skip

HEADINGS = ("line", "as written", "finding", "verdict")


def counted(number: int, noun: str) -> str:
    """ "1 line", "3 lines"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


LONGEST = 400
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class ReportedLine:
    """One line as it is told: `findings` are sentences, `caret` the place in `quoted`."""

    line: Line
    number: int
    mark: str
    word: str
    meaning: str
    quoted: str
    findings: tuple[str, ...]
    caret: int | None = None


def reported_lines(report: Report) -> Iterator[ReportedLine]:
    """Every line of a report."""
    for index, line in enumerate(report.lines):
        text, caret = quoted(line)
        meaning = MEANINGS[line.verdict].format(points=line.points, digits=line.digits)
        word, mark = VERDICTS[line.verdict], MARKS[line.verdict]
        found = tuple(findings(report, line))
        if line.verdict == TAKEN:
            word = meaning = ROLES[line.role][0]
        if line.silence is not None:
            word, mark, found, caret = why_silent(line.silence), SILENT, (), None
            meaning = word
        yield ReportedLine(
            line, line.number or index + 1, mark, word, meaning, text, found, caret
        )  # fmt: skip


def why_silent(silence: Silence) -> str:
    """What is said of a line that is not reported."""
    key = silence.kind if silence.reason or silence.kind == BASELINE else "bare-comment"
    return SENTENCES[key].format(reason=visible(silence.reason))


def fault_sentence(fault: Fault) -> str:
    """Why a document has no verdicts."""
    if fault.whose == INTERNAL:
        return visible(SENTENCES["internal"].format(sentence=fault.sentence)) + "."
    return " ".join(visible(line).strip() for line in fault.sentence.splitlines())


def unused_sentence(comment: str) -> str:
    """What is said of a comment that silences nothing."""
    word = comment.removeprefix("symgd:").split()[:1]
    known = bool(word) and word[0].rstrip(":") in ("ignore", "ignore-next-line", "ignore-file")
    return SENTENCES["unused" if known else "no-word"].format(comment=visible(comment))


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
    if caret is not None:
        caret = len(head) + len(visible(text[start : caret + 1])) - 1
    return f"{head}{window}{tail}", caret


def summary(report: Report) -> str:
    """How many lines there are of each verdict, and the first wrong one."""
    if report.fault is not None:
        return fault_sentence(report.fault)
    counts = report.counts()
    told = [f"{n} {VERDICTS[v]}" for v, n in counts.items() if n and v != TAKEN]
    roles = Counter(x.role for x in report.lines if x.verdict == TAKEN and x.silence is None)
    told += [f"{n} {ROLES[role][n > 1]}" for role, n in roles.items()]
    silent = sum(line.silence is not None for line in report.lines)
    if silent:
        told.append(SENTENCES["silent"].format(number=silent))
    said = ", ".join(told)
    parts = [SENTENCES["summary"].format(lines=counted(len(report.lines), "line"), counts=said)]
    first = report.first_wrong
    if first is not None:
        number = report.lines[first].number or first + 1
        parts.append(SENTENCES["first"].format(number=number))
    elif counts[UNKNOWN]:
        parts.append(SENTENCES["unread"])
    elif not counts[PROVED] + counts[SAMPLED] + silent:
        parts.append(SENTENCES["nothing"])
    else:
        parts.append(SENTENCES["rest-right" if silent else "claims-right" if roles else "right"])
    if failed := sum(line.internal for line in report.lines):
        parts.append(SENTENCES["failed"].format(lines=counted(failed, "line")))
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


LONGEST_SET = 2000


def typeset(latex: str) -> Element | None:
    """The formula as an element; None where it cannot be set, or may not be on a page."""
    if len(latex) > LONGEST_SET:
        return None
    try:
        return mathml(latex)
    except MarkupError:
        return None


def typesets(latex: str) -> bool:
    return typeset(latex) is not None
