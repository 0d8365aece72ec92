"""The derivation with its numbers plugged in, down to one real number each.

Forward: z = wx + b = 0.5·3 + 2 = 3.5. Then every lemma and derivative at that point, then one
update of each parameter, θ ← θ - η ∂C/∂θ, with the change of the cost that first order predicts,
ΔC ≈ Σ ∂C/∂θ·Δθ = -η‖∇C‖², beside the change that happens.

The values are computed in mpmath and checked against a difference quotient of the cost, which
knows nothing of the derivation.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import mpmath as mp
import sympy as sp

from symgd.derive import local_slopes
from symgd.derive.forward import values_at
from symgd.errors import DataError, RefutedStepError, as_text, did_you_mean, listing, quote
from symgd.functions import BY_HEAD
from symgd.functions.rows import GROWS
from symgd.language.formulas.printer import text
from symgd.language.named import usual_numbers
from symgd.resources import current
from symgd.trees.graph import Graph, example_of
from symgd.trees.kept import Kept
from symgd.trees.names import symbol
from symgd.trees.scalars import D, Expr, P, Prime, replace_all, walk
from symgd.trees.steps import Derivation, names_of
from symgd.verify.checker import on_a_border
from symgd.verify.evaluate import evaluate
from symgd.verify.limits import limit_at

T = TypeVar("T")

WORKING_DIGITS = 80
MOST_DIGITS = 1300
CHECKED_DIGITS = 12
FAINT = mp.mpf(10) ** -(WORKING_DIGITS // 2)
# With so many more, what is left of numbers that cancel lies below the smallest double.
MORE_DIGITS = 340
LOG10_E = math.log10(math.e)
SMALLEST = mp.mpf(10) ** -324
# Last digits of the working ones that say nothing; and where doubles are all whole numbers.
NOISE = 15
MOST_SATURATED = 1e6
# Functions that come to a number as e^-|u| falls beside it.
SATURATING = (sp.tanh, sp.coth, sp.erf, sp.erfc)


@dataclass(frozen=True, slots=True)
class Line(Kept):
    """left = formula = plugged = value."""

    left: Expr
    formula: Expr
    plugged: Expr
    value: float


@dataclass(frozen=True, slots=True)
class Update(Kept):
    """name: before - rate·slope = after; numbers, or arrays."""

    name: Any
    before: Any
    slope: Any
    after: Any


@dataclass(frozen=True)
class Worked(Kept):
    """A derivation at a point.

    forward        the definitions in order
    derivatives    lemmas, backward pass and gradient (or Hessian), in order
    updates        one for each parameter among what is differentiated in; at order 2 none
    predicted      Σ ∂C/∂θ·Δθ
    actual         C(θ + Δθ) - C(θ)
    corners        the parameters in which the cost has a corner at this point
    saturated      the names whose value is no whole number and is one in doubles: σ(40) and 1
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
    saturated: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, float]:
        """Every name and its value."""
        return {**self.point, **{str(line.left): line.value for line in self.forward}}

    @property
    def gradient(self) -> dict[str, float]:
        """parameter → the derivative of the cost in it (order 2: "w,b" → the second derivative)."""
        wanted = {
            s.left: ",".join(map(str, p))
            for s, p in zip(self.derivation.sections, self.derivation.wrt, strict=True)
        }
        return {wanted[line.left]: line.value for line in self.derivatives if line.left in wanted}


def work(derivation: Derivation, numbers: Mapping[str, Any], rate: float = 0.05) -> Worked:
    """The derivation at the point that `numbers` gives, and one update at the learning rate.

    Raises DataError for a name that is missing, unknown, not a finite number or outside its domain.
    """
    point = check_point(derivation.graph, numbers)
    check_rate(rate)
    digits = digits_for(derivation.graph, point)

    def in_digits() -> Worked:
        values = _values_of_formulas(derivation, exactly(point))
        if any(map(is_lost, values.values())):
            with mp.workdps(mp.mp.dps + MORE_DIGITS):
                leaves = exactly(point)
                again = _values_of_formulas(derivation, leaves)
            values = {k: without_noise(v, again[k]) for k, v in values.items()}
            values = _with_limits(derivation, leaves, values)
        return _work(derivation, point, float(rate), values)

    try:
        return in_enough_digits(in_digits, digits)
    except RefutedStepError:
        if max(_digits_wanted(derivation.graph, point), default=0) <= MOST_DIGITS:
            raise
        raise DataError(
            f"At this point an exponential is so far out that {MOST_DIGITS} digits do not tell a "
            "derivative; choose numbers nearer to 0."
        ) from None


