"""What comparing a person's gradient with the derived one comes to: data, a `Part` a derivative."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symgd.errors import InputError, quote, shown
from symgd.judge.report import Silence, writer_of
from symgd.judge.words import say
from symgd.language.sentences import Sentence
from symgd.unaskable import answered

RIGHT, INACCURATE, WRONG, UNKNOWN = "right", "inaccurate", "wrong", "unknown"
VERDICTS = (RIGHT, INACCURATE, WRONG, UNKNOWN)


# the first word of the name of a part, and what it is called
PARTS = {"gradient": "code:gradient", "hessian": "code:hessian"}


def called(name: str) -> Sentence:
    """A part by its name, `hessian w,b`, as any language calls it."""
    kind, _, variables = name.partition(" ")
    word = say(PARTS[kind])
    return say("code:part-of", part=word, variables=variables) if variables else word


@dataclass(frozen=True, slots=True)
class Sample:
    """A point, what the function returns there, what is true, and |given - true| / |true|.

    `given` is nan or infinite where the function returns that; `error` is infinite then, and where
    the truth is 0.
    """

    point: Mapping[str, float]
    given: float
    true: float
    error: float


@dataclass(frozen=True, slots=True)
class Slip:
    """What was likely written in place of the derivative.

    kind         frozen id: `sign`, `factor`, `other-variable`, `swapped-arguments`, ...
    words        a sentence for people
    correction   the derivative as it should read, in LaTeX
    """

    kind: str
    words: str
    correction: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The verdict on one derivative.

    name       `gradient` or `hessian`, with the variable where there are several: `gradient w`
    verdict    right, inaccurate (right in the middle of the domain, off at its far ends or beside a
               corner), wrong, or unknown (it could not be computed)
    harmless   of an inaccurate one: nowhere off by more than 10⁻⁶ of its usual size
    points     at how many points it was compared
    agreed     at how many of them it is right
    worst      where it is most wrong
    where      of a wrong one: the part of the domain it is wrong in, if that is not all of it
    notes      conventions at corners, shapes, floors
    """

    name: str
    verdict: str
    points: int = 0
    agreed: int = 0
    worst: Sample | None = None
    slip: Slip | None = None
    where: str = ""
    reason: str = ""
    harmless: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"{self.verdict!r} is no verdict; it is one of {VERDICTS}.")
        if not 0 <= self.agreed <= self.points:
            raise ValueError(f"{self.agreed} of {self.points} points agree, which cannot be.")

    @property
    def ok(self) -> bool:
        """Nothing that has to be mended."""
        return self.verdict == RIGHT or (self.verdict == INACCURATE and self.harmless)


@dataclass(frozen=True, slots=True)
class CodeReport:
    """The verdicts on a function that returns derivatives of `of` with respect to `wrt`.

    called    how it was called: `obj(z, y)`
    notes     what the comparison rests on
    source    the file and the line where the function begins, where that is known
    silence   the comment there that keeps the findings from being reported
    """

    function: str
    of: str
    wrt: tuple[str, ...]
    called: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    source: tuple[str, int] | None = None
    silence: Silence | None = None

    @property
    def verdict(self) -> str:
        """The verdict of the whole is that of its weakest part."""
        found = {p.verdict for p in self.parts}
        return next((v for v in (WRONG, UNKNOWN, INACCURATE) if v in found), RIGHT)

    @property
    def ok(self) -> bool:
        """Whether every part is right, or off only where it does not matter."""
        return all(p.ok for p in self.parts)

    @property
    def exit_code(self) -> int:
        """0 nothing to mend, 1 something is wrong, 2 the function could not be judged."""
        if self.silence is not None:
            return 0
        if any(p.verdict == UNKNOWN for p in self.parts):
            return 2 if all(p.ok or p.verdict == UNKNOWN for p in self.parts) else 1
        return 0 if self.ok else 1

    @answered
    def render(self, format: str = "text", language: str = "en") -> str:
        """The report as `symgd check --gradient` shows it, in the words of a language.

        format    text, markdown, json, lines, github or sarif
        language  "en", "zh", "de", "fr" or "es"

        Raises InputError for a format or a language that there is not.
        """
        page: str = writer_of("symgd.judge.code.pages:PAGES", format)(self, language)
        return page

    def part(self, name: str) -> Part:
        """The part of this name; KeyError where there is none, InputError for what is no text."""
        if not issubclass(type(name), str):
            raise InputError(f"A part has a name; {quote(shown(name))} is none.")
        for p in self.parts:
            if p.name == str.__str__(name):
                return p
        raise KeyError(str.__str__(name))
