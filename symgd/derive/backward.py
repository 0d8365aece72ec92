"""The backward pass of a model at a point, in numbers: what each name and each link carries.

    ∂C/∂C = 1        ∂C/∂a = Σ ∂C/∂u·∂u/∂a  over the names u that a moves

The partials ∂u/∂a are those of the derivation's lemmas, evaluated in mpmath.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import mpmath as mp

from symgd.derive import local_slopes
from symgd.derive.worked import Worked, as_float, digits_for, exact, values_at
from symgd.trees.names import symbol
from symgd.verify.evaluate import evaluate


@dataclass(frozen=True, slots=True)
class Backward:
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


__all__ = ["Backward", "backward"]
