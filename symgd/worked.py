"""The derivation with its numbers plugged in, down to one real number each.

Forward: z = wx + b = 0.5·3 + 2 = 3.5. Then every lemma and derivative at that point, then one
update of each parameter, θ ← θ - η ∂C/∂θ, with the change of the cost that first order predicts,
ΔC ≈ Σ ∂C/∂θ·Δθ = -η‖∇C‖², beside the change that happens.

The values are computed in mpmath and checked against a difference quotient of the cost, which
knows nothing of the derivation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.errors import DataError, RefutedStepError, did_you_mean, listing, shown
from symgd.evaluate import evaluate
from symgd.graph import Graph
from symgd.notation.names import symbol
from symgd.notation.nodes import D, Expr, Prime, replace_all, walk
from symgd.notation.printer import plain
from symgd.steps import Derivation

WORKING_DIGITS = 60
CHECKED_DIGITS = 12
STEP = mp.mpf(10) ** -20


@dataclass(frozen=True, slots=True)
class Line:
    """left = formula = plugged = value."""

    left: Expr
    formula: Expr
    plugged: Expr
    value: float


@dataclass(frozen=True, slots=True)
class Update:
    """name: before - rate·slope = after."""

    name: sp.Symbol
    before: float
    slope: float
    after: float


@dataclass(frozen=True)
class Worked:
    """A derivation at a point.

    forward        the definitions in order
    derivatives    lemmas, backward pass and gradient (or Hessian), in order
    updates        one for each parameter; at order 2 none
    predicted      Σ ∂C/∂θ·Δθ
    actual         C(θ + Δθ) - C(θ)
    corners        the parameters in which the cost has a corner at this point
    """

    derivation: Derivation
    point: Mapping[str, float]
    forward: tuple[Line, ...]
    derivatives: tuple[Line, ...]
    rate: float
    updates: tuple[Update, ...]
    predicted: float
    actual: float
    corners: tuple[str, ...]

    @property
    def values(self) -> dict[str, float]:
        """Every name and its value."""
        return {**self.point, **{str(line.left): line.value for line in self.forward}}

    @property
    def gradient(self) -> dict[str, float]:
        """parameter → the derivative of the cost in it (at order 2, "w,b" → the second derivative)."""
        wanted = {
            s.left: ",".join(map(str, p))
            for s, p in zip(self.derivation.sections, self.derivation.wrt, strict=True)
        }
        return {wanted[line.left]: line.value for line in self.derivatives if line.left in wanted}


def work(derivation: Derivation, numbers: Mapping[str, Any], rate: float = 0.05) -> Worked:
    """The derivation at the point that `numbers` gives, and one update at the learning rate.

    Raises DataError for a name that is missing, unknown, not a finite number or outside its domain.
    """
    graph = derivation.graph
    point = checked_point(graph, numbers)
    if not (isinstance(rate, int | float) and mp.isfinite(rate) and rate > 0):
        raise DataError(
            f"rate={rate!r} is not a learning rate; give a positive number, such as 0.05."
        )
    with mp.workdps(WORKING_DIGITS):
        values: dict[Any, Any] = {symbol(n): exact(x) for n, x in point.items()}
        forward = []
        for v, body in graph.definitions.items():
            values[v] = finite(evaluate(graph.unfold(body), values), v)
            forward.append(Line(v, body, plugged(graph, body, values), float(values[v])))
        derivatives = []
        for section in derivation.all_sections:
            if isinstance(section.left, Prime):
                line = _prime_line(graph, section.left, section.result, values, derivation)
                if line is not None:
                    derivatives.append(line)
                continue
            value = finite(evaluate(graph.unfold(section.result), values), section.left)
            values[section.left] = value
            derivatives.append(
                Line(
                    section.left,
                    section.result,
                    plugged(graph, section.result, values),
                    float(value),
                )
            )
        corners = _checked(derivation, values)
        updates, predicted, actual = _update(derivation, values, exact(rate))
    return Worked(
        derivation,
        point,
        tuple(forward),
        tuple(derivatives),
        float(rate),
        updates,
        predicted,
        actual,
        corners,
    )


def checked_point(graph: Graph, numbers: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of every leaf, in order, or an error that says which is missing or wrong."""
    names = [str(s) for s in graph.leaves]
    for name in numbers:
        if name not in names:
            raise DataError(
                f"{shown(str(name))} is not a parameter or input of this model; it has {listing(names)}."
                f"{did_you_mean(str(name), names)}"
            )
    missing = [n for n in names if n not in numbers]
    if missing:
        raise DataError(
            f"No number is given for {listing(missing)}; give one, for example {missing[0]}=1."
        )
    point = {}
    for name in names:
        value = numbers[name]
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise DataError(
                f"{name}={shown(str(value))} is not a number; give one, for example {name}=1."
            ) from None
        if not mp.isfinite(number):
            raise DataError(f"{name}={number} is not finite; give a number, for example {name}=1.")
        allowed = graph.domains.get(symbol(name))
        if allowed is not None and not allowed.contains(number):
            raise DataError(
                f"{name}={number:g} is outside {allowed.text}, where {name} lies in this model."
            )
        point[name] = number
    return point


