"""What a request describes → a model; and where in which field a fault of it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from symgd.errors import FormulaError, InputError, SymgdError
from symgd.hosts.web.asked import LAYERS, LINES, MODEL, NEURON, FieldError

if TYPE_CHECKING:
    from symgd.api import Model

MOST_LINES = 100
_WORDS = re.compile(r"[\s,;]+")
SCALAR = ("scalar", "number", "1")


def model_of(fields: Mapping[str, Any]) -> Model:
    """The model of a request, in its notation.

    Raises InputError and its heirs; a FieldError for what the engine never sees.
    """
    made = _MAKERS[fields["model"]](fields)
    return made if fields["notation"] == "plain" else made.in_notation(fields["notation"])


def _neuron(fields: Mapping[str, Any]) -> Model:
    from symgd.api import Neuron
    from symgd.api.files import numbers

    constants = numbers(fields["constants"]) if fields["constants"].strip() else None
    names = (fields["activation"].strip(), fields["loss"].strip())
    return Neuron(*names, inputs=fields["inputs"], constants=constants)


def _lines(fields: Mapping[str, Any]) -> Model:
    from symgd.api import Model
    from symgd.api.files import numbers

    definitions: dict[str, str] = {}
    for name, formula, start in definitions_in(fields["lines"]):
        if name in definitions:
            raise FieldError(f"{name} is defined twice; a name is defined once.", "lines")
        if not formula:
            raise FormulaAt("A formula stands on the right of =.", "lines", start)
        definitions[name] = formula
    if not definitions:
        raise FieldError("There is no line yet; write one such as z = w*x + b.", "lines")
    if len(definitions) > MOST_LINES:
        raise FieldError(f"A model has at most {MOST_LINES} lines here.", "lines")
    parameters = names_in(fields["parameters"])
    shapes = shapes_in(fields["shapes"])
    if shapes:
        return Model(definitions, parameters, shapes=shapes)
    constants = numbers(fields["constants"]) if fields["constants"].strip() else None
    return Model(definitions, parameters, constants=constants)


def _layers(fields: Mapping[str, Any]) -> Model:
    from symgd.api import Network

    sizes: list[int | str] = [
        int(word) if word.isdigit() and len(word) < 7 else word
        for word in names_in(fields["sizes"])
    ]
    return Network(sizes, fields["activation"].strip(), fields["loss"].strip())


_MAKERS = {NEURON: _neuron, LINES: _lines, LAYERS: _layers}


class FormulaAt(FieldError):
    """A fault at a place of a field."""

    def __init__(self, message: str, field: str, at: int) -> None:
        self.at = at
        super().__init__(message, field)


def definitions_in(text: str) -> Iterator[tuple[str, str, int]]:
    """(name, formula, where the formula begins in the text) of each line `name = formula`.

    An empty line, and what stands behind a #, are left out; raises FormulaAt for other lines.
    """
    start = 0
    for line in text.split("\n"):
        said = line.split("#")[0]
        if said.strip():
            name, equals, formula = said.partition("=")
            if not equals:
                raise FormulaAt(
                    "A line is a name, = and its formula, such as z = w*x + b.",
                    "lines",
                    start + len(said.rstrip()),
                )
            if not name.strip():
                raise FormulaAt("A name stands on the left of =.", "lines", start)
            begin = start + len(name) + 1 + len(formula) - len(formula.lstrip())
            yield name.strip(), formula.strip(), begin
        start += len(line) + 1


def names_in(text: str) -> list[str]:
    """`w, b` → ["w", "b"]."""
    return [word for word in _WORDS.split(text.strip()) if word]


def shapes_in(text: str) -> dict[str, tuple[str | int, ...]]:
    """`A: m n`, one a line → {"A": ("m", "n")}; scalar is the shape of a number."""
    found: dict[str, tuple[str | int, ...]] = {}
    start = 0
    for line in text.split("\n"):
        if line.strip():
            name, colon, sizes = line.partition(":")
            words = [w for w in names_in(sizes.replace("×", " ")) if w not in ("x", "by")]
            if not colon or not words or len(words) > 2:
                raise FormulaAt(
                    "A shape is a name, a colon and its sizes: A: m n, or x: n, or s: scalar.",
                    "shapes",
                    start,
                )
            scalar = len(words) == 1 and words[0].casefold() in SCALAR
            size = tuple(int(w) if w.isdigit() and len(w) < 7 else w for w in words)
            found[name.strip()] = () if scalar else size
        start += len(line) + 1
    return found


# -- where a fault stands -------------------------------------------------------------------------


def fault(error: SymgdError, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fault as data: its sentence, and where it can be told its field and the place in it."""
    sentence = error.reason if isinstance(error, FormulaError) else str(error)
    place = _place(error, fields)
    return {"sentence": sentence.split("\n")[0], "field": place[0], "at": place[1]}


