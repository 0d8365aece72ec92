"""A formula that somebody claims for a derivative, beside the derived one.

    compare(Neuron(), {"w": "(yhat - y)*x"})     # wrong, with a point, both values and the formula

A claim is in the language of the model, in any of its names: ŷ and σ(wx + b) are the same there.
Both sides are unfolded to the leaves and compared as the steps of a derivation are: in the exact
normal form, else at random points of the domain; of arrays in exact fractions or in many digits, on
two sets of sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from symgd.api.models import Model
from symgd.errors import (
    FormulaError,
    InputError,
    ModelError,
    ShapeError,
    UncheckedStepError,
    did_you_mean,
    listing,
    quote,
)
from symgd.judge.words import say
from symgd.resources import bounded

if TYPE_CHECKING:
    from symgd.verify.arrays.probe import Probe

RIGHT, WRONG, UNKNOWN = "right", "wrong", "unknown"
LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Claim:
    """The verdict on one claimed derivative.

    parameter  what the cost is differentiated in
    claimed    the formula, as it was given
    derived    symgd's own, in the language of the model
    status     right, wrong or unknown; the derived one is right whatever this says
    proof      of a right one: "proved", "exact" or "sampled"
    point      of a wrong one: values of the leaves at which `left`, what is claimed, and `right`,
               what is derived, differ
    reason     a sentence, where it is not right
    """

    parameter: str
    claimed: str
    derived: str
    status: str
    proof: str = ""
    point: Mapping[str, str] = field(default_factory=dict)
    left: str = ""
    right: str = ""
    reason: str = ""


@bounded
def compare(model: Model, claimed: Mapping[str, str]) -> tuple[Claim, ...]:
    """The verdict on each claimed derivative: name → formula.

    Raises ModelError for a name that the model does not have, FormulaError for a formula that does
    not read or uses a name that the model does not have.
    """
    if not claimed:
        raise InputError(
            f"Nothing is claimed; give a formula for {listing(model.parameters)}, such as "
            f'{{"{model.parameters[0]}": "..."}}.'
        )
    for name, text in claimed.items():
        model._check_name(name)
        if len(text) > LONGEST:
            raise InputError(
                f"The formula claimed for {name} has {len(text)} characters; at most {LONGEST} "
                "are read."
            )
    judge = _of_scalars if hasattr(model.graph, "functions") else _of_arrays
    derived = model.derive(*claimed).results
    return tuple(judge(model, name, text, derived[name]) for name, text in claimed.items())


# -- scalars --------------------------------------------------------------------------------------


def _of_scalars(model: Model, name: str, text: str, derived: Any) -> Claim:
    from dataclasses import replace

    from symgd.functions import SIGNATURES
    from symgd.language.formulas.printer import plain
    from symgd.language.named import functions_of
    from symgd.models.coerce import expression
    from symgd.trees.graph import symbols_of
    from symgd.trees.names import symbol
    from symgd.trees.scalars import replace_all
    from symgd.verify import Checker

    graph = model.graph
    own = {f: [str(v) for v in g.variables] for f, g in graph.functions.items()}
    signatures = {**SIGNATURES, **{f: tuple(v) for f, v in own.items() if f not in SIGNATURES}}
    tree = expression(text, signatures, f"the derivative claimed in {name}")
    _known(text, (str(s) for s in symbols_of(tree)), (*graph.definitions, *graph.leaves))
    found = functions_of({symbol("claimed"): tree}, graph.functions)
    checker = Checker(replace(graph, functions={**found, **graph.functions}))

    def unfold(side: Any) -> Any:
        for v in reversed(graph.definitions):
            side = replace_all(side, {v: graph.definitions[v]})
        return side

    spelled = plain(derived)
    try:
        verdict = checker.verdict(unfold(tree), unfold(derived))
    except (UncheckedStepError, ModelError):
        return Claim(
            name, text, spelled, UNKNOWN,
            reason=say("claim:no-point"),
        )  # fmt: skip
    if verdict.status != "refuted":
        return Claim(name, text, spelled, RIGHT, verdict.status)
    where = dict(verdict.where or {})
    left, right = where.pop("left side"), where.pop("right side")
    return Claim(
        name, text, spelled, WRONG, point=where, left=left, right=right,
        reason=say("claim:derivative", name=name, formula=spelled),
    )  # fmt: skip


def _known(text: str, used: Any, names: Any) -> None:
    """Raises FormulaError for a name that the model does not have."""
    names = tuple(map(str, names))
    for n in sorted(set(used) - set(names)):
        raise FormulaError(
            f"{quote(text)} uses {n}, which this model does not have; it has {listing(names)}."
            f"{did_you_mean(n, names)}"
        )


# -- arrays ---------------------------------------------------------------------------------------


def _of_arrays(model: Model, name: str, text: str, derived: Any) -> Claim:
    from symgd.language.arrays.grammar import read
    from symgd.trees.dims import shape_text

    graph = model.graph
    spelled = str(derived)
    try:
        node = graph.unfold(read(text, graph.names, graph.size_names))
    except ShapeError as error:
        return Claim(name, text, spelled, WRONG, reason=error.reason)
    kept = graph.structure.get(name, "")
    derived = graph.unfold(derived)
    if node.shape != derived.shape:
        return Claim(
            name, text, spelled, WRONG,
            reason=say("claim:shape", claimed=shape_text(node.shape), name=name,
                       derived=shape_text(derived.shape), formula=spelled),
        )  # fmt: skip
    try:
        outcomes = _on_arrays(graph, node, derived, kept)
    except (UncheckedStepError, ModelError):
        return Claim(
            name, text, spelled, UNKNOWN,
            reason=say("claim:no-random-point"),
        )  # fmt: skip
    for outcome in outcomes:
        if isinstance(outcome, tuple):
            point, left, right = outcome
            return Claim(
                name, text, spelled, WRONG, point=point, left=left, right=right,
                reason=say("claim:derivative", name=name, formula=spelled),
            )  # fmt: skip
    return Claim(name, text, spelled, RIGHT, outcomes[-1])


#  structure      the entries of a derivative that count: those that the parameter is free in
FREE_ENTRIES: Mapping[str, Callable[[Any], Any]] = {
    "symmetric": lambda a: a * _triangle(a, lambda i, j: i >= j),
    "diagonal":  lambda a: a * _triangle(a, lambda i, j: i == j),
}  # fmt: skip


def _triangle(a: Any, kept: Callable[[int, int], bool]) -> Any:
    import numpy as np

    return np.array([[int(kept(i, j)) for j in range(a.shape[1])] for i in range(a.shape[0])])


def _on_arrays(graph: Any, node: Any, derived: Any, structure: str) -> list[Any]:
    """On each of two sets of sizes: how the two agree, or (point, left, right) if they do not."""
    from symgd.trees.steps import Section, Step
    from symgd.verify.arrays.checker import Checker, verdict_of

    entries = FREE_ENTRIES.get(structure, lambda a: a)
    section = Section("gradient", "claim", node, (Step(node, derived, "claim"),))
    checker = Checker(graph, {})
    leaves = checker.free((node, derived), (), frozenset())

    def on(sizes: dict[str, int]) -> Any:
        def use(probe: Probe) -> Any:
            left, right = map(entries, (probe.value(node), probe.value(derived)))
            if probe.same(left, right):
                return verdict_of(probe).status
            rows = {n: _rows(v) for n, v in probe.point.values.items()}
            return rows, _rows(left), _rows(right)

        return checker.at_first_point(leaves, frozenset(), sizes, use)

    return checker.on_two_sizes(section, (), on)


def _rows(value: Any) -> str:
    """[[1, 2], [3, 4]], a number alone where there is one."""
    import mpmath as mp

    rows = [[mp.nstr(mp.mpf(x.numerator) / x.denominator if hasattr(x, "numerator") else x, 8)
             for x in row] for row in value]  # fmt: skip
    if len(rows) == len(rows[0]) == 1:
        return str(rows[0][0])
    return "[" + ", ".join(f"[{', '.join(row)}]" for row in rows) + "]"
