"""Program → objectives of XGBoost, LightGBM and CatBoost: g = ∂C/∂z and h = ∂²C/∂z² of a margin.

    library     asks for        of              called with
    XGBoost     (g, h)          the loss        (predictions, DMatrix) or (y_true, y_pred, weight)
    LightGBM    (g, h)          the loss        (predictions, Dataset) or (y_true, y_pred, weight)
    CatBoost    (-g, -h)        minus the loss  (approxes, targets, weights)

Weights multiply g and h here: none of the three does it for an objective of the user's.
"""

from __future__ import annotations

import sympy as sp

from symgd.errors import InputError, listing, quote
from symgd.targets.sources import GUARDS
from symgd.targets.sources.margin import Margin, margin
from symgd.targets.sources.numpy import (
    DIALECT,
    assignments,
    imports,
    membership,
    primitives,
    restricted,
)
from symgd.targets.sources.positivity import warning
from symgd.targets.sources.spelling import Spelled, about, commented, heads, listed, wrapped
from symgd.trees.domain import REAL
from symgd.trees.graph import Graph, example_of

# What a guarded curvature is never below; XGBoost's own objectives have the same floor.
FLOOR = 1e-16

LEAST = f"at least {FLOOR!r}"
CLIPPED = f"    h = np.maximum(h, {FLOOR!r})\n"
ABSOLUTE = f"    h = np.maximum(np.fabs(h), {FLOOR!r})\n"

# guard             the statement   what the page says of it
GUARDED: dict[str | None, tuple[str, str]] = {
    None:           ("",            "none: h is the second derivative as it is"),
    "clip":         (CLIPPED,       f"clip: h is the second derivative, {LEAST}"),
    "abs":          (ABSOLUTE,      f"abs: h is |the second derivative|, {LEAST}"),
    "gauss-newton": (CLIPPED,       f"gauss-newton: h is L''(yhat)*f'(z)**2, {LEAST}"),
}  # fmt: skip

CORE = '''\
{head}

import numpy as np
{imports}{functions}

def cost({arguments}):
    """The cost, a value a sample."""
    {prepared}
    with np.errstate(all="ignore"):
{cost}
    return np.broadcast_to({value}, z_.shape)


def derivatives({arguments}):
    """(g, h): the first and second derivative of the cost in the margin z, a value a sample."""
    {prepared}
    with np.errstate(all="ignore"):
{lines}
{guard}    return np.array(np.broadcast_to(g, z_.shape)), np.array(np.broadcast_to(h, z_.shape))


def prepared(margins, labels{more}):
    """Both in double precision; ValueError for a label outside its domain."""
    margins, labels = (np.asarray(u, dtype=np.float64) for u in (margins, labels))
{checks}    return margins, labels


def inside(name, values, allowed, where):
    """Raise ValueError where a value is not in the set {{where}}."""
    bad = np.atleast_1d(values)[~np.atleast_1d(allowed)]
    if bad.size:
        raise ValueError(
            f"{{name}} holds {{bad[0]!r}}, outside {{where}}, where {{name}} lies.{hint}"
        )
'''

PAIR = '''

def {name}({keywords}):
    """The objective of {library}: (g, h), each times the weight of its sample.

    As `{native}`, or as `{estimator}`.
    """

    def objective(first, second, sample_weight=None):
        margins, labels, weight = arguments(first, second, sample_weight)
        g, h = derivatives(margins, labels{passed})
        return (g, h) if weight is None else (g*weight, h*weight)

    return objective


def {name}_metric({keywords}):
    """The weighted mean of the cost, as `{metric}`."""

    def metric(first, second, sample_weight=None):
        margins, labels, weight = arguments(first, second, sample_weight)
        return {reported}

    return metric


def arguments(first, second, weight):
    """(margins, labels, weights or None), from either way that the library calls."""
    if not hasattr(second, "get_label"):
        return second, first, None if weight is None else np.asarray(weight, dtype=np.float64)
    weight = second.get_weight()
    weight = None if weight is None or not len(weight) else np.asarray(weight, dtype=np.float64)
    return first, second.get_label(), weight
'''

CATBOOST = '''

class {name}:
    """The objective of CatBoost, as `CatBoost({{"loss_function": {name}({example}), ...}})`.

    CatBoost climbs: it asks for the derivatives of minus the loss, (-g, -h). It says that it cannot
    compile the method, and runs it as Python.
    """

    def __init__(self{comma}{keywords}):
        self.letters = ({stored})

    def calc_ders_range(self, approxes, targets, weights):
        g, h = derivatives(approxes, targets, *self.letters)
        if weights is not None:
            weight = np.asarray(weights, dtype=np.float64)
            g, h = g*weight, h*weight
        return list(zip((-g).tolist(), (-h).tolist()))


class {name}_metric:
    """The weighted mean of the cost, as its "eval_metric": {name}_metric({example})."""

    def __init__(self{comma}{keywords}):
        self.letters = ({stored})

    def is_max_optimal(self):
        return False

    def evaluate(self, approxes, target, weight):
        costs = cost(approxes[0], target, *self.letters)
        weight = np.ones_like(costs) if weight is None else np.asarray(weight, dtype=np.float64)
        return float(np.dot(costs, weight)), float(weight.sum())

    def get_final_error(self, error, weight):
        return error/(weight + 1e-38)
'''

