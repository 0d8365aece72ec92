"""An activation with its derivative, as its derivation found it, and its kinks."""

from __future__ import annotations

from typing import Any

import mpmath as mp

from symgd.errors import DataError, InputError, listing
from symgd.evaluate import evaluate
from symgd.notation.nodes import Expr, Prime, function_name, is_application
from symgd.render.figures.style import BLUE, FAINT, RED, drawn, short
from symgd.steps import Derivation

POINTS = 601
DIGITS = 30


def activation_figure(
    derivation: Derivation, format: str = "svg", reach: float = 5.0
) -> str | bytes:
    """f(z) and f'(z) on [-reach, reach]: the first function of a derivation that it differentiates.

    Raises InputError where there is none, DataError where it has parameters without a number.
    """
    graph = derivation.graph
    heads = {function_name(b) for b in graph.definitions.values() if is_application(b)}
    found = [
        s for s in derivation.lemmas
        if isinstance(s.left, Prime) and len(s.left.args) == 2
        and function_name(s.left.args[0]) in heads
    ]  # fmt: skip
    if not found:
        raise InputError("This derivation differentiates no activation, so there is none to draw.")
    call, slope = found[0].left.args[0], found[0].result
    z, *letters = call.args
    if letters:
        names = listing(map(str, letters))
        raise DataError(
            f"{names} needs a number before {function_name(call)} can be drawn; "
            f"write {function_name(call)}({letters[0]}=1)."
        )
    g = graph.functions.get(function_name(call))
    written = g.written[1] if g is not None else function_name(call)
    kinks = [float(k.place) for k in g.kinks if not k.removable] if g is not None else []
    kinks = [k for k in kinks if abs(k) < reach]
    xs = sorted({*(reach * (2 * i / (POINTS - 1) - 1) for i in range(POINTS)), *kinks})
    curve, prime = (sampled(graph.unfold(e), z, xs) for e in (call, slope))

    def draw(figure: Any) -> None:
        axes = figure.subplots()
        axes.axhline(0, color=FAINT, linewidth=0.6)
        axes.axvline(0, color=FAINT, linewidth=0.6)
        axes.plot(xs, curve, color=BLUE, label=f"{written}(z)")
        axes.plot(*broken(xs, prime, kinks), color=RED, linestyle=(0, (4, 2)),
                  label=f"{written}′(z)")  # fmt: skip
        for k in kinks:
            i = xs.index(k)
            axes.axvline(k, color=FAINT, linewidth=0.8, linestyle=":")
            axes.plot([k], [curve[i]], "o", color=BLUE, markersize=5)
            axes.plot([k], [prime[i]], "o", color=RED, markersize=5, zorder=5,
                      label=f"at z = {short(k)}: {written}′ = {short(prime[i])}")  # fmt: skip
        axes.set_xlabel("z")
        axes.set_xlim(-reach, reach)
        axes.legend(loc="best")

    return drawn((6, 4), draw, format, f"{written} and its derivative")


def sampled(expr: Expr, z: Any, xs: list[float]) -> list[float]:
    """The values of an expression in z, nan where there is none."""
    with mp.workdps(DIGITS):
        return [float(evaluate(expr, {z: mp.mpf(x)})) for x in xs]


def broken(xs: list[float], ys: list[float], kinks: list[float]) -> tuple[list[float], list[float]]:
    """The curve with a gap at each kink, so that no upright line joins the two sides."""
    return xs, [float("nan") if x in kinks else y for x, y in zip(xs, ys, strict=True)]
