"""What checking a derivation comes to: data, a `Line` for each line of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PROVED, SAMPLED, WRONG, UNKNOWN = "proved", "sampled", "wrong", "unknown"


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
class Line:
    """The verdict on one line.

    verdict    proved, sampled, wrong or unknown
    follows    whether it follows from the line before; None where it states its left side anew
    points     at how many points it was tried, and to how many digits
    reason     for a wrong line what differs, for an unknown one what is not understood
    caret      the place in the line that is not understood, if it is one place
    right      what the left side is, in LaTeX, where the line is wrong and symgd can derive it
    inherited  the index of the wrong line that this one goes on from
    number     where the line stands in its file, from 1
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
    role: str = "claim"

    @property
    def understood(self) -> bool:
        return self.verdict != UNKNOWN


@dataclass(frozen=True)
class Report:
    """The verdicts on a derivation, in order; `notes` are the readings that it rests on."""

    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    source: str = ""
    definitions: tuple[str, ...] = field(default=())

    @property
    def first_wrong(self) -> int | None:
        """The index of the first wrong line, or None."""
        return next((i for i, x in enumerate(self.lines) if x.verdict == WRONG), None)

    @property
    def verdict(self) -> str:
        """The verdict of a whole is that of its weakest line."""
        found = {line.verdict for line in self.lines}
        return next((v for v in (WRONG, UNKNOWN, SAMPLED) if v in found), PROVED)

    def counts(self) -> dict[str, int]:
        """verdict → how many lines have it."""
        out = dict.fromkeys((PROVED, SAMPLED, WRONG, UNKNOWN), 0)
        for line in self.lines:
            out[line.verdict] += 1
        return out
