"""A matrix model from named definitions and shapes, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from symgd.errors import ModelError, did_you_mean, listing, quote, shown
from symgd.language.arrays.grammar import read, read_size
from symgd.language.arrays.vocabulary import SIGNS, is_reserved
from symgd.language.tokens import NAME, tokenize
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node, name, walk
from symgd.trees.assume import STRUCTURES, assumption, words_of
from symgd.trees.dims import ONE, Dim, Shape, dim, shape_text
from symgd.trees.names import symbol

FAMILY = re.compile(r"\s*\w+\s*\[\s*([A-Za-z]\w*)\s*\]\s*")
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

    definitions name → text of the language, or a node of the names before it; "Q[k]" → what Q
                has for each k
    shapes      name → ("m", "n"), "n" for a column, () for a scalar, ("K", "m", "n") for a family;
                sizes are names or numbers. That of a definition may be given too, and is then
                checked.
    assume      name → a word of `symgd.trees.assume`, or several
    structure   parameter → "symmetric" or "diagonal": only its free entries move

    Raises ModelError, FormulaError, and ShapeError where shapes do not fit.
    """
    if not isinstance(definitions, Mapping) or not definitions:
        raise ModelError(
            'A model needs definitions, as a dictionary such as {"C": "norm2(A*x - b)^2"}.'
        )
    if isinstance(parameters, str):
        raise ModelError(f"parameters is a list of names: parameters=[{shown(parameters)}].")
    counts, stated = _shapes(shapes)
    members = {v.partition("[")[0].strip() if isinstance(v, str) else v: v for v in definitions}
    typed, definitions = definitions, {v: definitions[key] for v, key in members.items()}
    for n in (*definitions, *stated, *parameters):
        _check_name(n)
    size_names = frozenset(x for s in stated.values() for d in s for x in d.names)
    both = size_names & {*stated, *definitions}
    if both:
        raise ModelError(f"{listing(sorted(both))} is a size and a name; give one another name.")
    assumed = _assumptions(assume or {}, stated, frozenset(counts))
    names: dict[str, Node] = {
        n: name(n, s, assumed.get(n, frozenset()))
        for n, s in stated.items()
        if n not in definitions
    }
    leaves = dict(names)
    families = dict(counts)
    bodies: dict[str, Node] = {}
    for v, text in definitions.items():
        if not isinstance(text, Node):
            _check_text(v, text, definitions, bodies)
        index = _index_of(members[v])
        bodies[v] = (
            text if isinstance(text, Node) else read(text, names, size_names, families, index)
        )
        if index is not None and bodies[v].args[0].rows != ONE:
            families[v] = bodies[v].data.count, bodies[v].args[0].rows
        if v in stated and bodies[v].shape != stated[v]:
            raise ModelError(
                f"{v} = {text} is {shape_text(bodies[v].shape)}, and shapes says "
                f"{shape_text(stated[v])}."
            )
        names[v] = name(v, bodies[v].shape)
    whole = {n for b in bodies.values() for n in exponents(b)} & {*leaves} - {*definitions}
    if any("int" not in leaves[n].words for n in whole):
        given = {**(assume or {})}
        for n in whole:
            words = given.get(n, ())
            given[n] = ("int", *([words] if isinstance(words, str) else words))
        return matrix_model(
            typed,
            parameters,
            shapes,
            assume=given,
            structure=structure,
            adjoints=adjoints,
            layers=layers,
            sizes=sizes,
        )
    used = frozenset[str]().union(*(b.names for b in bodies.values()))
    graph = MatrixGraph(
        bodies,
        {n: leaf for n, leaf in leaves.items() if n in used or n in parameters},
        tuple(parameters),
        _structures(structure or {}, stated, parameters),
        adjoints or {},
        layers or {},
        sizes or {},
        counts,
    )
    _check_parameters(graph)
    return graph


def _shapes(
    shapes: Mapping[str, ShapeSpec],
) -> tuple[dict[str, tuple[Dim, Dim]], dict[str, Shape]]:
    """The families of matrices among the shapes, as (how many, rows of each); all as matrices."""
    families: dict[str, tuple[Dim, Dim]] = {}
    stated: dict[str, Shape] = {}
    for n, spec in shapes.items():
        dims = sizes_in(n, spec)
        if len(dims) == 3:
            families[n] = dims[0], dims[1]
            stated[n] = dims[0] * dims[1], dims[2]
        else:
            stated[n] = (*dims, ONE, ONE)[0], (*dims, ONE, ONE)[1]
    return families, stated


def _index_of(key: str) -> str | None:
    """The k of "Q[k]"; raises ModelError for other brackets."""
    if "[" not in key:
        return None
    found = FAMILY.fullmatch(key)
    if found is None:
        raise ModelError(
            f"{quote(key)} is not a name; what is defined for each k is written 'Q[k]', with one "
            "name for the index."
        )
    return found[1]


def shape_of(n: str, spec: ShapeSpec) -> Shape:
    """A shape as typed: ("m", "n"), "n", 5, (), "m x n"; raises ModelError."""
    dims = sizes_in(n, spec)
    if len(dims) > 2:
        raise _no_shape(n, spec)
    rows, cols = (*dims, ONE, ONE)[:2]
    return rows, cols


def _no_shape(n: str, spec: ShapeSpec) -> ModelError:
    return ModelError(
        f"The shape of {n} is {quote(shown(spec))}; a shape is (rows, columns), such as "
        "('m', 'n'), one size for a column, () for a scalar, or ('K', 'm', 'n') for a family of "
        "K matrices."
    )


def sizes_in(n: str, spec: ShapeSpec) -> list[Dim]:
    """The sizes of a shape as typed, three for a family; raises ModelError."""
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
        parts = [None] * 4
    if len(parts) > 3:
        raise _no_shape(n, spec)
    return [_size(p) for p in parts]


def _size(spec: Any) -> Dim:
    """A size as typed: 'n', 784, or n*(n-1)/2 and its like."""
    if isinstance(spec, str) and any(c in spec for c in "+-*/^("):
        return read_size(spec)
    return dim(spec)


def _check_name(n: Any) -> None:
    if not isinstance(n, str):
        raise ModelError(f"{quote(shown(n))} is not a name; names are texts such as 'W'.")
    symbol(n)
    if is_reserved(n):
        raise ModelError(f"{n} is a function of the language of matrices; give it another name.")


def _check_text(
    v: str, text: Any, definitions: Mapping[str, Any], bodies: Mapping[str, Node]
) -> None:
    if not isinstance(text, str):
        raise ModelError(
            f"The definition of {v} is {quote(shown(text))}; over matrices it is a text such as "
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


def exponents(body: Node) -> frozenset[str]:
    """The names in the exponents of matrices: they are whole."""
    found = (n.args[-1].names for n in walk(body) if n.op in ("raised", "draised"))
    return frozenset[str]().union(*found)


def _assumptions(
    assume: Mapping[str, str | Iterable[str]],
    stated: Mapping[str, Shape],
    families: frozenset[str],
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
        if square and n in families:
            raise ModelError(
                f"{n} is a family of matrices, of which {listing(sorted(square))} is not assumed; "
                "leave it out, or give each matrix a name of its own."
            )
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
        if not isinstance(word, str) or word not in STRUCTURES:
            raise ModelError(
                f"structure={{{n!r}: {shown(word)}}} is not known; it is {listing(STRUCTURES)}."
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
