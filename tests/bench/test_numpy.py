"""How fast the numpy backend is against numpy written by hand, on one core.

The two sides take turns, in the time that the processor gives to this thread; the better time of
each is compared. All ratios are printed; a bound holds for their geometric mean and for the worst.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from time import thread_time
from typing import Any

import by_hand
import numpy as np
import pytest

from symgd import Neuron

ACTIVATIONS = ["sigmoid", "tanh", "softplus(beta=1)", "silu", "gelu", "mish"]
LOSSES = ["quadratic", "bce", "huber(delta=1)", "log_cosh"]

#  samples   turns   mean and worst ratio, hand-written/symgd
SIZES = [
    (10**4, 30, 1.1, 0.6),
    (10**6, 8, 1.5, 1.1),
    (10**7, 3, 1.5, 1.2),
]


def seconds(job: Callable[[], Any], times: int) -> float:
    start = thread_time()
    for _ in range(times):
        job()
    return (thread_time() - start) / times


@pytest.mark.parametrize(("n", "turns", "mean", "worst"), SIZES)
def test_against_numpy_by_hand(n: int, turns: int, mean: float, worst: float) -> None:
    rng = np.random.default_rng(1)
    x, labels = rng.normal(size=n), rng.integers(0, 2, n).astype(float)
    targets = rng.uniform(size=n)
    times = max(1, 10**5 // n)
    ratios = {}
    for activation in ACTIVATIONS:
        for loss in LOSSES:
            # Only of the sigmoid is the value a probability; elsewhere it is the logit.
            named = "bce_logits" if loss == "bce" and activation != "sigmoid" else loss
            y = labels if "bce" in named else targets
            g = Neuron(activation, named).compile()
            hers = by_hand.gradient(activation.split("(")[0], named.split("(")[0])
            cost, slopes = g(w=0.5, b=0.1, x=x, y=y)
            np.testing.assert_allclose((cost, *slopes.values()), hers(0.5, 0.1, x, y), rtol=1e-8)
            theirs = partial(hers, 0.5, 0.1, x, y)
            ours = partial(g, w=0.5, b=0.1, x=x, y=y)
            pairs = [(seconds(theirs, times), seconds(ours, times)) for _ in range(turns)]
            one, other = (min(side) for side in zip(*pairs, strict=True))
            ratios[activation, named] = one / other
            print(f"{n:>9} {activation:17} {named:15} {one / other:.2f}")
    found = math.exp(sum(map(math.log, ratios.values())) / len(ratios))
    print(f"{n:>9} geometric mean {found:.2f}, worst {min(ratios.values()):.2f}")
    assert found >= mean
    assert min(ratios.values()) >= worst
