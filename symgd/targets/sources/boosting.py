"""Program → objectives of XGBoost, LightGBM and CatBoost: g = ∂C/∂z and h = ∂²C/∂z² of a margin.

    library     asks for        of              called with
    XGBoost     (g, h)          the loss        (predictions, DMatrix) or (y_true, y_pred, weight)
    LightGBM    (g, h)          the loss        (predictions, Dataset) or (y_true, y_pred, weight)
    CatBoost    (-g, -h)        minus the loss  (approxes, targets, weights)

Weights multiply g and h here: none of the three does it for an objective of the user's. Beside the
objective stand its metric, the margin to begin from, and what a margin predicts.
"""

from __future__ import annotations

import keyword
from collections.abc import Sequence
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.errors import InputError
from symgd.targets.sources import Asked
from symgd.targets.sources.boosting_text import (
    ARGUMENTS,
    BEGUN,
    CALLED,
    CATBOOST,
    HEAD,
    LIBRARIES,
    METRIC,
    PAIR,
    SCALAR,
    SCALING,
)
from symgd.targets.sources.guards import GUARDED, NEAREST, Guard, guard_of
from symgd.targets.sources.links import Link, is_margin, link_of, output_of
from symgd.targets.sources.margin import Margin, margin
from symgd.targets.sources.numpy import (
    DIALECT,
    assignments,
    imports,
    membership,
    primitives,
    restricted,
)
from symgd.targets.sources.positivity import warning
from symgd.targets.sources.spelling import Spelled, about, commented, heads, listed, wrapped
from symgd.targets.sources.thresholds import shortfall
from symgd.trees.domain import REAL
from symgd.trees.graph import Graph, example_of

# What the functions of a file read that take letters by their own names.
READ = frozenset(
    "self scale letters labels weights margins np cost derivatives float abs min max len range "
    "Any near".split()
)


def boosted(target: str, graph: Graph, name: str, asked: Asked) -> tuple[str, str]:
    """(the module with the objective `name(letters)` and its metric, warnings or nothing).

    Raises InputError for a guard that there is not, InputError and ModelError as `margin` does.
    """
    guard, floor = guard_of(asked)
    made = margin(graph, asked.guard)
    if guard is GUARDED["secant"]:
        check_secant(made)
    found, raw = warning(made), guard is GUARDED[None]

    def kept(g: Any, h: Any, e: Any) -> Any:
        value = guard.kept(g, h, e)
        return max(value, mp.mpf(floor)) if guard.floored else value

    # in units of the labels, slopes and curvatures are of one size
    short = "" if guard.scaled else shortfall(made, target, kept)
    notes = [positivity(found, raw), *([f"WARNING: {short}"] if short else [])]
    says = guard.says.format(floor=floor, label=made.label)
    head = header(made, name, target, says, notes)
    text = core(made, head, guard, floor) + calls(made, name, target, guard)
    return text, " ".join(filter(None, (found if raw else "", short)))


def check_secant(made: Margin) -> None:
    """Raise InputError where the margin is not compared with the label itself."""
    output = output_of(made.cut, made.label)
    real = made.cut.domains.get(made.label, REAL).kind == "interval"
    if not real or (output is not None and not is_margin(made.cut, output)):
        raise InputError(
            'guard="secant" takes the cost to be least where the margin is the label, and this one '
            'has a link or classes; use "clip", "abs" or "unit".'
        )


# -- the cost, its derivatives, what is predicted -------------------------------------------------


def core(made: Margin, head: Sequence[str], guard: Guard, floor: float) -> str:
    written, label = made.program, made.label
    printer = Spelled(written, DIALECT)
    spell = printer.names.__getitem__
    letters = [spell(s) for s in made.letters]
    names = ["z_", spell(label), *letters]
    near = [f"near: float = {NEAREST}"] if guard is GUARDED["secant"] else []
    cost = assignments(printer, written.needed([written.value]), " " * 8)
    lines = assignments(printer, written.needed([made.slope, made.curvature]), " " * 8)
    lines += f"\n        g, h = {printer(made.slope)}, {printer(made.curvature)}"
    link = link_of(made)
    predicting = prediction(link)
    checks = "".join(
        f'    inside("{s}", {v}, {membership(d, v)}, "{d}")\n'
        for s, d in restricted(written.graph, (label, *made.letters))
        for v in ["labels" if s == label else spell(s)]
    )
    used = heads(written) | (heads(link.program) if link.program else set())
    return HEAD.format(
        head=commented(head),
        imports=imports(cost + lines + predicting),
        functions=primitives(used),
    ) + SCALAR.format(
        arguments=", ".join(f"{n}: Any" for n in names),
        slopes=", ".join([*(f"{n}: Any" for n in names), *near]),
        prepared=f"z_, {spell(label)} = prepared({', '.join(names)})",
        more="".join(f", {n}: Any" for n in letters),
        cost=cost,
        value=spell(written.value),
        lines=lines,
        guard=guard.statement.format(floor=floor, label=spell(label)),
        predicts=folded(link.says),
        prediction=predicting,
        link_keywords=keywords(link.letters),
        keywords=keywords(made.letters),
        letters=kept_letters(made.letters),
        passed=", **letters" if letters else "",
        checks=checks,
        hint=hint(written.graph, label),
    )  # fmt: skip


