"""What checking a derivation comes to: data, a `Line` for each line of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pkgutil import resolve_name

from symgd.errors import InputError, as_text, listing, quote
from symgd.unaskable import answered

PROVED, SAMPLED, WRONG, UNKNOWN = "proved", "sampled", "wrong", "unknown"
# The verdict on what claims nothing: definitions, assumptions, equations to be solved.
TAKEN = "taken"
CLAIM = "claim"

# Whose fault it is that a document has no verdicts.
INPUT, INTERNAL = "input", "internal"
# What keeps a finding from being reported.
COMMENT, BASELINE = "comment", "baseline"


def writer_of(table: str, format: str) -> Callable[..., str]:
    """What writes a report in a format, of the table of this name; raises InputError."""
    # The pages are made of reports; they are loaded when one is asked for.
    pages: Mapping[str, Callable[..., str]] = resolve_name(table)
    name = str.__str__(format) if issubclass(type(format), str) else ""
    if name not in pages:
        raise InputError(
            f"format={quote(as_text(format))} is not known; the formats are {listing(pages)}."
        )
    return pages[name]


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A point at which two sides differ; numbers are told as text."""

    point: Mapping[str, str]
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Slip:
    """The one small change that makes a line true.

    kind         frozen id: `sign`, `factor`, `square`, `inner-derivative`, `dropped-term`, ...
    words        a sentence for people
    correction   the side as it should read, in LaTeX
    """

    kind: str
    words: str
    correction: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Why a finding is not reported: `kind` is comment or baseline, `reason` a person's words."""

    kind: str
    reason: str = ""

    def __post_init__(self) -> None:
        if self.kind not in (COMMENT, BASELINE):
            raise ValueError(f"{self.kind!r} silences nothing; it is {COMMENT} or {BASELINE}.")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a document has no verdicts: `whose` is input or internal, `sentence` what happened."""

    whose: str
    sentence: str

    def __post_init__(self) -> None:
        if self.whose not in (INPUT, INTERNAL):
            raise ValueError(f"{self.whose!r} is nobody's fault; it is {INPUT} or {INTERNAL}.")


@dataclass(frozen=True, slots=True)
class Line:
    """The verdict on one line.

    verdict    proved, sampled, wrong, unknown, or taken where nothing is claimed
    follows    whether it follows from the line before; None where it states its left side anew
    points     at how many points it was tried, and to how many digits
    reason     for a wrong line what differs, for an unknown one what is not understood
    caret      the place in the line that is not understood, if it is one place
    right      what the left side is, in LaTeX, where the line is wrong and symgd can derive it
    inherited  the index of the wrong line that this one goes on from
    number     where the line stands in its file, from 1
    role       claim; else what is taken: definition, assumption, statement, condition or update
    silence    why it is not reported, though it is wrong or not understood
    internal   whether symgd failed on it, which says nothing of the line

    What symgd says (reason, notes, the words of a slip) is a `Sentence`: English, with an id and
    parts that other languages tell.
    """

    text: str
    verdict: str
    follows: bool | None = None
    points: int = 0
    digits: int = 0
    reason: str = ""
    caret: int | None = None
    counterexample: Counterexample | None = None
    slip: Slip | None = None
    right: str | None = None
    inherited: int | None = None
    notes: tuple[str, ...] = ()
    number: int | None = None
    role: str = CLAIM
    silence: Silence | None = None
    internal: bool = False

    def __post_init__(self) -> None:
        """What claims nothing is taken, whatever else it is called: it is no line to be ticked."""
        if self.role != CLAIM and self.verdict in (PROVED, SAMPLED):
            object.__setattr__(self, "verdict", TAKEN)
        if self.role == CLAIM and self.verdict == TAKEN:
            raise ValueError("A claim is judged; only what claims nothing is taken.")

    @property
    def understood(self) -> bool:
        return self.verdict != UNKNOWN

    @property
    def is_finding(self) -> bool:
        """Whether it is to be reported: wrong or not understood, and not silenced."""
        return self.verdict in (WRONG, UNKNOWN) and self.silence is None


@dataclass(frozen=True)
class Report:
    """The verdicts on a derivation, in order; `notes` are the readings that it rests on.

    text     the document as it was read, where the lines stand in one
    fault    why there are no verdicts, where the document could not be judged
    unused   (line, comment) for each comment that silences nothing
    """

    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    source: str = ""
    definitions: tuple[str, ...] = field(default=())
    text: str = field(default="", repr=False)
    fault: Fault | None = None
    unused: tuple[tuple[int, str], ...] = ()

    @property
    def first_wrong(self) -> int | None:
        """The index of the first wrong line that is not silenced, or None."""
        return next(
            (i for i, x in enumerate(self.lines) if x.verdict == WRONG and x.is_finding), None
        )

    @property
    def verdict(self) -> str:
        """The verdict of a whole is that of its weakest line that is not silenced.

        taken where nothing is claimed.
        """
        if self.fault is not None:
            return UNKNOWN
        found = {line.verdict for line in self.lines if line.silence is None}
        return next((v for v in (WRONG, UNKNOWN, SAMPLED, PROVED) if v in found), TAKEN)

    @answered
    def render(self, format: str = "text", language: str = "en") -> str:
        """The report as `symgd check` shows it, in the words of a language.

        format    text, html, markdown, json, lines, github or sarif
        language  "en", "zh", "de", "fr" or "es"

        Raises InputError for a format or a language that there is not.
        """
        page: str = writer_of("symgd.judge.reports:PAGES", format)([self], language)
        return page

    def counts(self) -> dict[str, int]:
        """verdict → how many lines have it, silenced ones left out."""
        out = dict.fromkeys((PROVED, SAMPLED, WRONG, UNKNOWN, TAKEN), 0)
        for line in self.lines:
            out[line.verdict] += line.silence is None
        return out


def exit_code(reports: Sequence[Report], strict: bool = False) -> int:
    """0 no line is wrong; 1 one is; 2 a document is at fault; 3 the judge itself failed.

    What could not be judged weighs more than what is wrong: 1 says that all has been judged. A line
    on which the judge failed makes 3 as a document does, silenced or not.
    `strict`: a line that is not understood makes 1 too, and so does a comment that is of no use.
    """
    whose = {r.fault.whose for r in reports if r.fault is not None}
    if whose:
        return 3 if INTERNAL in whose else 2
    if any(line.internal for r in reports for line in r.lines):
        return 3
    found = {line.verdict for r in reports for line in r.lines if line.is_finding}
    unused = any(r.unused for r in reports)
    return 1 if WRONG in found or (strict and (UNKNOWN in found or unused)) else 0