def exact(x: Any) -> Any:
    """The double as mpmath sees it, through its shortest decimal: 0.05 is 1/20."""
    return mp.mpf(repr(float(x)))


def finite(value: Any, what: Any) -> Any:
    if not mp.isfinite(value):
        raise DataError(f"{plain(what)} has no finite value at this point; choose another.")
    return value


def plugged(graph: Graph, expr: Expr, values: Mapping[Any, Any]) -> Expr:
    """The expression with a number in the place of every name; functions stay as they are written."""
    table = {n: number(values[n]) for n in set(walk(expr)) if n in values}
    return replace_all(expr, table)


def number(value: Any) -> Expr:
    """A value as it is shown: whole numbers as such, others to a few digits."""
    x = float(value)
    return sp.Integer(int(x)) if x.is_integer() and abs(x) < 1e15 else sp.Float(x, 17)


def _prime_line(
    graph: Graph, left: Prime, result: Expr, values: dict[Any, Any], derivation: Derivation
) -> Line | None:
    """σ'(z) at the z of the graph, if the graph applies σ to one name under that lemma."""
    application, *indices = left.args
    for body in graph.definitions.values():
        if body.func == application.func and len(body.args) == len(application.args):
            table = dict(zip(application.args, body.args, strict=True))
            here = Prime(body, *indices)
            formula = replace_all(result, table)
            value = evaluate(graph.unfold(formula), values)
            if here in values or not mp.isfinite(value):
                return None
            values[here] = value
            return Line(here, formula, plugged(graph, formula, values), float(value))
    return None


def cost_at(graph: Graph, leaves: Mapping[Any, Any]) -> Any:
    """The cost, forward through the names."""
    values = dict(leaves)
    for v, body in graph.definitions.items():
        values[v] = evaluate(graph.unfold(body), values)
    return values[graph.cost]


def _leaves(graph: Graph, values: Mapping[Any, Any]) -> dict[Any, Any]:
    return {s: values[s] for s in graph.leaves}


def _checked(derivation: Derivation, values: Mapping[Any, Any]) -> tuple[str, ...]:
    """The first derivatives against difference quotients; the parameters at a corner are told."""
    graph = derivation.graph
    leaves = _leaves(graph, values)
    corners = []
    for t in {p[0] for p in derivation.wrt} if derivation.order == 1 else ():
        slope = values[D(graph.cost, t)]
        ahead, here, behind = (
            cost_at(graph, {**leaves, t: leaves[t] + k * STEP}) for k in (1, 0, -1)
        )
        right, left = (ahead - here) / STEP, (here - behind) / STEP
        scale = max(abs(right), abs(left), abs(slope), mp.mpf(10) ** -CHECKED_DIGITS)
        tolerance = scale * mp.mpf(10) ** -CHECKED_DIGITS
        if abs(right - left) > tolerance:
            corners.append(str(t))
        elif abs((right + left) / 2 - slope) > tolerance:
            raise RefutedStepError(
                f"The derivative in {t} comes to {mp.nstr(slope, 15)}, a difference quotient to {mp.nstr((right + left) / 2, 15)}."
            )
    return tuple(sorted(corners))


def _update(
    derivation: Derivation, values: Mapping[Any, Any], rate: Any
) -> tuple[tuple[Update, ...], float, float]:
    graph = derivation.graph
    if derivation.order != 1:
        return (), 0.0, 0.0
    leaves = _leaves(graph, values)
    moved, predicted, updates = dict(leaves), mp.mpf(0), []
    for (t,) in derivation.wrt:
        slope = values[D(graph.cost, t)]
        moved[t] = leaves[t] - rate * slope
        predicted -= rate * slope**2
        updates.append(Update(t, float(leaves[t]), float(slope), float(moved[t])))
    actual = cost_at(graph, moved) - values[graph.cost]
    return tuple(updates), float(predicted), float(actual)