def exactly(point: Mapping[str, float]) -> dict[Any, Any]:
    """The numbers of the leaves, in the digits that are set: 1/10 has no end."""
    return {symbol(n): exact(x) for n, x in point.items()}


def in_enough_digits(work: Callable[[], T], digits: int) -> T:
    """The work in so many digits, and in more where they do not let a derivative hold.

    1 + erf(-13) has lost 75 of them, and a difference quotient the rest: a true difference stays.
    """
    try:
        with mp.workdps(digits):
            return work()
    except RefutedStepError:
        more = min(2 * (digits + MORE_DIGITS), MOST_DIGITS)
        if more <= digits:
            raise
        with mp.workdps(more):
            return work()


def is_faint(value: Any) -> bool:
    """Whether a number is so small that it may be what is left of others that cancel."""
    return bool(0 < abs(value) < FAINT)


def is_vast(value: Any) -> bool:
    """Whether a number is so large that it may be over what is left of others that cancel."""
    return bool(mp.isfinite(value) and abs(value) * FAINT > 1)


def is_lost(value: Any) -> bool:
    """Whether more digits may say more: a number is faint or vast, none is left, or 0 divided."""
    return is_faint(value) or is_vast(value) or value == 0 or not mp.isfinite(value)


def without_noise(value: Any, again: Any) -> Any:
    """What more digits make of a number that was lost: 0.1 + 0.2 - 0.3 is 5e-82 in 80 digits, and
    0 below the smallest double; 1 + erf(-20) is 0 in 80, and 5.4e-176 in more. One that grows with
    the digits, as 1/(0.1 + 0.2 - 0.3) does, is at a pole."""
    if not is_lost(value):
        return value
    if is_vast(value) and mp.isfinite(again):
        return again if abs(again - value) <= abs(value) / 2 else mp.inf
    return mp.mpf(0) if abs(again) < SMALLEST else again


def check_rate(rate: Any) -> None:
    """Raise DataError unless it is a learning rate."""
    number = isinstance(rate, int | float) and not isinstance(rate, bool)
    if not (number and 0 < rate <= sys.float_info.max):
        raise DataError(
            f"rate={as_text(rate)} is not a learning rate; give a positive number, such as 0.05."
        )


def digits_for(graph: Graph, point: Mapping[str, float]) -> int:
    """Enough digits that e^-|u| beside 1 is not lost, for the largest u that it is taken of.

    Of one so large that MOST_DIGITS would not do, it is lost in any case.
    """
    most = int(min(MOST_DIGITS, current().most("digits")))
    digits = (int(min(d, most + 1)) for d in _digits_wanted(graph, point))
    return WORKING_DIGITS + max((d for d in digits if d <= most), default=0)


def _digits_wanted(graph: Graph, point: Mapping[str, float]) -> list[Any]:
    """For each exponential in a formula, the digits in which it is not lost beside 1."""
    with mp.workdps(WORKING_DIGITS):
        values = values_at(graph, exactly(point))
        solved = {v: e.zero for v, e in graph.equations.items()}
        told = {**graph.definitions, **solved}
        bodies = (graph.unfold(body) for v, body in told.items() if v in values)
        arguments = {u for body in bodies for n in walk(body) for u in _grown_of(n)}
        sizes = [rate * abs(evaluate(u, values)) for u, rate in arguments]
        return [d for d in sizes if mp.isfinite(d)]


def _grown_of(node: Any) -> tuple[tuple[Any, float], ...]:
    """The arguments whose exponentials a function is made of, and exponents that are no numbers;
    and the digits for each unit of them: e^-u has u·log₁₀e, 1 - tanh u twice as many."""
    if node.is_Pow:
        rate = LOG10_E if node.base is sp.E else 1.0
        return () if node.exp.is_Number else ((node.exp, rate),)
    row = BY_HEAD.get(node.func)
    if node.func in (*SATURATING, sp.gamma):
        return tuple((u, 1.0) for u in node.args)
    grows = row is not None and row.huge == GROWS
    return tuple((u, LOG10_E) for u in node.args) if grows else ()


