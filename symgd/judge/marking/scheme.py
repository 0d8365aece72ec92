"""A scheme of points, as data.

    points = start + right·(right lines) + wrong·(slips) + follows·(lines that carry a slip on)
                   + unknown·(lines not understood),    between least and most

    of     = start + right·(all of these lines)

With `out_of`, both are scaled: points·out_of/of. In a file:

    right = 1        a line that holds
    follows = 1      a wrong line that goes on rightly from a wrong one
    wrong = 0        a slip
    unknown = 0      a line that is not understood; its points are open until somebody looks
    start = 0        what there is to begin with: start = 10, right = 0, wrong = -2
    least = 0
    out_of = 20

Where the file has [[sheets]], with the answers of each (`symgd exercise` writes them), a line is an
answer, and counts as many times as it has points:

    unfinished = 0.5   a right answer with a derivative left to take; without it, half of right
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from symgd.errors import InputError, did_you_mean, listing, quote
from symgd.files import read_at_most
from symgd.judge.lines import RIGHT, UNFINISHED, UNKNOWN
from symgd.judge.marking.answers import FOLLOWS, MISSING, Answered, Key, keys_of
from symgd.judge.report import WRONG
from symgd.language.tables import LARGEST as LARGEST_TABLE
from symgd.language.tables import read_tables

LARGEST = 1e9


@dataclass(frozen=True, slots=True)
class Scheme:
    """What each kind of line is worth. Raises InputError for what cannot be a scheme."""

    right: float = 1.0
    follows: float = 1.0
    wrong: float = 0.0
    unknown: float = 0.0
    start: float = 0.0
    least: float | None = 0.0
    most: float | None = None
    out_of: float | None = None
    unfinished: float | None = None
    keys: Mapping[str, Key] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in KEYS:
            x = getattr(self, name)
            if x is not None and not -LARGEST <= x <= LARGEST:
                raise InputError(f"{name} = {x:g} is no number of points.")
        half = self.right if self.unfinished is None else self.unfinished
        if self.right < max(self.wrong, self.unknown, self.follows, half):
            raise InputError(
                f"A right line is worth {self.right:g}, and another one more; right has to be the "
                "most that a line is worth."
            )
        if self.out_of is not None and self.out_of <= 0:
            raise InputError(f"out_of = {self.out_of:g} has to be above 0.")
        if self.least is not None and self.most is not None and self.most < self.least:
            raise InputError(f"most = {self.most:g} is below least = {self.least:g}.")
        if self.out_of is not None and self.right == 0 and self.start <= 0:
            raise InputError("out_of scales what can be reached, and right and start are 0.")

    def points(self, right: int, follows: int, wrong: int, unknown: int) -> tuple[float, float]:
        """(what was reached, of how many)."""
        lines = right + follows + wrong + unknown
        got = (
            self.start + self.right * right + self.follows * follows + self.wrong * wrong
            + self.unknown * unknown
        )  # fmt: skip
        return self._bounded(got, self.start + self.right * lines)

    def of_answers(self, answers: Sequence[Answered]) -> tuple[float, float, float]:
        """(what was reached, of how many, how many more there may be)."""
        top = self.start + self.right * sum(a.question.points for a in answers)
        got = self.start + sum(self.worth(a.status) * a.question.points for a in answers)
        open_ = sum(a.question.points for a in answers if a.status == UNKNOWN)
        scale = self.out_of / top if self.out_of is not None and top > 0 else 1.0
        return (*self._bounded(got, top), (self.right - self.unknown) * open_ * scale)

    def worth(self, status: str) -> float:
        """What an answer is worth, as a part of its points."""
        half = self.right / 2 if self.unfinished is None else self.unfinished
        return {
            RIGHT: self.right, UNFINISHED: half, FOLLOWS: self.follows, WRONG: self.wrong,
            UNKNOWN: self.unknown, MISSING: 0.0,
        }[status]  # fmt: skip

    def _bounded(self, got: float, top: float) -> tuple[float, float]:
        got = got if self.least is None else max(got, self.least)
        if self.most is not None:
            got, top = min(got, self.most), min(top, self.most)
        if self.out_of is not None:
            got, top = (got * self.out_of / top if top > 0 else 0.0), self.out_of
        return got, top

    def open(self, unknown: int, lines: int) -> float:
        """How many more points there may be when a person has looked at what is not understood."""
        top = self.start + self.right * lines
        scale = self.out_of / top if self.out_of is not None and top > 0 else 1.0
        return (self.right - self.unknown) * unknown * scale


KEYS = tuple(f.name for f in fields(Scheme) if f.name != "keys")


# what a file with answers is made of
PARTS = ("scheme", "given", "sheets")


def read_scheme(text: str) -> Scheme:
    """`scheme.toml`, or `right=1,wrong=-1`. Raises InputError."""
    if text.strip().endswith(".toml"):
        path = Path(text.strip())
        data = read_tables(read_at_most(path, LARGEST_TABLE), str(path))
        inner = data.get("scheme")
        if "sheets" not in data:
            return scheme_of(inner if isinstance(inner, dict) else data, str(path))
        stray = [k for k in data if k not in PARTS]
        if stray:
            raise InputError(
                f"{path} has {quote(stray[0])}; beside [[sheets]] there is {listing(PARTS)}."
            )
        scheme = scheme_of(inner if isinstance(inner, dict) else {}, str(path))
        return replace(scheme, keys=keys_of(data, str(path)))
    given: dict[str, Any] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, sign, number = part.partition("=")
        if not sign:
            raise InputError(
                f"--scheme {quote(text)} is neither a .toml file nor names with numbers; write "
                "right=1,follows=1,wrong=0."
            )
        try:
            given[name.strip()] = float(number)
        except ValueError:
            raise InputError(f"{quote(part)}: {quote(number)} is not a number.") from None
    return scheme_of(given, "--scheme")


def scheme_of(given: Mapping[str, Any], where: str) -> Scheme:
    """A scheme of names with numbers. Raises InputError for other names and other values."""
    for name, number in given.items():
        if name not in KEYS:
            raise InputError(
                f"{where} has {quote(str(name))}, which a scheme has not; it has {listing(KEYS)}."
                f"{did_you_mean(str(name), KEYS)}"
            )
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise InputError(f"{where}: {name} = {quote(str(number))} is not a number.")
    try:
        points: dict[str, Any] = {n: float(x) for n, x in given.items()}
        return Scheme(**points)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


__all__ = ["KEYS", "Scheme", "read_scheme", "scheme_of"]
