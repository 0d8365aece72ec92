r"""Which names are numbers, columns, rows and matrices: the first reading in which all of it fits.

A shape is a pair of sizes; a size is 1 or a variable. Every letter that nothing declares is tried
as its appearance suggests (W a matrix, \mathbf{x} a column, \lambda a number), every product as
a matrix product or a scaling, and sizes are unified as they meet; where they clash the last choice
is taken back. A document without a sign of arrays (a transpose, a bold letter, a norm, ⊙, softmax)
is read in numbers only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import count, pairwise
from math import prod
from operator import add, mul
from typing import Any

from symgd.judge.environment.appearances import SCALAR, Size, Var
from symgd.judge.environment.environment import IDENTITY_NAMES, ONES, Environment, Shaping
from symgd.judge.environment.inference import Search, ShapeInference, TooMany
from symgd.judge.environment.ranges import SIZES
from symgd.judge.work import A_SECOND
from symgd.language.latex.syntax import (
    Call,
    Gradient,
    Inner,
    Members,
    Minus,
    Name,
    Number,
    Power,
    Product,
    Relation,
    Sum,
    Transposed,
    children,
    names_below,
    walk,
)
from symgd.language.latex.vocabulary import CONVENTIONS, FUNCTIONS

# Rows of an array that is tried as it is declared.
MOST_ROWS = 6
MOST_UNLIKELY = 10
MOST_SOLUTIONS = 6
MOST_TRIED = 40
# Steps that the search for shapes may take.
PATIENCE = 2 * A_SECOND
VECTOR_FUNCTIONS = frozenset({"softmax", "logsumexp", "trace", "det", "diag", "vec", "sum",
                              "rowsum", "colsum", "pinv"})  # fmt: skip


def has_arrays(trees: Iterable[Any], env: Environment) -> bool:
    """Whether anything in a document says that it is about vectors."""
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Transposed | Inner):
                return True
            if isinstance(node, Product):
                if {"o", "x"} & set(node.signs):
                    return True
                if any(isinstance(f, Name) and f.bold for f in node.factors):
                    return True
            if isinstance(node, Gradient) and isinstance(node.by, Name) and node.by.bold:
                return True
            if isinstance(node, Call):
                base = node.function.base
                name = FUNCTIONS.get(base.removeprefix("\\")) if base.startswith("\\") else None
                convention = None if env.declared(base) else CONVENTIONS.get(base)
                if (name or convention) in VECTOR_FUNCTIONS:
                    return True
    return False


def solve(env: Environment, known: Shaping, patience: float = PATIENCE) -> Shaping:
    """The shapes of letters in which most of a document's equations fit.

    `patience`: how many steps the search may take.
    """
    trees, equations = env.document.trees, env.document.equations
    given = as_declared(env, known) if known.declared else None
    if given is not None:
        return given
    if not (known.arrays or known.declared or has_arrays(trees, env)):
        return known
    inference = ShapeInference(env, known)
    names = [n for t in trees for n in walk(t) if isinstance(n, Name)]
    plain = {inference.key(n) for n in names if not n.bold}
    inference.bold = frozenset({inference.key(n) for n in names if n.bold} - plain)
    definitions = env.all_definitions
    found: list[tuple[int, Any]] = []
    inference.meter = env.meter
    env.meter.allow(patience)
    for most in range(MOST_UNLIKELY):
        inference.most = most
        inference.choices = 0
        search = _all_definitions(inference, definitions, 0)
        try:
            for count, _ in enumerate(search):
                solution = _score(inference, equations)
                if solution not in found:
                    found.append(solution)
                if count >= MOST_TRIED or solution[0] == len(equations):
                    break
        except (TooMany, RecursionError):
            pass
        finally:
            search.close()
        if max((score for score, _ in found), default=-1) == len(equations):
            break
        if env.meter.is_over:
            break
    known = replace(known, arrays=True)
    if not found:
        return known
    best = max(score for score, _ in found)
    known = replace(known, fitting=best / len(equations) if equations else 1.0)
    fitting = [
        replace(
            known,
            names={k: s for k, s in names.items() if s != (1, 1)},
            functions={k: s for k, s in functions.items() if s != (1, 1)},
            sizes={**known.sizes, **classes},
        )
        for score, (names, functions, classes) in found
        if score == best
    ]
    return replace(fitting[0], alternatives=tuple(fitting[1:MOST_SOLUTIONS]))


def as_declared(env: Environment, known: Shaping) -> Shaping | None:
    """The shapes that are declared, where that is all there is to know; else None."""
    numbers = {env.family(r.left) for r in env.assumed if _is_number(r)}
    anything = _of_inner_product(env)
    own = {a for t in env.document.trees for n in walk(t) if isinstance(n, Call) and n.order
           for a in n.arguments}  # fmt: skip
    for tree in env.document.trees:
        for name in names_below(tree):
            families = {env.family(name), env.family(Name(name.base, (), name.above))}
            known_name = (
                families & {*known.declared, *numbers, *anything}
                or env.defines(name)
                or name in own
                or name.base in ("e", r"\pi", ONES, *IDENTITY_NAMES, *env.vocabulary.indices)
                or env.ranges.size_key(name) in env.ranges.bounds
                or _runs(name, env)
            )
            if not known_name:
                return None
    names = {}
    for family, sizes in known.declared.items():
        counts = [_count(size, env, known) for size in sizes]
        shape = [n for n in counts if n is not None]
        if len(shape) < len(counts) or len(shape) > len(SCALAR):
            return None
        names[family] = (shape[0], shape[1] if len(shape) > 1 else 1)
    names |= dict.fromkeys(anything, (SIZES[0], SIZES[1]))
    shaped = {k: s for k, s in names.items() if s != SCALAR}
    return replace(known, names=shaped, arrays=bool(shaped), fitting=1.0)


def _of_inner_product(env: Environment) -> set[Any]:
    r"""The families of P and Q in ⟨P, Q⟩ = tr(P^⊤ Q), which holds for any two arrays of a shape.

    Of letters that stand in this line alone.
    """
    for first, *others in env.document.equations:
        if not (isinstance(first, Inner) and first.left != first.right):
            continue
        both = {first.left, first.right}
        bases = {n.base for n in both if isinstance(n, Name) and not (n.below or n.above)}
        said = {first, *others}
        elsewhere = {n.base for t in env.document.trees if t not in said for n in names_below(t)}
        beside = {n.base for t in others for n in names_below(t)} - bases
        if len(bases) == len(both) and not (bases & elsewhere or beside - env.vocabulary.indices):
            return {env.family(n) for n in both}
    return set()


def _is_number(relation: Any) -> bool:
    r"""t \in \mathbb{R}."""
    right = relation.right
    return (
        isinstance(relation.left, Name) and relation.sign == "in" and isinstance(right, Members)
        and right.text.startswith(("R", "\\R")) and not right.of
    )  # fmt: skip


def _runs(name: Name, env: Environment) -> bool:
    """Whether an index stands in a subscript: W_l of W_1, W_2."""
    items = (*name.below, *name.above)
    return any(n.base in env.vocabulary.indices for i in items for n in names_below(i))


def _count(size: Any, env: Environment, known: Shaping) -> int | None:
    """The number that m, 2n or n + 1 is."""
    if isinstance(size, Number):
        return int(size.value)
    if isinstance(size, Name):
        return known.sizes.get(env.ranges.find(("bound", env.ranges.size_key(size))))
    parts = [_count(p, env, known) for p in getattr(size, "terms", getattr(size, "factors", ()))]
    if not parts or None in parts:
        return None
    counts = [p for p in parts if p is not None]
    return sum(counts) if isinstance(size, Sum) else prod(counts)


def _all_definitions(inference: ShapeInference, definitions: list[Any], i: int) -> Search:
    if i == len(definitions):
        yield
        return
    d = definitions[i]
    if isinstance(d.left, Name):
        for _ in inference.name(d.left):
            yield from _all_definitions(inference, definitions, i + 1)
    else:
        # The body in the letters of its variables, as the names that they are elsewhere.
        for _ in inference.of(d.body):
            yield from _all_definitions(inference, definitions, i + 1)


def _score(inference: ShapeInference, equations: Sequence[tuple[Any, ...]]) -> tuple[int, Any]:
    """How many of the equations fit, one after the other, and the shapes that come of it."""
    kept: list[Search] = []
    fits = 0
    for members in equations:
        attempt = inference.equation(members)
        try:
            next(attempt)
        except StopIteration:
            continue
        except TooMany:
            break
        kept.append(attempt)
        fits += 1
    found = _numbers(inference)
    for attempt in reversed(kept):
        attempt.close()
    return fits, found


def _numbers(inference: ShapeInference) -> Any:
    """Numbers for the sizes: all different, small, and 1 where it must be."""
    sizes: dict[int, int] = {}
    taken = iter(SIZES * 20)
    fixed = {}
    for key, size in inference.env.ranges.fixed.items():
        fixed[inference.env.ranges.find(key)] = size
    for root, var in inference.classes.items():
        found = inference.find(var)
        if root in fixed and isinstance(found, Var):
            sizes[id(found)] = fixed[root]

    def number(size: Size) -> int:
        size = inference.find(size)
        if isinstance(size, int):
            return size
        if id(size) not in sizes:
            sizes[id(size)] = next(taken)
        return sizes[id(size)]

    names = {k: (number(s[0]), number(s[1])) for k, s in inference.names.items()}
    functions = {k: (number(s[0]), number(s[1])) for k, s in inference.functions.items()}
    classes = {root: number(v) for root, v in inference.classes.items()}
    return names, functions, classes


def shrink(env: Environment, trees: Iterable[Any]) -> None:
    r"""W \in \mathbb{R}^{784 \times 128} with small numbers for large ones, other ones for others.

    What holds for the sizes that are written holds for all, unless one of them stands elsewhere as
    well, as in 1/784, or is made of others.
    """
    sizes = {int(s.value) for of in declared_shapes(env).values() for s in of if is_size(s)}
    large = sorted(s for s in sizes if s > MOST_ROWS)
    made = {op(a, b) for a in sizes for b in sizes for op in (add, mul) if b > 1}
    written = {int(n) for t in trees for n in _numbers_written(t) if n == int(n)}
    if not large or set(large) & (made | written):
        return
    free = (n for n in count(max(SIZES) + 1) if n not in sizes)
    table = {Number(Fraction(s)): Number(Fraction(next(free))) for s in large}

    def small(size: Any) -> Any:
        return table.get(Number(size.value), size) if is_size(size) else size

    env.assumed = [
        replace(r, right=replace(r.right, of=tuple(map(small, r.right.of))))
        if isinstance(r, Relation) and isinstance(r.right, Members) and r.right.text else r
        for r in env.assumed
    ]  # fmt: skip


def is_size(size: Any) -> bool:
    return isinstance(size, Number) and size.value == int(size.value)


def _numbers_written(tree: Any) -> Iterator[Fraction]:
    """The numbers of a tree, but for those that say where something lies."""
    if isinstance(tree, Number):
        yield tree.value
    elif not isinstance(tree, Members):
        for child in children(tree):
            yield from _numbers_written(child)


def declared_shapes(env: Environment) -> dict[Any, tuple[Any, ...]]:
    r"""family → the sizes of W \in \mathbb{R}^{m \times n}."""
    return {
        env.family(r.left): r.right.of
        for r in env.assumed
        if isinstance(r, Relation) and isinstance(r.left, Name) and isinstance(r.right, Members)
        and r.sign == "in" and r.right.text.startswith(("R", "\\R")) and r.right.of
    }  # fmt: skip


def tall(env: Environment, shapes: Shaping) -> Shaping:
    r"""The shapes with more rows than columns for the X of (X^\top X)^{-1}, which exists then."""
    fixed = set(env.ranges.fixed.values())
    for tree in env.document.trees:
        for node in walk(tree):
            name = _inverted(node)
            rows, columns = shapes.names.get(env.family(name), (1, 1)) if name else (1, 1)
            if rows >= columns or {rows, columns} & (fixed | {1}):
                continue
            other = {rows: columns, columns: rows}

            def turned(shape: tuple[int, int], other: dict[int, int] = other) -> tuple[int, int]:
                return other.get(shape[0], shape[0]), other.get(shape[1], shape[1])

            return replace(
                shapes,
                names={k: turned(v) for k, v in shapes.names.items()},
                functions={k: turned(v) for k, v in shapes.functions.items()},
                sizes={k: other.get(n, n) for k, n in shapes.sizes.items()},
            )
    return shapes


def _inverted(node: object) -> Name | None:
    """X, where the node is (XᵀX)⁻¹."""
    if not (isinstance(node, Power) and isinstance(node.exponent, Minus)):
        return None
    factors = getattr(node.base, "factors", ())
    for a, b in pairwise(factors):
        if isinstance(a, Transposed) and a.of == b and isinstance(b, Name):
            return b
    return None