def _with_limits(
    derivation: Derivation, leaves: Mapping[Any, Any], values: Mapping[Any, Any]
) -> dict[Any, Any]:
    """Where a formula has no value and a limit, as sin(z)/z at 0, the value is the limit; of a
    derivative that of its own letters, the others held: p^y has at p = y = 0 the slope 0 in p.

    Raises DataError at the first that has neither.
    """
    near: dict[Any, dict[Any, Any]] = {}

    def at(what: Any, point: Mapping[Any, Any]) -> Any:
        # Every limit is looked for at the same points.
        key = tuple(point.items())
        if key not in near:
            near[key] = _values_of_formulas(derivation, point)
        return near[key][what]

    out = dict(values)
    for k, v in values.items():
        if not mp.isfinite(v):
            out[k] = limit_at(partial(at, k), leaves)
            own = _own_letters(k)
            if own and not mp.isfinite(out[k]):
                held = {**leaves, **{a: values[a] for a in own}}
                out[k] = limit_at(partial(at, k), held, own)
            as_float(out[k], k)
    return out


def _own_letters(left: Expr) -> tuple[Any, ...]:
    """What a derivative is taken in, where that are names; of a value nothing."""
    if isinstance(left, D):
        letters = names_of(left)
    elif isinstance(left, P):
        letters = left.args[1:]
    elif isinstance(left, Prime):
        letters = tuple(left.args[0].args[int(i)] for i in left.args[1:])
    else:
        return ()
    return letters if all(a.is_Symbol for a in letters) else ()


def _values_of_formulas(derivation: Derivation, leaves: Mapping[Any, Any]) -> dict[Any, Any]:
    graph = derivation.graph
    values = values_at(graph, leaves)
    for left, formula in _derivatives(derivation):
        values[left] = evaluate(graph.unfold(formula), values)
    return values


def _derivatives(derivation: Derivation) -> Iterator[tuple[Expr, Expr]]:
    """Each derivative at the names of the model, and its formula: σ'(z) of σ'(u), each once, after
    those that it quotes."""
    formulas = dict(_formulas(derivation))
    given: set[Expr] = set()

    def with_quoted(left: Expr) -> Iterator[Expr]:
        given.add(left)
        for part in walk(formulas[left]):
            if part in formulas and part not in given:
                yield from with_quoted(part)
        yield left

    for first in formulas:
        if first not in given:
            for left in with_quoted(first):
                yield left, formulas[left]


def _formulas(derivation: Derivation) -> Iterator[tuple[Expr, Expr]]:
    seen = set()
    for section in derivation.all_sections:
        if section.instances:
            continue  # in indices, which have no numbers
        left, formula = section.left, section.result
        if isinstance(left, Prime):
            here = _here(derivation.graph, left)
            if here is None or here in seen:
                continue
            formula = replace_all(
                formula, dict(zip(left.args[0].args, here.args[0].args, strict=True))
            )
            left = here
        seen.add(left)
        yield left, formula


def _work(
    derivation: Derivation, point: dict[str, float], rate: float, values: Mapping[Any, Any]
) -> Worked:
    graph = derivation.graph
    forward = []
    for v, body in graph.typed.items():
        if v in values:
            value = as_float(values[v], v)
            of = graph.equations.get(v)
            # what solves an equation is found, and no formula says how
            plugged = number(values[v]) if of else plug_in(body, values)
            forward.append(Line(v, v if of else body, plugged, value))
    known = {k: v for k, v in values.items() if k.is_Symbol}
    derivatives = []
    for left, formula in _derivatives(derivation):
        known[left] = values[left]
        line = Line(left, formula, plug_in(formula, known), as_float(values[left], left))
        derivatives.append(line)
    corners = _check_slopes(derivation, values)
    updates, predicted, actual = _update(derivation, values, exact(rate))
    return Worked(
        derivation,
        point,
        tuple(forward),
        tuple(derivatives),
        rate,
        updates,
        predicted,
        actual,
        corners,
        tuple(str(line.left) for line in forward if is_saturated(values[line.left], line.value)),
    )


