"""Networks over a batch: what a batch gives is the mean of what its samples give one by one.

    C(X, Y, θ) = (1/m) Σᵢ C(xᵢ, yᵢ, θ), and so its gradient and its Hessian's product

for layers of random sizes, activations of the catalogue, losses and penalties. A normalised batch
is no such mean; there, and everywhere, the gradient is held against differences of the cost.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from fuzz.oracle import FindError, do_parts
from symgd import Network
from symgd.functions.activations import ACTIVATIONS

LOSSES = ("quadratic", "softmax_cross_entropy", "bce_logits", "mse", "huber(delta=1)", "log_cosh")
LONGEST = 20.0  # seconds of processor time for each thing that is done with a network
NAMES = tuple(row.name for row in ACTIVATIONS)
# Of doubles that a long way has rounded: a batch adds up in another order than one sample.
ROUNDING, DIFFERENCE = 1e-9, 1e-4


@dataclass(frozen=True)
class Layers:
    """A network as it is typed, its batch, and the seed of its numbers."""

    sizes: list[int]
    activations: list[str]
    loss: str
    options: dict[str, Any]
    samples: int
    seed: int

    @property
    def texts(self) -> dict[str, Any]:
        return {"sizes": self.sizes, "activation": self.activations, "loss": self.loss,
                **self.options, "samples": self.samples}  # fmt: skip

    def network(self, batch: bool) -> Network:
        return Network(self.sizes, self.activations, self.loss, batch=batch, **self.options)

    def numbers(self) -> tuple[Any, Any, dict[str, Any], dict[str, Any]]:
        """Inputs, labels, parameters, and a direction for them."""
        rng = np.random.default_rng(self.seed)
        inputs = rng.standard_normal((self.samples, self.sizes[0]))
        labels = rng.random((self.samples, self.sizes[-1]))
        if self.loss == "softmax_cross_entropy":
            labels = np.eye(self.sizes[-1])[rng.integers(self.sizes[-1], size=self.samples)]
        net = self.network(True)
        theta = {p: rng.standard_normal(np.shape(v)) for p, v in net.initial(self.seed).items()}
        return inputs, labels, theta, {p: rng.standard_normal(v.shape) for p, v in theta.items()}


def draw_networks(random: Random) -> Layers:
    depth = random.choice((1, 2, 2, 3))
    sizes = [random.randint(1, 4) for _ in range(depth + 1)]
    loss = random.choice(LOSSES)
    if loss == "softmax_cross_entropy":
        sizes[-1] = max(sizes[-1], 2)
    options: dict[str, Any] = {}
    for penalty in ("l1", "l2"):
        if random.random() < 0.25:
            options[penalty] = random.choice((0.1, 0.01, "lam"))
    if random.random() < 0.15 and depth > 1:
        options["normalise"] = random.choice(("batch", "layer"))
    names = [random.choice(NAMES) for _ in range(depth)]
    return Layers(sizes, names, loss, options, random.choice((1, 2, 3, 7)), random.randrange(10**6))


def parts(drawn: Layers) -> Iterator[tuple[str, Any]]:
    """Each thing that is done with a network: its name, and the doing."""
    made: dict[str, Any] = {}
    yield "network", lambda: made.update(net=drawn.network(True))
    if "net" not in made:
        return  # refused, in a sentence
    yield "compile", lambda: made.update(gradient=made["net"].compile())
    yield "batch", lambda: check_batch(drawn, made["gradient"])
    yield "derive", lambda: made.update(derivation=made["net"].derive())
    for format in ("text", "latex", "html"):
        yield format, lambda f=format: made["derivation"].render(f)
    yield "backprop", lambda: made["derivation"].to_text(style="backprop")
    for target in ("numpy", "jax", "torch"):
        yield f"export {target}", lambda t=target: made["gradient"].export(t)


def check_batch(drawn: Layers, gradient: Any) -> None:
    """The batch beside its samples one by one, and beside differences."""
    inputs, labels, theta, direction = drawn.numbers()
    extra = {"lam": 0.3} if "lam" in drawn.options.values() else {}
    given = {"X": inputs, "Y": labels, **extra}
    cost, slopes = gradient(**given, **theta)
    if not math.isfinite(cost):
        return
    product = gradient.product(direction, **given, **theta)
    if drawn.options.get("normalise") != "batch":
        check_mean(drawn, (cost, slopes, product), (inputs, labels, theta, direction, extra))
    check_difference(gradient, given, theta, direction, slopes)


def check_mean(drawn: Layers, found: tuple[Any, ...], numbers: tuple[Any, ...]) -> None:
    inputs, labels, theta, direction, extra = numbers
    alone = drawn.network(False).compile()
    each = []
    for x, y in zip(inputs, labels, strict=True):
        one = {"x": x, "y": y, **extra, **theta}
        each.append((*alone(**one), alone.product(direction, **one)))
    n = len(each)
    close("the cost", found[0], sum(e[0] for e in each) / n, max(abs(e[0]) for e in each))
    for of, k in (("slope", 1), ("product", 2)):
        for p in theta:
            terms = [np.asarray(e[k][p]) for e in each]
            close(f"the {of} in {p}", found[k][p], sum(terms) / n, np.abs(terms).max(initial=0))


def check_difference(gradient: Any, given: Any, theta: Any, direction: Any, slopes: Any) -> None:
    """The slope along the direction beside two central differences, where these agree."""

    def along(h: float) -> float:
        moved = ({p: v + k * h * direction[p] for p, v in theta.items()} for k in (1, -1))
        up, down = (gradient(**given, **m)[0] for m in moved)
        return float(up - down) / (2 * h)

    near, nearer = along(1e-4), along(1e-5)
    size = sum(float(np.abs(slopes[p] * direction[p]).sum()) for p in theta)
    if abs(near - nearer) > DIFFERENCE * 0.1 * (size + 1e-6):
        return  # a corner lies between
    found = sum(float((slopes[p] * direction[p]).sum()) for p in theta)
    if not abs(found - nearer) <= DIFFERENCE * (size + 1e-6):
        raise FindError(f"the slope along a direction is {found}, and {nearer} by differences")


def close(what: str, found: Any, wanted: Any, size: float) -> None:
    off = np.abs(np.asarray(found) - np.asarray(wanted)).max(initial=0)
    if not off <= ROUNDING * (float(size) + 1e-6):
        raise FindError(f"{what} of the batch is {found}, and {wanted} the mean of its samples")


def check_networks(drawn: Layers, numba: bool = False, longest: float = LONGEST) -> None:
    """Raise FindError with the place, if something that must hold does not."""
    do_parts(parts(drawn), longest)
