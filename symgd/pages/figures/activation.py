"""An activation with its derivative, as its derivation found it, and its kinks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mpmath as mp

from symgd.derive.worked import number
from symgd.errors import DataError, InputError, listing
from symgd.pages.figures import tikz
from symgd.pages.figures.style import BLUE, FAINT, RED, Say, picture, short
from symgd.pages.messages.english import ENGLISH, Language
from symgd.trees.graph import example_of
from symgd.trees.scalars import Expr, Prime, function_name, is_application, replace_all
from symgd.trees.steps import Derivation, Section
from symgd.verify.evaluate import evaluate

POINTS = 601
DIGITS = 30
REACH = 5.0


def activation_of(derivation: Derivation) -> Section | None:
    """The lemma of the first function that the model applies and the derivation differentiates."""
    bodies = derivation.graph.definitions.values()
    heads = {b.func for b in bodies if is_application(b) or b.is_Function}
    found = (
        s for s in derivation.lemmas
        if isinstance(s.left, Prime) and len(s.left.args) == 2
        and s.left.args[0].func in heads
    )  # fmt: skip
    return next(found, None)


def activation_figure(
    derivation: Derivation,
    format: str = "svg",
    words: Language = ENGLISH,
    point: Mapping[str, float] | None = None,
) -> str | bytes:
    """f(z) and f'(z) of the activation that the derivation differentiates, on [-5, 5] or further.

    `point` has the numbers of its parameters, where they have been left open. Raises InputError
    where there is no activation, DataError where a parameter has no number.
    """
    lemma = activation_of(derivation)
    if lemma is None:
        raise InputError("This derivation differentiates no activation, so there is none to draw.")
    graph, call = derivation.graph, lemma.left.args[0]
    z = call.args[0]
    numbers = numbers_of(derivation, call, point or {})
    written = name_of(derivation, call)
    g = graph.functions.get(function_name(call))
    places = [] if g is None else [k.place for k in g.kinks if not k.removable]
    kinks = [float(replace_all(k, numbers)) for k in places]
    reach = max([REACH, *(1.2 * abs(k) for k in kinks)])
    xs = sorted({*(reach * (2 * i / (POINTS - 1) - 1) for i in range(POINTS)), *kinks})
    curve, prime = (
        values_on(graph.unfold(replace_all(e, numbers)), z, xs) for e in (call, lemma.result)
    )

    if format == "tikz":
        return as_tikz((written, latex_of(derivation, call)), reach, xs, curve, prime, kinks, words)

    def draw(figure: Any, say: Say) -> str:
        axes = figure.subplots()
        axes.axhline(0, color=FAINT, linewidth=0.6)
        axes.axvline(0, color=FAINT, linewidth=0.6)
        axes.plot(xs, curve, color=BLUE, label=f"{written}(z)")
        axes.plot(*with_gaps(xs, prime, kinks), color=RED, linestyle=(0, (4, 2)),
                  label=f"{written}′(z)")  # fmt: skip
        for k in kinks:
            i = xs.index(k)
            axes.axvline(k, color=FAINT, linewidth=0.8, linestyle=":")
            axes.plot([k], [curve[i]], "o", color=BLUE, markersize=5)
            axes.plot([k], [prime[i]], "o", color=RED, markersize=5, zorder=5,
                      label=say("kink", place=f"z = {short(k)}",
                                value=f"{written}′ = {short(prime[i])}"))  # fmt: skip
        axes.set_xlabel("z")
        axes.set_xlim(-reach, reach)
        axes.legend(loc="best")
        return say("activation", name=written)

    return picture((5, 3.6), draw, format, words)


def name_of(derivation: Derivation, call: Expr) -> str:
    """σ, tanh, ReLU: the function as it is written."""
    g = derivation.graph.functions.get(function_name(call))
    return g.written[1] if g is not None else function_name(call)


def latex_of(derivation: Derivation, call: Expr) -> str:
    """The same in LaTeX."""
    g = derivation.graph.functions.get(function_name(call))
    return g.written[0] if g is not None else rf"\mathrm{{{function_name(call)}}}"


def numbers_of(derivation: Derivation, call: Expr, point: Mapping[str, float]) -> dict[Expr, Expr]:
    """Parameter of the function → its number, where the model has left it a letter.

    Raises DataError for one that `point` has no number of.
    """
    bodies = derivation.graph.definitions.values()
    body = next(b for b in bodies if b.func == call.func)
    letters = {
        v: a for v, a in zip(call.args[1:], body.args[1:], strict=True) if v.is_Symbol
    }  # fmt: skip
    missing = [str(v) for v, a in letters.items() if a.is_Symbol and str(a) not in point]
    if missing:
        name = function_name(call)
        number_ = example_of(derivation.graph, missing[0])
        raise DataError(
            f"{listing(missing)} needs a number before {name} can be drawn; "
            f"write {name}({missing[0]}={number_})."
        )
    return {v: number(point[str(a)]) if a.is_Symbol else a for v, a in letters.items()}


def values_on(expr: Expr, z: Any, xs: list[float]) -> list[float]:
    """The values of an expression in z, nan where there is none."""
    with mp.workdps(DIGITS):
        return [float(evaluate(expr, {z: mp.mpf(x)})) for x in xs]


def with_gaps(
    xs: list[float], ys: list[float], kinks: list[float]
) -> tuple[list[float], list[float]]:
    """The curve with a gap at each kink, so that no upright line joins the two sides."""
    return xs, [float("nan") if x in kinks else y for x, y in zip(xs, ys, strict=True)]


def as_tikz(
    named: tuple[str, str],
    reach: float,
    xs: list[float],
    curve: list[float],
    prime: list[float],
    kinks: list[float],
    words: Language,
) -> str:
    """The same by pgfplots; `named` is the function in Unicode and in LaTeX."""
    say, (written, name) = words.pictures, named
    corners = [xs.index(k) for k in kinks]
    near = [i + d for i in corners for d in (-1, 0, 1) if 0 <= i + d < len(xs)]
    sloped = with_gaps(xs, prime, kinks)
    body = [
        *tikz.plot("symgdblue, thick", tikz.thinned(list(zip(xs, curve, strict=True)), near),
                   f"${name}(z)$"),
        *tikz.plot("symgdred, thick, dashed",
                   tikz.thinned(list(zip(*sloped, strict=True)), near), f"${name}'(z)$"),
    ]  # fmt: skip
    for i in corners:
        told = say["kink"].format(
            place=f"$z = {tikz.number(xs[i])}$", value=f"${name}' = {tikz.number(prime[i])}$"
        )
        body += tikz.plot("symgdblue, only marks, mark=*", [(xs[i], curve[i])])
        body += tikz.plot("symgdred, only marks, mark=*", [(xs[i], prime[i])], told)
    options = {**tikz.AXIS, "axis lines": "middle", "xlabel": "$z$", "xmin": tikz.number(-reach),
               "xmax": tikz.number(reach), "legend pos": "north west"}  # fmt: skip
    title = say["activation"].format(name=written)
    return tikz.plots(title, [tikz.axis(options, body)], words)
