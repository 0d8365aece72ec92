"""Descents side by side, the cost around them, and the rate from which they leave it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Protocol

from symgd.errors import DivergedError, InputError, SymgdError
from symgd.hosts.web.asked import MOST_ROWS
from symgd.hosts.web.deriving import has_shapes
from symgd.hosts.web.numbers import leaves, point_of
from symgd.hosts.web.subjects import model_of

if TYPE_CHECKING:
    from symgd.api import Model, Run

MOST_SHOWN: Final = 240  # points of a path
FARTHEST = 1e12  # a number beyond it is no place on a picture


def descend(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A run an optimizer, and where there are two parameters the cost around their paths."""
    model = model_of(fields)
    data = _data(model, fields["data"])
    point = point_of(model, {n: v for n, v in fields["at"].items() if n not in data})
    start = {n: point[n] for n in model.parameters}
    values = {n: data.get(n, point[n]) for n in model.inputs}
    texts = [t for t in fields["optimizers"] if t.strip()] or [f"sgd({fields['rate']!r})"]
    engine = _engine(model, values)
    runs = [engine.run(start, text, fields["epochs"]) for text in texts]
    found = [_told(run, text, sentence) for (run, sentence), text in zip(runs, texts, strict=True)]
    made = [run for run, _ in runs if run is not None and run.history]
    scalar = not has_shapes(model)
    return {
        "leaves": leaves(model, point),
        "names": list(model.parameters),
        "samples": max((len(v) for v in values.values() if isinstance(v, list)), default=1),
        "runs": found,
        "stable": _stable(engine.curvature(made[0])) if made else None,
        "surface": _surface(model, engine, made) if scalar and made else None,
        "boundary": _boundary(model, values, engine, made[0]) if made else None,
    }


class Engine(Protocol):
    """What computes: a descent, the curvature at its lowest point, and the cost and prediction at
    many places, of which a picture has so many a side."""

    places: int
    part: tuple[int, int]  # of so many samples that a picture is of, of how many

    def run(self, start: Mapping[str, Any], text: str, epochs: int) -> tuple[Any, str]: ...

    def curvature(self, run: Any) -> Any: ...

    def costs(self, theta: Mapping[str, Sequence[float]]) -> Sequence[float]: ...

    def predict(self, parameters: Mapping[str, Any], columns: Mapping[str, Any]) -> Any: ...


def _engine(model: Model, values: Mapping[str, Any]) -> Engine:
    """By numpy; of scalars on floats where there is none, as within a browser."""
    if find_spec("numpy") is None and not has_shapes(model):
        from symgd.hosts.web.floats import Floats

        return Floats(model, values)
    return Arrays(model, values)


class Arrays:
    """An engine on numpy."""

    places = 48

    def __init__(self, model: Model, values: Mapping[str, Any]) -> None:
        self.model, self.values = model, values
        self.part = (0, 0)
        self.start: Mapping[str, Any] = {}

    def run(self, start: Mapping[str, Any], text: str, epochs: int) -> tuple[Run | None, str]:
        """The run and "", or what was reached and the sentence that says why no further."""
        from symgd.api import train

        self.start = start
        try:
            return train(
                self.model, dict(self.values), start=dict(start), optimizer=text, epochs=epochs,
                progress=False, check=False,
            ), ""  # fmt: skip
        except DivergedError as error:
            return error.run, str(error).split("\n")[0]

    def curvature(self, run: Run) -> Any:
        return run.stability

    def costs(self, theta: Mapping[str, Sequence[float]]) -> Any:
        from symgd.training.landscape import field

        cost, *part = field(self.model.graph, self.values, self.start)
        self.part = (part[0], part[1])
        return cost(theta)

    def predict(self, parameters: Mapping[str, Any], columns: Mapping[str, Any]) -> Any:
        import numpy as np

        arrays = {n: np.array(v) for n, v in columns.items()}
        found = np.asarray(self.model.predict(parameters, arrays))
        return found.reshape(len(next(iter(arrays.values()))), -1)[:, 0]


def _data(model: Model, given: Mapping[str, Any]) -> dict[str, list[float]]:
    """Columns of the inputs, of equal length; columns of other names are left out."""
    found = {n: v for n, v in given.items() if n in model.inputs}
    if has_shapes(model):
        return found
    for name, column in found.items():
        if not isinstance(column, list) or any(isinstance(x, list) for x in column):
            raise InputError(f"data.{name} is a column: a list of numbers, one a sample.")
    lengths = {len(column) for column in found.values()}
    if len(lengths) > 1:
        raise InputError("The columns of the data have different lengths; give one row a sample.")
    if lengths and not 1 <= min(lengths) <= MOST_ROWS:
        raise InputError(f"The data have {min(lengths)} rows; from 1 to {MOST_ROWS} are taken.")
    return found


