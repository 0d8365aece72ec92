"""Exercises as users hold them: a sheet, a family of sheets, and the formats of both.

exercise(Neuron(), kind="numbers", seed=3).to_text()
family(Neuron(), ["Anna", "Ben"]).save("homework", "latex")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgd.api.arguments import LIST, PLACE, SWITCH, TABLE, TEXT, WHOLE, Argument, takes
from symgd.api.models import Model
from symgd.errors import InputError, listing, quote
from symgd.exercises import KINDS, making
from symgd.exercises.draws import Draws
from symgd.exercises.families import checked, file_names, scheme_text
from symgd.exercises.levels import drawn_model, level_of
from symgd.exercises.points import readable_point
from symgd.exercises.sheet import Sheet
from symgd.files import write_whole
from symgd.judge.marking.marks import EVERYBODY
from symgd.judge.marking.scheme import Scheme
from symgd.pages.formats import SHEETS, format_of, writer_of
from symgd.pages.messages import LANGUAGES
from symgd.pages.messages import language as language_of
from symgd.resources import bounded

if TYPE_CHECKING:
    from symgd.api.derivations import Derivation

MODEL = Argument("a model", lambda v: isinstance(v, Model)).or_none


class Exercise:
    """A sheet, its solution and its marking scheme, in every format of `pages.formats.SHEETS`."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def __repr__(self) -> str:
        s = self.sheet
        return f"<Exercise {s.name}: {len(s.questions)} questions, {s.points:g} points>"

    def __str__(self) -> str:
        return self.to_text()

    @property
    def questions(self) -> tuple[Any, ...]:
        """What is asked, in order: number, kind, points and the right answer of each."""
        return self.sheet.questions

    @property
    def points(self) -> float:
        return self.sheet.points

    def to_text(self) -> str:
        """What is handed out, for a terminal."""
        return str(self.render("text"))

    @takes(format=TEXT, solution=SWITCH)
    @bounded
    def render(self, format: str = "text", solution: bool = False) -> str | bytes:
        """What is handed out, or its solution with the marking scheme, in a format by its name."""
        write = writer_of(format, SHEETS)
        return write(self.sheet.solution() if solution else self.sheet.leaf())

    def scheme(self) -> str:
        """The scheme by which `symgd check --class` marks this sheet, whoever hands it in."""
        return scheme_text([self.sheet])

    @takes(path=PLACE, solution=SWITCH)
    def save(self, path: str | Path, solution: bool = False) -> Path:
        """Write the sheet, or its solution, in the format of the ending, whole or not at all."""
        path = Path(path)
        format = format_of(path, {n: p.ending for n, p in SHEETS.items()})
        return write_whole(path, self.render(format, solution))


class Family:
    """One exercise a student, and one scheme for all of them."""

    def __init__(self, exercises: Sequence[Exercise]) -> None:
        self.exercises = tuple(exercises)

    def __repr__(self) -> str:
        return f"<Family of {len(self.exercises)} exercises>"

    def __len__(self) -> int:
        return len(self.exercises)

    def __iter__(self) -> Any:
        return iter(self.exercises)

    def __getitem__(self, k: int) -> Exercise:
        return self.exercises[k]

    def scheme(self) -> str:
        """The scheme by which `symgd check --class` marks the sheets, each under its name."""
        return scheme_text(e.sheet for e in self.exercises)

    @takes(folder=PLACE, format=TEXT)
    def save(self, folder: str | Path, format: str = "latex") -> list[Path]:
        """sheets/NAME, solutions/NAME and scheme.toml in a folder; what is there is written over.

        Raises InputError where the place cannot be written.
        """
        writer_of(format, SHEETS)
        folder = Path(folder)
        ending = SHEETS[format].ending
        out = []
        for part, solved in (("sheets", False), ("solutions", True)):
            try:
                (folder / part).mkdir(parents=True, exist_ok=True)
            except (OSError, ValueError) as error:  # ValueError: what no name of a file has
                reason = getattr(error, "strerror", None) or error
                raise InputError(f"{folder / part} cannot be made: {reason}.") from None
            for e in self.exercises:
                path = folder / part / f"{e.sheet.name}{ending}"
                out.append(write_whole(path, e.render(format, solved)))
        out.append(write_whole(folder / "scheme.toml", self.scheme()))
        return out


