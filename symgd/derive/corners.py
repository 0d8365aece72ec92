"""Conventions at corners: a line of its own for each, and a case where the form says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.derive.detail import Line
from symgd.domain import REAL, Domain
from symgd.evaluate import evaluate, fraction
from symgd.graph import Graph, Kink
from symgd.notation.nodes import Expr, piecewise

SAMPLES = 3


def conventions(
    graph: Graph,
    whole: Expr,
    t: sp.Symbol,
    kinks: tuple[Kink, ...],
    domains: Mapping[sp.Symbol, Domain],
) -> Iterator[Line]:
    """ "At t = place we take value", put into the form where it does not give that already."""
    for kink in kinks:
        if not gives(graph.unfold(whole), t, kink, domains):
            corner = (kink.value, sp.Eq(t, kink.place, evaluate=False))
            branches = whole.args if isinstance(whole, sp.Piecewise) else ((whole, sp.true),)
            whole = piecewise(corner, *((b[0], b[1]) for b in branches))
        yield Line("convention", whole, note=(t, kink.place, kink.value))


def gives(whole: Any, t: sp.Symbol, kink: Kink, domains: Mapping[sp.Symbol, Domain]) -> bool:
    """Whether the form has the value of the convention at the kink, at random parameters."""
    rng = Random(3)
    letters = whole.free_symbols | kink.place.free_symbols | kink.value.free_symbols
    for _ in range(SAMPLES):
        point = {
            s: fraction(domains.get(s, REAL).sample(rng)) for s in sorted(letters - {t}, key=str)
        }
        point[t] = evaluate(kink.place, point)
        difference = evaluate(whole, point) - evaluate(kink.value, point)
        if not mp.almosteq(difference, 0, abs_eps=mp.mpf(10) ** -12):
            return False
    return True
