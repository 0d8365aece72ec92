"""Where the second derivative of an objective falls below what its library asks of a leaf.

    library     asks for                                              else
    XGBoost     a sum of h of min_child_weight = 1                    the leaf is not made
    LightGBM    a sum of h of min_sum_hessian_in_leaf = 10⁻³          the leaf is not made
    CatBoost    nothing, and it learns by -Σg/l2_leaf_reg too

A loss that is linear far from its label (absolute error, pinball, Huber, log cosh) has no curvature
there, and a descent begins far from the label: it stands still, or leaps, and nothing else says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mpmath as mp

from symgd.targets.sources.forms import MARGIN
from symgd.targets.sources.guards import Kept
from symgd.targets.sources.links import is_margin, output_of
from symgd.targets.sources.margin import Margin
from symgd.targets.sources.positivity import DIGITS, meaning, samples, short
from symgd.trees.domain import REAL
from symgd.verify.evaluate import evaluate, fraction

# The samples that a leaf is taken to have: LightGBM's own min_data_in_leaf.
LEAF = 20
# The margin at which a descent begins, and how far the margins of its labels are: where there is a
# link, its predictions.
START, FAR, LINKED = "0.007", (10, -10), (3, -3)


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a library asks of the sum of h in a leaf, and what becomes of one that has less."""

    least: float
    otherwise: str


# library       least   otherwise
THRESHOLDS = {
    "xgboost":  Threshold(1.0,  "a leaf of XGBoost has a sum of h of 1 at least "
                                "(min_child_weight)"),
    "lightgbm": Threshold(1e-3, "a leaf of LightGBM has a sum of h of 0.001 at least "
                                "(min_sum_hessian_in_leaf)"),
}  # fmt: skip


def shortfall(made: Margin, target: str, guarded: Kept) -> str:
    """A sentence about a place where a descent begins and h is too small; empty for none."""
    if target not in THRESHOLDS:
        return ""
    asked = THRESHOLDS[target]
    with mp.workdps(DIGITS):
        for z, y, g, h in begun(made):
            kept = guarded(g, h, z - y)
            if abs(g) > mp.mpf("1e-3") and kept < asked.least / LEAF:
                return (
                    f"At z = {short(z)} and {made.label} = {short(y)} the slope is {short(g)} and "
                    f"h is {short(kept)}; {asked.otherwise}, so that a descent may stand still or "
                    'leap: guard "secant" (where the margin is the prediction), "unit" or a floor '
                    "has more."
                )
    return ""


def begun(made: Margin) -> Iterator[tuple[Any, Any, Any, Any]]:
    """(z, label, g, h) where a descent begins."""
    letters, _ = samples(made)
    z = mp.mpf(START)
    ends = (made.slope, made.curvature)
    lines = [(a.name, meaning(a.expr)) for a in made.program.needed(ends)]
    forms = [meaning(e) for e in ends]
    for y in labels(made, letters):
        values: dict[Any, Any] = {**letters, made.label: y, MARGIN: z}
        for name, e in lines:
            values[name] = evaluate(e, values)
        g, h = (evaluate(e, values) for e in forms)
        if mp.isfinite(g) and mp.isfinite(h):
            yield z, y, g, h


def labels(made: Margin, letters: dict[Any, Any]) -> list[Any]:
    """All of a finite set; else those that margins far from the start predict."""
    graph = made.cut
    domain = graph.domains.get(made.label, REAL)
    if domain.kind == "finite":
        return [fraction(m) for m in domain.members]
    if domain.kind == "counts":
        return [mp.mpf(0), mp.mpf(1), mp.mpf(10)]
    found = []
    output = output_of(graph, made.label)
    for aim in FAR if output is None or is_margin(graph, output) else LINKED:
        values: dict[Any, Any] = {**letters, MARGIN: mp.mpf(aim)}
        y = values[MARGIN]
        for v, e in graph.definitions.items():
            if v != graph.cost and not e.has(made.label):
                y = values[v] = evaluate(graph.unfold(e), values)
        if mp.isfinite(y) and domain.contains(float(y)):
            found.append(y)
    return found or samples(made)[1]