@takes(model=MODEL, kind=TEXT, difficulty=TEXT, seed=WHOLE, language=TEXT, at=TABLE.or_none)
def exercise(
    model: Model | None = None,
    kind: str = "gaps",
    *,
    difficulty: str = "medium",
    seed: int = 0,
    language: str = "en",
    at: Mapping[str, float] | None = None,
) -> Exercise:
    """A sheet that is the same for everybody, of a model or of one that the difficulty draws.

    kind         "gaps": the derivation, with right-hand sides, factors and rules left out;
                 "numbers": the values, the derivatives and one update at a point, to work out
    difficulty   "easy", "medium" or "hard": how much is left out
    seed         the same seed gives the same sheet on any machine
    at           numbers that stay as they are in a sheet of numbers

    Raises InputError for what there is not, and for numbers of a model with shapes.
    """
    model = model or drawn(difficulty, seed)
    return Exercise(_sheet(model, kind, difficulty, seed, language, at, EVERYBODY, ""))


@takes(students=LIST, model=MODEL, kind=TEXT, difficulty=TEXT, seed=WHOLE, language=TEXT,
       at=TABLE.or_none)  # fmt: skip
def family(
    model: Model | None,
    students: Sequence[str],
    kind: str = "gaps",
    *,
    difficulty: str = "medium",
    seed: int = 0,
    language: str = "en",
    at: Mapping[str, float] | None = None,
) -> Family:
    """A sheet for each student, of one model: other gaps, other numbers. Arguments of `exercise`.

    Raises InputError for a name that is none, and for more than 500 of them.
    """
    students = checked([str.__str__(s) if issubclass(type(s), str) else s for s in students])
    model = model or drawn(difficulty, seed)
    derived = _derived(model, kind)
    return Family([
        Exercise(_sheet(model, kind, difficulty, seed, language, at, name, student, derived))
        for student, name in zip(students, file_names(students), strict=True)
    ])  # fmt: skip


@bounded
def drawn(difficulty: str = "medium", seed: int = 0) -> Model:
    """The model that a difficulty draws: a neuron, or two layers of one."""
    return Model._of(drawn_model(level_of(difficulty), Draws(seed, "model")))


def _derived(model: Model, kind: str) -> Derivation:
    if kind not in KINDS:
        raise InputError(f"kind={quote(kind)} is not known; it is {listing(KINDS)}.")
    return model.derive(detail="textbook")


@bounded
def _sheet(
    model: Model,
    kind: str,
    difficulty: str,
    seed: int,
    language: str,
    at: Mapping[str, float] | None,
    name: str,
    student: str,
    derived: Derivation | None = None,
) -> Sheet:
    level, words = level_of(difficulty), language_of(language)
    derived = derived or _derived(model, kind)
    draws = Draws(seed, kind, difficulty, student)
    material = material_of(derived, language)
    readable = True
    if kind == "gaps":
        if at:
            raise InputError("at= puts numbers in, and a sheet with gaps has none.")
        made = making.gaps(material, draws, level, name)
    else:
        if _has_shapes(derived):
            raise InputError(
                'A sheet of numbers is of a model of scalars; of one with shapes kind="gaps" is.'
            )
        record: Any = derived.record
        point = readable_point(record, draws, dict(at or {}))
        worked: Any = derived.at(point.numbers, rate=point.rate).worked
        made = making.numbers(material, worked, draws, level, name)
        readable = point.is_readable
    return Sheet(
        name, student, kind, seed, difficulty, words, material.document, made.body, made.solved,
        made.key, Scheme(), readable,
    )  # fmt: skip


def _has_shapes(derived: Derivation) -> bool:
    return not hasattr(derived.record.graph, "functions")


def material_of(derived: Derivation, language: str) -> making.Material:
    """The derivation in every language; of a model with shapes by δ, a line an equation."""
    style = "backprop" if _has_shapes(derived) else None
    documents = {code: derived.document(code, style) for code in LANGUAGES}
    return making.Material(documents, language, derived.record)


__all__ = ["Exercise", "Family", "drawn", "exercise", "family", "material_of"]