def _told(run: Run | None, text: str, sentence: str) -> dict[str, Any]:
    if run is None or not run.history:
        return {"optimizer": text, "sentence": sentence, "costs": [], "epochs": [], "path": [],
                "stopped": "diverged", "end": {}, "cost": None}  # fmt: skip
    every = max(1, math.ceil(len(run.history) / MOST_SHOWN))
    kept = sorted({*range(0, len(run.history), every), len(run.history) - 1})
    scalar = len(run.path) == len(run.history) and all(
        not hasattr(x, "shape") or x.shape == () for x in run.path[0]
    )
    return {
        "optimizer": text,
        "sentence": sentence,
        "stopped": run.stopped,
        "epochs": kept,
        "costs": [_finite(run.history[k]) for k in kept],
        "path": [[_finite(x) for x in run.path[k]] for k in kept] if scalar else [],
        "end": {n: _finite(v) for n, v in run.parameters.items()} if scalar else {},
        "cost": _finite(run.history[-1]),
    }


def _finite(x: Any) -> float | None:
    value = float(x)
    return value if math.isfinite(value) and abs(value) < 1e300 else None


def _stable(found: Any) -> dict[str, Any] | None:
    """2/λmax where the cost of the first run was lowest; None where nothing curves upwards there.

    `everywhere` is whether the Hessian is the same at every point that was tried.
    """
    # An eigenvalue that is noise beside the others is none.
    if found is None or found.highest <= 1e-9 * abs(found.lowest) or found.highest < 1e-12:
        return None
    return {"rate": found.largest, "curvature": found.highest, "everywhere": found.constant}


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.4 * (high - low) or 0.5 * abs(low) or 1.0
    return low - room, high + room


def _places(count: int, a: float, b: float) -> list[float]:
    return [a + (b - a) * i / (count - 1) for i in range(count)]


def _surface(model: Model, engine: Engine, runs: Sequence[Run]) -> dict[str, Any] | None:
    """The cost over the first two parameters, the others as the first run leaves them."""
    names = list(model.parameters)
    ends = runs[0].parameters
    shown = names[:2]
    side = engine.places
    steps = [
        [float(p[names.index(n)]) for run in runs for p in run.path
         if all(abs(float(x)) < FARTHEST for x in p)]
        for n in shown
    ]  # fmt: skip
    if not steps[0]:
        return None
    axes = [
        _places(side, *_span(_near(s, float(runs[0].start[n]))))
        for n, s in zip(shown, steps, strict=True)
    ]
    if len(shown) == 1:
        costs = engine.costs({shown[0]: axes[0]})
        return {"names": shown, "x": axes[0], "y": [], "cost": [[_finite(c) for c in costs]]}
    xs, ys = axes
    grid = {shown[0]: [x for _ in ys for x in xs], shown[1]: [y for y in ys for _ in xs]}
    others = {n: [float(ends[n])] * len(grid[shown[0]]) for n in names[2:]}
    field = [_finite(c) for c in engine.costs({**grid, **others})]
    rows = [field[i : i + side] for i in range(0, len(field), side)]
    part, count = engine.part
    return {"names": shown, "x": xs, "y": ys, "cost": rows, "part": part, "count": count,
            "held": {n: float(ends[n]) for n in names[2:]}}  # fmt: skip


def _near(steps: Sequence[float], start: float) -> Sequence[float]:
    """Of a path that runs away the part that a picture can show: ten times its median reach."""
    reach = sorted(abs(x - start) for x in steps)
    most = 10 * reach[len(reach) // 2] or reach[-1]
    return [x for x in steps if abs(x - start) <= most] or [start]


def _boundary(
    model: Model, values: Mapping[str, Any], engine: Engine, run: Run
) -> dict[str, Any] | None:
    """The prediction over two inputs, the samples among it; None of other models.

    A network takes its samples as rows of X; a neuron has a column for each input.
    """
    rows = values.get("X")
    if has_shapes(model):
        if not isinstance(rows, list) or not rows or not isinstance(rows[0], list):
            return None
        if len(rows[0]) != 2:
            return None
        columns = {"x1": [r[0] for r in rows], "x2": [r[1] for r in rows]}
    else:
        columns = {n: v for n, v in values.items() if isinstance(v, list) and n.startswith("x")}
        if len(columns) != 2:
            return None
    (first, xs), (second, ys) = columns.items()
    side = engine.places
    wide, high = _places(side, *_span(xs)), _places(side, *_span(ys))
    grid = [(x, y) for y in high for x in wide]
    data: dict[str, Any] = {"X": grid} if has_shapes(model) else {
        first: [x for x, _ in grid], second: [y for _, y in grid]
    }  # fmt: skip
    try:
        found = engine.predict(run.parameters, data)
    except SymgdError:
        return None
    labels: list[Any] = next(
        (values[n] for n in ("y", "t", "Y") if isinstance(values.get(n), list)), []
    )
    flat = [r[0] if isinstance(r, list) else r for r in labels]
    return {
        "names": [first, second], "x": wide, "y": high,
        "value": [[_finite(v) for v in found[i : i + side]] for i in range(0, len(grid), side)],
        "points": [list(p) for p in zip(xs, ys, strict=True)], "labels": flat,
    }  # fmt: skip


__all__ = ["descend"]