def _place(error: SymgdError, fields: Mapping[str, Any]) -> tuple[str | None, int | None]:
    if isinstance(error, FormulaAt):
        return error.field, error.at
    if isinstance(error, FieldError):
        return error.field, None
    if isinstance(error, FormulaError) and error.text:
        blamed = _blamed(fields)
        for field in ("activation", "loss", "constants"):
            typed = fields.get(field)
            if isinstance(typed, str) and typed.strip() == error.text:
                lead = len(typed) - len(typed.lstrip())
                at = error.position
                # Of two fields that hold the same the one that is at fault; the first if both are.
                if blamed in (field, None):
                    return field, None if at is None else lead + at
        lines = fields.get("lines")
        if isinstance(lines, str) and fields.get("model") == LINES:
            for _, formula, start in _readable(lines):
                if formula == error.text:
                    return "lines", None if error.position is None else start + error.position
    return _blamed(fields), None


def _readable(lines: str) -> list[tuple[str, str, int]]:
    try:
        return list(definitions_in(lines))
    except FormulaAt:
        return []


def _blamed(fields: Mapping[str, Any]) -> str | None:
    """The field whose usual value makes the model one."""
    if fields.get("model") == LINES:
        return "parameters" if not names_in(fields["parameters"]) else None
    for field in ("activation", "loss", "sizes", "constants"):
        if field not in fields:
            return None
        try:
            model_of({**fields, field: MODEL[field].usual})
        except InputError:
            continue
        except SymgdError:
            return None
        return field if fields[field] != MODEL[field].usual else None
    return None


def code_of(fields: Mapping[str, Any]) -> str:
    """The lines of Python that make the same model."""
    if fields["model"] == NEURON:
        given = [f"activation={fields['activation'].strip()!r}", f"loss={fields['loss'].strip()!r}"]
        if fields["inputs"] != 1:
            given.append(f"inputs={fields['inputs']}")
        if fields["constants"].strip():
            from symgd.api.files import numbers

            given.append(f"constants={numbers(fields['constants'])!r}")
        made = f"Neuron({', '.join(given)})"
    elif fields["model"] == LAYERS:
        sizes = [int(w) if w.isdigit() else w for w in names_in(fields["sizes"])]
        made = f"Network({sizes!r}, {fields['activation'].strip()!r}, {fields['loss'].strip()!r})"
    else:
        definitions = {n: f for n, f, _ in definitions_in(fields["lines"])}
        rows = "".join(f"    {n!r}: {f!r},\n" for n, f in definitions.items())
        shapes = shapes_in(fields["shapes"])
        more = f", shapes={shapes!r}" if shapes else ""
        if not shapes and fields["constants"].strip():
            from symgd.api.files import numbers

            more = f", constants={numbers(fields['constants'])!r}"
        made = f"Model({{\n{rows}}}, {names_in(fields['parameters'])!r}{more})"
    kind = made.split("(")[0]
    return f"from symgd import {kind}\n\nmodel = {made}\nprint(model.derive())\n"


__all__ = ["code_of", "fault", "model_of", "names_in"]
