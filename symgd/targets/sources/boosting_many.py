"""Array graph of one sample → objectives of several margins: classes, outputs, parameters.

    the model                          labels                    for
    logsumexp(z) - y'z, y of n         a class, or n x K         each library
    norm2(z - y)^2/2, y of n           N x K                     XGBoost, CatBoost
    (y - z[1])²e^(-2z[2])/2 + z[2]     a number                  XGBoost, LightGBM

XGBoost and LightGBM take the diagonal of the second derivatives of each sample, CatBoost all of
them. H is K products with the directions of the axes, derived as the product of the Hessian is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from symgd.errors import InputError, ModelError, listing, quote
from symgd.programs.arrays.outputs import Outputs, arranged, outputs
from symgd.programs.arrays.product import product
from symgd.targets.arrays.product import compile_product
from symgd.targets.sources import Asked
from symgd.targets.sources.boosting import kept_letters, keyword_of, keywords, stored
from symgd.targets.sources.boosting_text import ARGUMENTS, CALLED, HEAD, LIBRARIES, METRIC
from symgd.targets.sources.guards import guard_of
from symgd.targets.sources.many_text import (
    BEGUN,
    CATBOOST,
    CLASSES,
    IMPORTED,
    MANY,
    NUMBERS,
    ONE_EACH,
    PAIR,
)
from symgd.targets.sources.matrix import argument
from symgd.targets.sources.rows import Rows
from symgd.targets.sources.spelling import commented, wrapped
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node
from symgd.trees.arrays import name as named
from symgd.trees.dims import Dim
from symgd.trees.names import symbol

MARGINS, LABELS = "z", ("y", "t")
# guard → what it makes of the diagonal, and of the eigenvalues where a library takes all of H
DIAGONAL = 'np.einsum("nii->ni", bent)'
ROWS_OF_H = "np.fabs(bent).sum(-1)"
OF_MANY = (None, "clip", "abs", "unit")


@dataclass(frozen=True)
class Many:
    """A cost of several margins and a label, of one sample.

    graph     with z for its parameter
    label     its name, a column or a number
    letters   what else it depends on, the same for all samples
    classes   whether a sample may be of one class
    """

    graph: MatrixGraph
    label: str
    letters: tuple[str, ...]

    @property
    def has_column(self) -> bool:
        return not self.graph.leaves[self.label].is_scalar

    @property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        return tuple(symbol(n) for n in self.letters)


def many(graph: MatrixGraph) -> Many:
    """The cost of a model in its margins; raises ModelError where it has none."""
    cut = cut_at_margins(graph)
    if not cut.definitions[cut.cost].is_scalar:
        raise ModelError(f"{cut.cost} is no scalar; an objective is the cost of one sample.")
    label = next((n for n in LABELS if n in cut.leaves), None)
    if label is None:
        raise ModelError(
            f"The cost depends on {listing(cut.leaves)} and on no label; an objective compares the "
            "margins z with y, or with t."
        )
    at = cut.leaves[label]
    if not at.is_scalar and at.shape != cut.leaves[MARGINS].shape:
        raise ModelError(
            f"{label} is {at.shape[0]} x {at.shape[1]}, and z is "
            f"{cut.leaves[MARGINS].rows} x 1; a label is a number, or one for each margin."
        )
    return Many(cut, label, tuple(n for n in cut.leaves if n not in (label, MARGINS)))


def cut_at_margins(graph: MatrixGraph) -> MatrixGraph:
    """The graph from z on, a column, its one parameter."""
    at = graph.names.get(MARGINS)
    if at is None or not at.is_column or at.is_scalar:
        raise ModelError(
            "An objective of several margins is the cost of one sample in its scores z, a column; "
            f'this model has {listing(graph.names)}. Write for instance C = "logsumexp(z) - '
            'y\'*z" with z = "k" and y = "k" under [shapes].'
        )
    z = named(MARGINS, at.shape)
    below: set[str] = set()
    kept = graph.definitions
    if MARGINS in kept:
        place = list(kept).index(MARGINS) + 1
        below = live_names(dict(list(kept.items())[:place]))
        kept = dict(list(kept.items())[place:])
    live = live_names(kept)
    leaves: dict[str, Node] = {n: at for n, at in graph.leaves.items() if n in live}
    stray = [n for n in (*graph.leaves, *graph.definitions) if n in live & below - {MARGINS}]
    if stray:
        raise ModelError(
            f"The cost depends on {listing(stray)} beside z; an objective sees the margins z alone."
        )
    kept = {v: e for v, e in kept.items() if v in live}
    leaves.pop(MARGINS, None)
    return replace(
        graph, definitions=kept, leaves={MARGINS: z, **leaves}, parameters=(MARGINS,),
        structure={}, layers={},
    )  # fmt: skip


def live_names(definitions: dict[str, Node]) -> set[str]:
    """The names that the last definition rests on, its own among them."""
    cost = next(reversed(definitions))
    live = {cost}
    for v, e in reversed(definitions.items()):
        if v in live:
            live |= e.names
    return live


def boosted_many(target: str, graph: MatrixGraph, name: str, asked: Asked) -> tuple[str, str]:
    """(the module, a warning or nothing); raises InputError and ModelError as `many` does."""
    if asked.guard not in OF_MANY:
        raise InputError(
            f"guard={quote(str(asked.guard))} is of one margin; of several it is "
            f"{listing(g for g in OF_MANY if g)}."
        )
    _, floor = guard_of(asked)
    guard = asked.guard or ("clip" if asked.floor is not None else None)
    made = many(graph)
    if target == "lightgbm" and made.has_column and not is_of_classes(made):
        raise ModelError(
            f"LightGBM takes one label a sample, and {made.label} is one for each margin; assume "
            f'{made.label} = "onehot" where it is a class, or take XGBoost or CatBoost.'
        )
    if target == "catboost" and not made.has_column:
        raise ModelError(
            f"CatBoost has as many margins as classes or labels, and {made.label} is one number "
            "for several margins; take XGBoost or LightGBM."
        )
    first, second = outputs(made.graph), product(made.graph)
    slopes, bends = Rows(first), Rows(second.outputs)
    lines = slopes.returning([first.names[first.value], first.gradients[MARGINS]])
    bent = bends.returning([second.outputs.gradients[MARGINS]])
    link = link_of(made)
    linked = Rows(of_link(made.graph, link)) if link else None
    predicting = linked.returning([made.graph.names[link]]) if linked and link else []
    slopes.heads |= bends.heads | (linked.heads if linked else set())
    found = "" if guard else warning(made)
    letters = made.symbols
    asks = "".join(f", {argument(n)}: Any" for n in made.letters)
    head = HEAD.format(
        head=commented(header(made, name, target, guard, floor, first, found)),
        imports="",
        functions=slopes.functions("\n".join((*lines, *bent, *predicting))),
    )
    heir = target == "catboost" and not is_of_classes(made)
    if heir:
        head = head.replace("import Any\n", "import TYPE_CHECKING, Any\n", 1)
    body = MANY.format(
        arguments=", ".join(f"{argument(n)}: Any" for n in (MARGINS, made.label, *made.letters)),
        direction=argument(second.along[MARGINS]),
        first=indented(lines),
        second=indented(bent),
        letters=asks,
        called=", ".join(["margins", "labels", *map(argument, made.letters)]),
        passed="".join(f", {argument(n)}" for n in made.letters),
        unpacked=", **letters" if letters else "",
        keywords=keywords(letters).replace(": float", ": Any"),
        kept=kept_letters(letters),
        predicts="\n    ".join(wrapped(predicts(made, link))),
        link_keywords=keywords(link_letters(made, link)).replace(": float", ": Any"),
        prediction=prediction(made, link, predicting),
        diagonal="the sums of |second derivatives| along each row" if guard == "abs" else
                 "the diagonal of the second derivatives",
        of_diagonal=ROWS_OF_H if guard == "abs" else DIAGONAL,
        guard=ON_DIAGONAL[guard].format(floor=floor),
        count=counted(made),
        shape="N x K x 1" if made.has_column else "N x 1 x 1",
        encoding=encoding(made),
    )  # fmt: skip
    apart = "\n\n" if "\ndef " in head else "\n"
    return head.rstrip("\n") + apart + body + calls(made, name, target, guard, floor), found


ON_DIAGONAL = {
    None: "",
    "clip": "        h = np.maximum(h, {floor!r})\n",
    "abs": "        h = np.maximum(h, {floor!r})\n",
    "unit": "        h = np.ones_like(g)\n",
}
# of all second derivatives, by their eigenvalues
ON_ALL = {
    None: "",
    "clip": "        values, axes = np.linalg.eigh(bent)\n"
            "        bent = (axes*np.maximum(values, {floor!r})) @ axes.T\n",
    "abs": "        values, axes = np.linalg.eigh(bent)\n"
           "        bent = (axes*np.maximum(np.fabs(values), {floor!r})) @ axes.T\n",
    "unit": "        bent = np.eye(len(g))\n",
}  # fmt: skip
SAYS = {
    None: "none: {h} as it is",
    "clip": "clip: {h}, at least {floor!r}",
    "abs": "abs: {h} by |...|, at least {floor!r}",
    "unit": "unit: 1 for every margin",
}


def encoding(made: Many) -> str:
    """What `prepared` makes of labels."""
    text = CLASSES.replace("{one_each}", ONE_EACH if is_of_classes(made) else "")
    return (text if made.has_column else NUMBERS).rstrip("\n")


def is_of_classes(made: Many) -> bool:
    """Whether a label is a column with one 1."""
    return "onehot" in made.graph.leaves[made.label].words


# -- what margins predict -------------------------------------------------------------------------


def link_of(made: Many) -> str | None:
    """The last definition before the cost that the label has no part in."""
    with_label = {made.label}
    found = None
    for v, e in made.graph.definitions.items():
        if e.names & with_label:
            with_label.add(v)
        elif v != made.graph.cost:
            found = v
    return found


def of_link(graph: MatrixGraph, link: str) -> Outputs:
    """The definitions up to one of them, with nothing derived."""
    kept = {}
    for v, e in graph.definitions.items():
        kept[v] = e
        if v == link:
            break
    live = live_names(kept)
    cut = replace(
        graph,
        definitions={v: e for v, e in kept.items() if v in live},
        leaves={n: at for n, at in graph.leaves.items() if n in live},
    )
    return Outputs(cut, arranged(cut), link, {}, {})


def link_letters(made: Many, link: str | None) -> tuple[sp.Symbol, ...]:
    if link is None:
        return made.symbols if is_of_classes(made) else ()
    leaves = of_link(made.graph, link).graph.leaves
    return tuple(s for s in made.symbols if s.name in leaves)


def predicts(made: Many, link: str | None) -> str:
    if link is not None:
        return f"{link} of the margins, a row a sample."
    if is_of_classes(made):
        return (
            "The probability of each class for which these margins are the best: where the slopes "
            "are 0 on average."
        )
    return "The predictions are the margins themselves."


def prediction(made: Many, link: str | None, lines: Sequence[str]) -> str:
    """The body of `predict`."""
    if link is not None:
        leaves = of_link(made.graph, link).graph.leaves
        own = "".join(f"    {n}_ = {keyword_of(symbol(n))}\n" for n in made.letters if n in leaves)
        text = "\n".join(lines).replace("return ", "found = ")
        return (
            own
            + f"    {argument(MARGINS)} = np.asarray(margins, dtype=np.float64)[:, :, None]\n"
            + indented(text.split("\n"))
            + "\n    return np.array(found).reshape(len(margins), -1)\n"
        )
    if not is_of_classes(made):
        return "    return np.array(margins, dtype=np.float64)\n"
    passed = ", **letters" if made.letters else ""
    return (
        kept_letters(made.symbols)
        + "    n, k = np.shape(margins)\n"
        + f"    slopes = [hessian(margins, np.full(n, j){passed})[0] for j in range(k)]\n"
        + "    return (np.linalg.pinv(np.stack(slopes, -1) + 1.0) @ np.ones((k, 1)))[:, :, 0]\n"
    )


def counted(made: Many) -> str:
    """How many margins there are, as Python."""
    if made.has_column:
        return "found.shape[1] if found.ndim > 1 else int(found.max()) + 1"
    size = made.graph.leaves[MARGINS].rows.number
    return str(size) if size is not None else "2"


# -- what the file says of itself -----------------------------------------------------------------


def warning(made: Many) -> str:
    """A sentence about a place where the diagonal of H is not above 0; empty for none."""
    rng = np.random.default_rng(5)
    of_h = compile_product(made.graph)

    def size(d: Dim) -> int:
        return d.number or 3

    def drawn(at: Node) -> Any:
        m, n = map(size, at.shape)
        if "onehot" in at.words:
            return np.eye(m)[rng.integers(m)]
        found = rng.normal(size=(m, n)) * 2.0
        return float(found[0, 0]) if at.is_scalar else found[:, 0] if n == 1 else found

    for _ in range(24):
        values = {n: drawn(at) for n, at in made.graph.leaves.items()}
        k = len(values[MARGINS])
        for i in range(k):
            h = float(np.ravel(of_h({MARGINS: np.eye(k)[i]}, values)[MARGINS])[i])
            if not h > 0:
                where = ", ".join(f"{u:.4g}" for u in values[MARGINS])
                return (
                    f"The second derivative in z{i + 1} is {'negative' if h < 0 else 'zero'} at "
                    f"z = ({where}); a Newton step needs it positive."
                )
    return ""


def header(
    made: Many, name: str, target: str, guard: str | None, floor: float, out: Outputs, found: str
) -> list[str]:
    library, sign = LIBRARIES[target]
    graph = made.graph
    takes, h = ("all of H", "H") if target == "catboost" else ("the diagonal h of H", "h")
    told = [
        f"{name}: an objective for {library}, in raw margins z, a row a sample.",
        "",
        *(f"    {v} = {e}" for v, e in graph.definitions.items()),
        "",
        "The gradient, as symgd derives it:",
        *(f"    {n} = {e}" for n, e in out.names.items() if n not in graph.definitions),
        f"    d{graph.cost}/dz = {out.gradients[MARGINS]}",
        "",
        labels_of(made),
        "",
        f"Sign: g = dC/dz, H = d2C/dz2. {sign.replace('(g, h)', '(g, H)')}",
        f"{library} takes {takes}.",
        "Weights: multiplied into both, as the library leaves them to the objective.",
        f"Guard: {SAYS[guard].format(h=h, floor=floor)}.",
        *([f"WARNING: {found}"] if found else []),
        f"Begin: {BEGUN[target]}",
    ]
    return [part for line in told for part in wrapped(line)]


def labels_of(made: Many) -> str:
    if not made.has_column:
        return f"The label {made.label} is a number a sample."
    if is_of_classes(made):
        return f"The label {made.label} is a class, 0 to K - 1, or a row with one 1."
    return f"The label {made.label} is a row of K numbers, or a class, 0 to K - 1, for one 1 in it."


# -- what the library calls -----------------------------------------------------------------------


def calls(made: Many, name: str, target: str, guard: str | None, floor: float) -> str:
    letters = made.symbols
    given = ", ".join(f"{keyword_of(s)}=..." for s in letters)
    words = {
        "name": name,
        "keywords": keywords(letters).replace(": float", ": Any"),
        "stored": stored(letters),
        "call": f"{name}({given})",
        "metric_call": f"{name}_metric({given})",
    }
    if target == "catboost":
        several = not is_of_classes(made)
        return (IMPORTED if several else "") + CATBOOST.format(
            base="(MultiTargetCustomObjective)" if several else "",
            metric_base="(MultiTargetCustomMetric)" if several else "",
            transposed="np.transpose(target)" if several else "target",
            guard=ON_ALL[guard].format(floor=floor),
            **words,
        )
    called = {k: v.format(**words) for k, v in CALLED[target].items()}
    pair = (PAIR + METRIC).format(library=LIBRARIES[target][0], **words, **called)
    return pair + ARGUMENTS


def indented(lines: Sequence[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
