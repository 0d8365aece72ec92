"""Conventions at corners: a line of its own for each, and a case where the form says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.derive.detail import Line
from symgd.errors import ModelError
from symgd.language.printer import plain
from symgd.trees.domain import Domain
from symgd.trees.graph import Graph, Kink
from symgd.trees.scalars import Expr, piecewise
from symgd.verify.evaluate import evaluate
from symgd.verify.witness import points_at

STEP, TOLERANCE = mp.mpf(10) ** -11, mp.mpf(10) ** -8


def conventions(
    graph: Graph,
    whole: Expr,
    t: sp.Symbol,
    kinks: tuple[Kink, ...],
    domains: Mapping[sp.Symbol, Domain],
) -> Iterator[Line]:
    """ "At t = place we take value", put into the form where it does not give that already."""
    for kink in kinks:
        _check_corner(graph.unfold(whole), t, kink, domains)
        if not gives(graph.unfold(whole), t, kink, domains):
            corner = (kink.value, sp.Eq(t, kink.place, evaluate=False))
            branches = whole.args if isinstance(whole, sp.Piecewise) else ((whole, sp.true),)
            whole = piecewise(corner, *((b[0], b[1]) for b in branches))
        yield Line(
            "limit" if kink.removable else "convention", whole, note=(t, kink.place, kink.value)
        )


def _check_corner(
    whole: Any, t: sp.Symbol, kink: Kink, domains: Mapping[sp.Symbol, Domain]
) -> None:
    """Refuse a convention where the derivative exists and is something else."""
    for point in points_at(t, kink.place, domains, whole, kink.value):
        value = evaluate(kink.value, point)
        sides = [evaluate(whole, {**point, t: point[t] + h}) for h in (STEP, -STEP)]
        exists = all(map(mp.isfinite, sides)) and abs(sides[0] - sides[1]) < TOLERANCE
        if exists and abs(sides[0] - value) > TOLERANCE:
            raise ModelError(
                f"A convention of {plain(kink.value)} was set at {t} = {plain(kink.place)}, "
                f"where the derivative exists and is {mp.nstr(sides[0], 6)}; a convention "
                "belongs to a corner."
            )


def gives(whole: Any, t: sp.Symbol, kink: Kink, domains: Mapping[sp.Symbol, Domain]) -> bool:
    """Whether the form has the value of the convention at the kink, at random parameters."""
    for point in points_at(t, kink.place, domains, whole, kink.value):
        difference = evaluate(whole, point) - evaluate(kink.value, point)
        if not mp.almosteq(difference, 0, abs_eps=TOLERANCE):
            return False
    return True
