"""Where the second derivative of an objective is not positive: sampled, its borders bisected.

It is computed from the program that is exported, its primitives by their formulas, in 250 digits,
on a grid of margins from -30 to 30. A curvature that underflows in double precision is positive
here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from random import Random
from typing import Any

import mpmath as mp

from symgd.errors import listing
from symgd.functions.primitives import BY_NAME
from symgd.targets.sources.forms import MARGIN
from symgd.targets.sources.margin import GRID, Margin
from symgd.trees.domain import REAL
from symgd.trees.scalars import function_name, is_application, rebuild
from symgd.verify.evaluate import evaluate, fraction

DIGITS, HALVINGS, SHOWN = 250, 40, 4
WORDS = {-1: "negative", 0: "zero"}

Sign = Callable[[Any], int]


def warning(made: Margin) -> str:
    """A sentence about the margins where the curvature is negative or zero; empty for none."""
    with mp.workdps(DIGITS):
        letters, labels = samples(made)
        told: dict[int, list[str]] = {-1: [], 0: []}
        for y in labels:
            places: dict[int, list[str]] = {-1: [], 0: [], 1: []}
            for found, where in runs(curvature_sign(made, {**letters, made.label: y})):
                places[found].append(where)
            for k in told:
                if places[k]:
                    told[k].append(f"{made.label} = {short(y)} where {' or '.join(places[k])}")
        if not any(told.values()):
            return ""
        given = ", ".join(f"{s} = {short(v)}" for s, v in letters.items())
    parts = [f"{WORDS[k]} for {listing(v)}" for k, v in told.items() if v]
    return (
        f"The second derivative is {', and '.join(parts)}"
        f"{f' (at {given})' if given else ''}; a Newton step -g/h needs it positive."
    )


def samples(made: Margin) -> tuple[dict[Any, Any], list[Any]]:
    """A number for every letter, and the labels: all of a finite set, else one of its domain."""
    rng, domains = Random(5), made.program.graph.domains
    letters = {s: fraction(domains.get(s, REAL).sample(rng)) for s in made.letters}
    domain = domains.get(made.label, REAL)
    if domain.kind == "finite":
        return letters, [fraction(m) for m in domain.members]
    return letters, [fraction(domain.sample(rng))]


def curvature_sign(made: Margin, point: dict[Any, Any]) -> Sign:
    """z → the sign of h there; 1 where even these digits give it no value."""
    lines = [(a.name, meaning(a.expr)) for a in made.program.needed([made.curvature])]
    end = meaning(made.curvature)

    def sign(z: Any) -> int:
        values = {**point, MARGIN: z}
        for name, e in lines:
            values[name] = evaluate(e, values)
        h = evaluate(end, values)
        return 1 if mp.isnan(h) else int(mp.sign(h))

    return sign


def meaning(e: Any) -> Any:
    """The expression with every primitive by its formula."""
    if is_application(e) and function_name(e) in BY_NAME:
        return BY_NAME[function_name(e)].formula(meaning(e.args[0]))
    return rebuild(e, tuple(map(meaning, e.args))) if e.args else e


def runs(sign: Sign) -> Iterator[tuple[int, str]]:
    """(the sign, the margins that have it), from left to right."""
    grid = [fraction(z) for z in sorted(GRID)]
    parts = [(s, [z for z, _ in zs]) for s, zs in
             groupby(((z, sign(z)) for z in grid), key=lambda pair: pair[1])]  # fmt: skip
    low = None
    for i, (s, zs) in enumerate(parts):
        high = border(sign, zs[-1], parts[i + 1][1][0]) if i + 1 < len(parts) else None
        yield s, interval(low, high)
        low = high


def border(sign: Sign, low: Any, high: Any) -> Any:
    """A margin between the two, where the sign changes."""
    first = sign(low)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if sign(middle) == first else (low, middle)
    return high


def interval(low: Any, high: Any) -> str:
    if low is None and high is None:
        return "z is anything"
    if low is None:
        return f"z < {short(high)}"
    return f"z > {short(low)}" if high is None else f"{short(low)} < z < {short(high)}"


def short(x: Any) -> str:
    return mp.nstr(x, SHOWN, strip_zeros=True).removesuffix(".0")
