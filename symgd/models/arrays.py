"""A matrix model from named definitions and shapes, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from symgd.errors import ModelError, did_you_mean, listing, quote
from symgd.language.arrays.grammar import read
from symgd.language.arrays.vocabulary import SIGNS, is_reserved
from symgd.language.tokens import NAME, tokenize
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node, name
from symgd.trees.assume import STRUCTURES, assumption, words_of
from symgd.trees.dims import ONE, Shape, dim, shape_text
from symgd.trees.names import symbol

ShapeSpec: TypeAlias = str | int | Sequence[str | int] | None


def matrix_model(
    definitions: Mapping[str, Any],
    parameters: Sequence[str],
    shapes: Mapping[str, ShapeSpec],
    *,
    assume: Mapping[str, str | Iterable[str]] | None = None,
    structure: Mapping[str, str] | None = None,
    adjoints: Mapping[str, str] | None = None,
    layers: Mapping[str, int] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> MatrixGraph:
    """The graph of named definitions over names with shapes; the last one is differentiated.

    definitions name → text of the language, or a node of the names before it
    shapes      name → ("m", "n"), "n" for a column, () for a scalar; sizes are names or numbers.
                That of a definition may be given too, and is then checked.
    assume      name → a word of `symgd.trees.assume`, or several
    structure   parameter → "symmetric" or "diagonal": only its free entries move

    Raises ModelError, FormulaError, and ShapeError where shapes do not fit.
    """
    if not isinstance(definitions, Mapping) or not definitions:
        raise ModelError(
            'A model needs definitions, as a dictionary such as {"C": "norm2(A*x - b)^2"}.'
        )
    if isinstance(parameters, str):
        raise ModelError(f"parameters is a list of names: parameters=[{parameters!r}].")
    stated = {n: shape_of(n, spec) for n, spec in shapes.items()}
    for n in (*definitions, *stated, *parameters):
        _check_name(n)
    size_names = frozenset(x for s in stated.values() for d in s for x in d.names)
    both = size_names & {*stated, *definitions}
    if both:
        raise ModelError(f"{listing(sorted(both))} is a size and a name; give one another name.")
    assumed = _assumptions(assume or {}, stated)
    names: dict[str, Node] = {
        n: name(n, s, assumed.get(n, frozenset()))
        for n, s in stated.items()
        if n not in definitions
    }
    leaves = dict(names)
    bodies: dict[str, Node] = {}
    for v, text in definitions.items():
        if not isinstance(text, Node):
            _check_text(v, text, definitions, bodies)
        bodies[v] = text if isinstance(text, Node) else read(text, names, size_names)
        if v in stated and bodies[v].shape != stated[v]:
            raise ModelError(
                f"{v} = {text} is {shape_text(bodies[v].shape)}, and shapes says "
                f"{shape_text(stated[v])}."
            )
        names[v] = name(v, bodies[v].shape)
    used = frozenset[str]().union(*(b.names for b in bodies.values()))
    graph = MatrixGraph(
        bodies,
        {n: leaf for n, leaf in leaves.items() if n in used or n in parameters},
        tuple(parameters),
        _structures(structure or {}, stated, parameters),
        adjoints or {},
        layers or {},
        sizes or {},
    )
    _check_parameters(graph)
    return graph


def shape_of(n: str, spec: ShapeSpec) -> Shape:
    """A shape as typed: ("m", "n"), "n", 5, (), "m x n"; raises ModelError."""
    if isinstance(spec, str):
        parts: list[Any] = list(spec.replace("×", ",").replace(" x ", ",").split(","))
        parts = [p.strip() for p in parts if p.strip()]
    elif isinstance(spec, int) and not isinstance(spec, bool):
        parts = [spec]
    elif spec is None:
        parts = []
    elif isinstance(spec, Sequence):
        parts = list(spec)
    else:
        parts = [None] * 3
    if len(parts) > 2:
        raise ModelError(
            f"The shape of {n} is {quote(repr(spec))}; a shape is (rows, columns), such as "
            "('m', 'n'), one size for a column, or () for a scalar."
        )
    dims = [dim(p) for p in parts]
    rows, cols = (*dims, ONE, ONE)[:2]
    return rows, cols


def _check_name(n: Any) -> None:
    if not isinstance(n, str):
        raise ModelError(f"{quote(repr(n))} is not a name; names are texts such as 'W'.")
    symbol(n)
    if is_reserved(n):
        raise ModelError(f"{n} is a function of the language of matrices; give it another name.")


def _check_text(
    v: str, text: Any, definitions: Mapping[str, Any], bodies: Mapping[str, Node]
) -> None:
    if not isinstance(text, str):
        raise ModelError(
            f"The definition of {v} is {quote(repr(text))}; over matrices it is a text such as "
            "'W*x + b'."
        )
    later = [u for u in definitions if u not in bodies]
    used = set(_words(text))
    wrong = [u for u in later if u in used]
    if wrong:
        raise ModelError(
            f"{v} = {text} uses {wrong[0]}, which is defined "
            f"{'by itself' if wrong[0] == v else 'after it'}; a definition uses only names before "
            "it."
        )


def _words(text: str) -> list[str]:
    return [t.text for t in tokenize(text, SIGNS) if t.kind == NAME]


def _assumptions(
    assume: Mapping[str, str | Iterable[str]], stated: Mapping[str, Shape]
) -> dict[str, frozenset[str]]:
    out = {}
    for n, spec in assume.items():
        if n not in stated:
            raise ModelError(
                f"assume names {n}, which has no shape; there are {listing(stated)}."
                f"{did_you_mean(n, stated)}"
            )
        words = words_of(spec)
        rows, cols = stated[n]
        square = [w for w in words if assumption(w).square]
        if square and not rows.fits(cols):
            raise ModelError(
                f"{n} is {shape_text(stated[n])}; only a square matrix is {square[0]}."
            )
        out[n] = words
    return out


def _structures(
    structure: Mapping[str, str], stated: Mapping[str, Shape], parameters: Sequence[str]
) -> dict[str, str]:
    for n, word in structure.items():
        if word not in STRUCTURES:
            raise ModelError(
                f"structure={{{n!r}: {word!r}}} is not known; it is {listing(STRUCTURES)}."
            )
        if n not in parameters:
            raise ModelError(f"structure names {n}, which is not a parameter.")
        if not stated[n][0].fits(stated[n][1]):
            raise ModelError(f"{n} is {shape_text(stated[n])}; only a square matrix is {word}.")
    return dict(structure)


def _check_parameters(graph: MatrixGraph) -> None:
    if not graph.parameters:
        raise ModelError(
            f"The model has no parameters; say which of {listing(sorted(graph.leaves))} to "
            "differentiate in, as parameters=[...]."
        )
    reach = {graph.cost}
    for v in reversed(graph.definitions):
        if v in reach:
            reach |= graph.definitions[v].names
    for p in graph.parameters:
        if p in graph.definitions:
            raise ModelError(f"{p} is defined, so it is not a parameter; only leaves are.")
        if p not in graph.leaves:
            raise ModelError(
                f"The parameter {p} has no shape; give it one, as shapes={{{p!r}: 'n'}}."
            )
        if p not in reach:
            raise ModelError(f"The cost {graph.cost} does not depend on the parameter {p}.")