def prediction(link: Link) -> str:
    """The body of `predict`."""
    if link.classes is not None:
        low, high = link.classes
        passed = ", **letters" if link.letters else ""
        return (
            kept_letters(link.letters)
            + "    z_ = np.asarray(margins, dtype=np.float64)\n"
            + f"    low = derivatives(z_, np.full(z_.shape, {low!r}){passed})[0]\n"
            + f"    high = derivatives(z_, np.full(z_.shape, {high!r}){passed})[0]\n"
            + "    flat = low == high\n"
            + "    share = np.where(flat, 0.0, low)/np.where(flat, 1.0, low - high)\n"
            + "    return np.where(flat, np.where(z_ > 0.0, 1.0, 0.0), share)\n"
        )
    if link.program is None:
        return "    return np.array(margins, dtype=np.float64)\n"
    printer = Spelled(link.program, DIALECT)
    needed = link.program.needed([link.program.value])
    value = printer.names[link.program.value]
    own = "".join(f"    {s}_ = {keyword_of(s)}\n" for s in link.letters)
    return (
        own
        + "    z_ = np.asarray(margins, dtype=np.float64)\n"
        + '    with np.errstate(all="ignore"):\n'
        + assignments(printer, needed, " " * 8)
        + f"\n        return np.array(np.broadcast_to({value}, z_.shape))\n"
    )


def keyword_of(s: sp.Symbol) -> str:
    """A letter as its user calls it, with an underscore where that would be another word."""
    name = str(s.name)
    return f"{name}_" if keyword.iskeyword(name) or name in READ else name


def keywords(letters: Sequence[sp.Symbol]) -> str:
    """`, *, delta: float`, or nothing."""
    return "".join([", *", *(f", {keyword_of(s)}: float" for s in letters)]) if letters else ""


def stored(letters: Sequence[sp.Symbol]) -> str:
    """{"delta_": delta}: the letters as `cost` and `derivatives` call them."""
    return "{" + listed(letters, lambda s: f'"{s}_": {keyword_of(s)}') + "}"


def kept_letters(letters: Sequence[sp.Symbol]) -> str:
    return f"    letters: Any = {stored(letters)}\n" if letters else ""


def folded(text: str) -> str:
    """Words of a docstring, cut to the width of the file."""
    return "\n    ".join(wrapped(text))


# -- what the file says of itself -----------------------------------------------------------------


def hint(graph: Graph, label: sp.Symbol) -> str:
    """How labels of two classes are written for this loss."""
    members = set(map(int, graph.domains[label].members)) if label in graph.domains else set()
    if members == {-1, 1}:
        return " Labels 0 and 1 become -1 and 1 by 2*y - 1."
    return " Labels -1 and 1 become 0 and 1 by (t + 1)/2." if members == {0, 1} else ""


def header(made: Margin, name: str, target: str, guard: str, notes: Sequence[str]) -> list[str]:
    library, sign = LIBRARIES[target]
    cut = made.program.graph
    allowed = cut.domains.get(made.label, REAL)
    lies = "any real number" if allowed == REAL else f"in {allowed}, and is checked"
    told = [
        f"{name}: an objective for {library}, in the raw margin z.",
        "",
        *about(cut, made.program),
        f"The label {made.label} is {lies}.",
        "",
        f"Sign: g = dC/dz, h = d2C/dz2. {sign}",
        "Weights: multiplied into both, as the library leaves them to the objective.",
        f"Guard: {guard}.",
        *notes,
        f"Begin: {BEGUN[target]}",
    ]
    return [part for line in told for part in wrapped(line)]


def positivity(found: str, raw: bool) -> str:
    if not found:
        return "h was positive at every point looked at, margins from -30 to 30."
    return f"WARNING: {found}" if raw else f"Before the guard: {found}"


# -- what the library calls -----------------------------------------------------------------------


def calls(made: Margin, name: str, target: str, guard: Guard) -> str:
    letters = made.letters
    example = listed(
        letters, lambda s: f"{keyword_of(s)}={float(example_of(made.program.graph, s.name))}"
    )
    scaled = [*(["scale=1.0"] if guard.scaled else [])]
    given = ", ".join(filter(None, (example, *scaled)))
    starred = [f"{keyword_of(s)}: float" for s in letters] + ["scale: float = 1.0"] * guard.scaled
    near = guard is GUARDED["secant"]
    words = {
        "name": name,
        "starred": "".join([", *", *(f", {k}" for k in starred)]) if starred else "",
        "keywords": keywords(letters),
        "stored": stored(letters),
        "set_scale": "\n        self.scale = float(scale)" if guard.scaled else "",
        "near": f", near={NEAREST}*self.scale" if near else "",
        "scaled": scaling(guard),
        "scaling": SCALING if guard.scaled else "",
        "call": f"{name}({given})",
        "metric_call": f"{name}_metric({example})",
    }
    if target == "catboost":
        return CATBOOST.format(**words)
    called = {k: v.format(**words) for k, v in CALLED[target].items()}
    pair = (PAIR + METRIC).format(library=LIBRARIES[target][0], **words, **called)
    return pair + ARGUMENTS


def scaling(guard: Guard) -> str:
    if not guard.scaled:
        return ""
    h = "h" if guard is GUARDED["unit"] else "self.scale*h"
    return f"        g, h = self.scale*g, {h}\n"