def is_saturated(exact: Any, shown: float) -> bool:
    """Whether a value is a whole number in doubles and not in truth: tanh(100) is below 1."""
    if not shown.is_integer() or abs(shown) > MOST_SATURATED:
        return False
    gap = abs(mp.mpf(exact) - shown)
    if shown == 0:
        return bool(0 < gap < SMALLEST * 10**20)
    return bool(gap > mp.mpf(10) ** (NOISE - mp.mp.dps))


def check_point(graph: Graph, numbers: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of every leaf, in order, or an error that says which is missing or wrong.

    A parameter of an activation or a loss has its usual number where none is given.
    """
    names = [str(s) for s in graph.leaves]
    for name in numbers:
        if name not in names:
            raise DataError(
                f"{quote(as_text(name))} is not a parameter or input of this model; "
                f"it has {listing(names)}."
                f"{did_you_mean(str(name), names)}"
            )
    usual = usual_numbers(graph, [n for n in names if n not in numbers])
    numbers = {**numbers, **usual}
    missing = [n for n in names if n not in numbers]
    if missing:
        raise DataError(
            f"No number is given for {listing(missing)}; give one, for example "
            f"{missing[0]}={example_of(graph, missing[0])}."
        )
    point = {}
    for name in names:
        value = numbers[name]
        try:
            number = float(value)
        except Exception:  # whatever a number of the user's own class raises
            raise DataError(
                f"{name}={quote(as_text(value))} is not a number; give one, for example "
                f"{name}={example_of(graph, name)}."
            ) from None
        if not mp.isfinite(number):
            raise DataError(
                f"{name}={number} is not finite; give a number, for example "
                f"{name}={example_of(graph, name)}."
            )
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


def as_float(value: Any, what: Any) -> float:
    """The value as a double; DataError where there is none."""
    largest = mp.mpf(10) ** 308
    number = float(value) if mp.isfinite(value) and abs(value) < largest else float("nan")
    if not mp.isfinite(number):
        raise DataError(f"{text(what)} has no finite value at this point; choose another.")
    return number


def plug_in(expr: Expr, values: Mapping[Any, Any]) -> Expr:
    """The expression with a number in the place of every name; functions stay as written."""
    return replace_all(expr, {n: number(values[n]) for n in set(walk(expr)) if n in values})


def number(value: Any) -> Expr:
    """A value as a factor of its own: 1·0 is written out, and -3 has its brackets."""
    return sp.Float(float(value), 17)


def _here(graph: Graph, left: Prime) -> Prime | None:
    """σ'(z) at the z of the graph, if a definition of the graph is σ of names."""
    application, *indices = left.args
    for body in graph.definitions.values():
        if body.func == application.func and len(body.args) == len(application.args):
            return Prime(body, *indices)
    return None


def _leaves(graph: Graph, values: Mapping[Any, Any]) -> dict[Any, Any]:
    return {s: values[s] for s in graph.leaves}


def _check_slopes(derivation: Derivation, values: Mapping[Any, Any]) -> tuple[str, ...]:
    """The first derivatives against difference quotients; with the parameters at a corner."""
    graph = derivation.graph
    leaves = _leaves(graph, values)
    largest = max(abs(v) for k, v in values.items() if k.is_Symbol)
    corners = []
    for t in {p[0] for p in derivation.wrt} if derivation.order == 1 else ():
        slope = values[D(graph.cost, t)]
        if t not in values:
            continue
        sides = partial(_sides, graph, {**leaves, t: values[t]}, values, t)
        try:
            found = at_corner(str(t), slope, largest, sides)
        except RefutedStepError:
            # max(0, z) + min(0, u) with u = z by two names: each takes a value at its own corner.
            bodies = map(graph.unfold, graph.definitions.values())
            found = any(on_a_border(body, values) for body in bodies)
            if not found:
                raise
        if found:
            corners.append(str(t))
    return tuple(sorted(corners))


def at_corner(
    name: str,
    slope: Any,
    largest: Any,
    sides: Callable[[Any], tuple[Any, Any]],
    digits: int = CHECKED_DIGITS,
) -> bool:
    """Whether the cost has a corner here; where it has none, its slope must be a quotient's.

    largest  the largest number that it is made of: what cancels leaves the noise of its last digit
    sides    h → the difference quotients of the cost over h, to the right and to the left

    The one-sided quotients of a smooth cost come together in proportion to the step; at a corner
    they stay apart. Raises RefutedStepError for a slope that is not theirs.
    """
    # (1 - cos h)/h is left with as many digits again.
    step = mp.mpf(10) ** -(mp.mp.dps // 4)
    wide, narrow = (sides(h) for h in (step, step / 1000))
    scale = max(abs(slope), *map(abs, narrow))
    noise = 100 * largest * mp.mpf(10) ** -mp.mp.dps / (step / 1000)
    smooth = max(abs(wide[0] - wide[1]) / 10, scale * step, noise)
    middle = sum(narrow) / 2
    jumps = abs(middle) > 100 * abs(sum(wide) / 2) > 0
    if jumps or abs(narrow[0] - narrow[1]) > smooth:
        return True
    near = max(abs(narrow[0] - narrow[1]), abs(sum(wide) / 2 - middle))
    if abs(middle - slope) > max(scale * mp.mpf(10) ** -digits, noise, near, SMALLEST):
        raise RefutedStepError(
            f"The derivative in {name} comes to {mp.nstr(slope, 15)}, a difference quotient to "
            f"{mp.nstr(middle, 15)}."
        )
    return False


def _sides(
    graph: Graph, leaves: dict[Any, Any], near: Mapping[Any, Any], t: sp.Symbol, h: Any
) -> tuple[Any, Any]:
    """The difference quotients of the cost to the right and to the left of t, at which it is held
    whatever its definition says."""
    ahead, here, behind = (
        values_at(graph, {**leaves, t: leaves[t] + k * h}, near)[graph.cost] for k in (1, 0, -1)
    )
    return (ahead - here) / h, (here - behind) / h


def _update(
    derivation: Derivation, values: Mapping[Any, Any], rate: Any
) -> tuple[tuple[Update, ...], float, float]:
    graph = derivation.graph
    if derivation.order != 1:
        return (), 0.0, 0.0
    leaves = _leaves(graph, values)
    moved, predicted, updates = dict(leaves), mp.mpf(0), []
    moving = [t for (t,) in derivation.wrt if t in graph.parameters]
    if not moving:
        return (), 0.0, 0.0
    for t in moving:
        slope = values[D(graph.cost, t)]
        moved[t] = leaves[t] - rate * slope
        predicted -= rate * slope**2
        updates.append(Update(t, float(leaves[t]), float(slope), float(moved[t])))
    try:
        actual = values_at(graph, moved, values)[graph.cost] - values[graph.cost]
    except DataError:  # nothing solves an equation so far away
        actual = mp.nan
    return tuple(updates), float(predicted), float(actual)


# -- what each name and each link carries: ∂C/∂a = Σ ∂C/∂u·∂u/∂a over the names u that a moves ----


@dataclass(frozen=True, slots=True)
class Backward(Kept):
    """The derivatives at a point.

    names    name v → ∂C/∂v
    links    (a, u) → ∂u/∂a, for every link between a parameter and the cost
    """

    names: Mapping[str, float]
    links: Mapping[tuple[str, str], float]


def backward(worked: Worked) -> Backward:
    """The derivatives along the graph at the point of `worked`.

    Raises DataError where one of them has no finite value.
    """
    graph = worked.derivation.graph
    with mp.workdps(digits_for(graph, worked.point)):
        values = values_at(graph, {symbol(n): exact(x) for n, x in worked.point.items()})
        slopes = local_slopes(graph)
        total = {graph.cost: mp.mpf(1)}
        links = {}
        for u in reversed(slopes):
            for a, slope in slopes[u].items():
                number = evaluate(graph.unfold(slope), values)
                links[str(a), str(u)] = as_float(number, a)
                total[a] = total.get(a, mp.mpf(0)) + total.get(u, mp.mpf(0)) * number
        return Backward({str(v): as_float(x, v) for v, x in total.items()}, links)