# target       the library, its sign, then how the pair of functions is called
LIBRARIES = {
    "xgboost": ("XGBoost", "XGBoost descends: it asks for (g, h) of the loss."),
    "lightgbm": ("LightGBM", "LightGBM descends: it asks for (g, h) of the loss."),
    "catboost": ("CatBoost", "CatBoost climbs: it asks for (-g, -h), those of minus the loss."),
}  # fmt: skip
CALLED = {
    "xgboost": {
        "native": "xgboost.train(params, data, obj={call})",
        "estimator": "xgboost.XGBModel(objective={call})",
        "metric": "xgboost.train(..., custom_metric={metric})",
        "reported": '"{name}", {mean}',
    },
    "lightgbm": {
        "native": 'lightgbm.train({{"objective": {call}}}, data)',
        "estimator": "lightgbm.LGBMModel(objective={call})",
        "metric": "lightgbm.train(..., feval={metric})",
        "reported": '"{name}", {mean}, False',
    },
}  # fmt: skip


def boosted(target: str, graph: Graph, name: str, guard: str | None) -> tuple[str, str]:
    """(the module with the objective `name(letters)` and its metric, a warning or nothing).

    Raises InputError for a guard that there is not, InputError and ModelError as `margin` does.
    """
    if guard not in GUARDED:
        raise InputError(f"guard={quote(str(guard))} is not known; it is {listing(GUARDS)}.")
    made = margin(graph, guard)
    found = warning(made)
    text = core(made, name, target, guard, found) + calls(made, name, target)
    return text, found if guard is None else ""


def core(made: Margin, name: str, target: str, guard: str | None, found: str) -> str:
    program, label = made.program, made.label
    printer = Spelled(program, DIALECT)
    spell = printer.names.__getitem__
    letters = [spell(s) for s in made.letters]
    more = "".join(f", {n}" for n in letters)
    checks = "".join(
        f'    inside("{s}", {v}, {membership(d, v)}, "{d}")\n'
        for s, d in restricted(program.graph, (label, *made.letters))
        for v in ["labels" if s == label else spell(s)]
    )
    ends = (program.value, made.slope, made.curvature)
    value = spell(program.value)
    arguments = f"z_, {spell(label)}{more}"
    cost = assignments(printer, program.needed(ends[:1]), " " * 8)
    lines = assignments(printer, program.needed(ends[1:]), " " * 8)
    lines += f"\n        g, h = {printer(made.slope)}, {printer(made.curvature)}"
    return CORE.format(
        head=commented(header(made, name, target, guard, found)),
        imports=imports(cost + lines),
        functions=primitives(heads(program)),
        arguments=arguments,
        prepared=f"z_, {spell(label)} = prepared({arguments})",
        more=more,
        cost=cost,
        value=value,
        lines=lines,
        guard=GUARDED[guard][0],
        checks=checks,
        hint=hint(program.graph, label),
    )


def hint(graph: Graph, label: sp.Symbol) -> str:
    """How labels of two classes are written for this loss."""
    members = set(map(int, graph.domains[label].members)) if label in graph.domains else set()
    if members == {-1, 1}:
        return " Labels 0 and 1 become -1 and 1 by 2*y - 1."
    return " Labels -1 and 1 become 0 and 1 by (t + 1)/2." if members == {0, 1} else ""


def header(made: Margin, name: str, target: str, guard: str | None, found: str) -> list[str]:
    library, sign = LIBRARIES[target]
    cut = made.program.graph
    allowed = cut.domains.get(made.label, REAL)
    lies = "any real number" if allowed == REAL else f"in {allowed}, and is checked"
    told = [
        f"{name}: an objective for {library}, in the raw margin z.",
        "",
        *about(cut, made.program),
        f"The label {made.label} is {lies}.",
        "",
        f"Sign: g = dC/dz, h = d2C/dz2. {sign}",
        "Weights: multiplied into both, as the library leaves them to the objective.",
        f"Guard: {GUARDED[guard][1]}.",
        positivity(found, guard),
    ]
    return [part for line in told for part in wrapped(line)]


def positivity(found: str, guard: str | None) -> str:
    if not found:
        return "h was positive at every point looked at, margins from -30 to 30."
    return f"WARNING: {found}" if guard is None else f"Before the guard: {found}"


def calls(made: Margin, name: str, target: str) -> str:
    letters = [f"{s}_" for s in made.letters]
    keywords = ", ".join(["*", *letters]) if letters else ""
    passed = "".join(f", {n}" for n in letters)
    example = listed(
        made.letters, lambda s: f"{s}_={float(example_of(made.program.graph, s.name))}"
    )
    if target == "catboost":
        return CATBOOST.format(
            name=name,
            keywords=keywords,
            comma=", " if letters else "",
            stored="".join(f"{n}, " for n in letters).rstrip(),
            example=example,
        )
    words = {
        "call": f"{name}({example})",
        "metric": f"{name}_metric({example})",
        "name": name,
        "mean": f"float(np.average(cost(margins, labels{passed}), weights=weight))",
    }
    spelled = {k: v.format(**words) for k, v in CALLED[target].items()}
    return PAIR.format(
        name=name, keywords=keywords, passed=passed, library=LIBRARIES[target][0], **spelled
    )
