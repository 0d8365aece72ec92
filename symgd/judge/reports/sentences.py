"""What is said of each line of a report, and of the whole, in the words of a language.

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
from symgd.judge.words import ENGLISH
from symgd.language.latex.tokens import plain
from symgd.language.sentences import COMMA, SPACE, Phrases
from symgd.pages.mathml import mathml

# verdict → its mark, in every language
MARKS = {PROVED: "✓", SAMPLED: "≈", WRONG: "✗", UNKNOWN: "?", TAKEN: "≔"}
# what is not reported
SILENT = "·"
# the headings of a table of lines
HEADINGS = ("heading:line", "heading:written", "heading:finding", "heading:verdict")

LONGEST = 400
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class ReportedLine:
    """One line as it is told: `findings` are sentences, `caret` the place in `quoted`.

    `told` is whether the word says more than the verdict: by what a line is taken, or why it is
    silenced.
    """

    line: Line
    number: int
    mark: str
    word: str
    meaning: str
    quoted: str
    findings: tuple[str, ...]
    caret: int | None = None
    told: bool = False


def reported_lines(report: Report, words: Phrases = ENGLISH) -> Iterator[ReportedLine]:
    """Every line of a report."""
    for index, line in enumerate(report.lines):
        text, caret = quoted(line)
        meaning: str = words.say(f"means:{line.verdict}", points=line.points, digits=line.digits)
        word: str = words.say(f"verdict:{line.verdict}")
        mark = MARKS[line.verdict]
        found = tuple(findings(report, line, words))
        if line.verdict == TAKEN:
            word = meaning = words.say(f"role:{line.role}")
        if line.silence is not None:
            mark, found, caret = SILENT, (), None
            word = meaning = why_silent(line.silence, words)
        told = line.verdict == TAKEN or line.silence is not None
        yield ReportedLine(
            line, line.number or index + 1, mark, word, meaning, text, found, caret, told
        )  # fmt: skip


def why_silent(silence: Silence, words: Phrases = ENGLISH) -> str:
    """What is said of a line that is not reported."""
    if silence.kind == BASELINE:
        return words.say("report:baseline")
    if not silence.reason:
        return words.say("report:bare-comment")
    return words.say("report:comment", reason=visible(silence.reason))


def fault_sentence(fault: Fault, words: Phrases = ENGLISH) -> str:
    """Why a document has no verdicts."""
    return one_line(words.tell(fault_said(fault)))


def fault_said(fault: Fault) -> str:
    """The sentence of a fault."""
    if fault.whose == INTERNAL:
        return ENGLISH.say("report:internal", sentence=fault.sentence)
    return fault.sentence


def one_line(text: str) -> str:
    """A text that may have several lines, as one that steers no terminal."""
    return " ".join(visible(line).strip() for line in text.splitlines())


def unused_sentence(comment: str, words: Phrases = ENGLISH) -> str:
    """What is said of a comment that silences nothing."""
    word = comment.removeprefix("symgd:").split()[:1]
    known = bool(word) and word[0].rstrip(":") in ("ignore", "ignore-next-line", "ignore-file")
    return words.say("report:unused" if known else "report:no-word", comment=visible(comment))


def findings(report: Report, line: Line, words: Phrases = ENGLISH) -> Iterator[str]:
    """What is found out about one line, a sentence each, the weightiest first."""
    if line.verdict == UNKNOWN:
        yield words.tell(line.reason)
    elif line.verdict == WRONG:
        number = inherited(report, line)
        goes_on = number is not None
        yield words.say("report:inherited", number=number) if goes_on else words.tell(line.reason)
        if line.counterexample is not None:
            yield at(line.counterexample, words)
        if line.slip is not None:
            yield words.say("report:slip", slip=line.slip.words)
            yield words.say("report:correction", correction=f"${line.slip.correction}$")
        elif line.right is not None:
            yield words.say("report:derived", right=f"${line.right}$")
        if line.follows is False:
            yield words.say("report:broken")
        elif line.follows and number is None:
            yield words.say("report:own")
    elif line.follows is False:
        yield words.say("report:mended")
    yield from map(words.tell, line.notes)


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


def at(example: Counterexample, words: Phrases = ENGLISH) -> str:
    """The point that shows it, and what the sides are there."""
    left, right = f"${example.left}$", f"${example.right}$"
    if not example.point:
        return words.say("report:values", left=left, right=right)
    point = [f"${words.tell(name)} = {words.tell(v)}$" for name, v in example.point.items()]
    return words.say("report:at", point=words.listed(point, COMMA), left=left, right=right)


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


def summary(report: Report, words: Phrases = ENGLISH) -> str:
    """How many lines there are of each verdict, and the first wrong one."""
    if report.fault is not None:
        return fault_sentence(report.fault, words)
    counts = report.counts()
    told = [words.say(f"count:{v}", count=n) for v, n in counts.items() if n and v != TAKEN]
    roles = Counter(x.role for x in report.lines if x.verdict == TAKEN and x.silence is None)
    told += [words.say(f"count:{role}", count=n) for role, n in roles.items()]
    silent = sum(line.silence is not None for line in report.lines)
    if silent:
        told.append(words.say("count:silent", count=silent))
    parts = []
    if told:
        parts.append(words.say("report:summary", count=len(report.lines), counts=tuple(told)))
    first = report.first_wrong
    if first is not None:
        parts.append(words.say("report:first", number=report.lines[first].number or first + 1))
    elif counts[UNKNOWN]:
        parts.append(words.say("report:unread"))
    elif not counts[PROVED] + counts[SAMPLED] + silent:
        parts.append(words.say("report:nothing"))
    else:
        key = "rest-right" if silent else "claims-right" if roles else "right"
        parts.append(words.say(f"report:{key}"))
    if failed := sum(line.internal for line in report.lines):
        parts.append(words.say("report:failed", count=failed))
    return words.listed(parts, SPACE)


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
