"""Derivatives that are one another with names exchanged: ∂C/∂z₂ as ∂C/∂z₁, told once.

A model is symmetric where an exchange of names, z₁ ↔ z₂ with w₁ ↔ w₂ and p₁ ↔ p₂, makes of its
definitions the same definitions. Each derivative is then also right with the names exchanged, and
a page that has told one of two says of the other what it is. For a lemma its own definition is
enough.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from symgd.trees.graph import Graph
from symgd.trees.scalars import Expr, P, replace_all, settle, walk
from symgd.trees.steps import Section

# In larger models each pair would be compared with all of it.
MOST: Final = 60
# Fewer lines are no longer than what is said in their place.
FEWEST: Final = 3


def alike(graph: Graph, sections: Sequence[Section]) -> dict[Expr, Section]:
    """left side → the section before it whose derivative it is with names exchanged."""
    if len(graph.definitions) > MOST:
        return {}
    out: dict[Expr, Section] = {}
    known: defaultdict[object, list[Section]] = defaultdict(list)
    for section in sections:
        if section.instances or section.function or len(section.steps) < FEWEST:
            continue
        of_kind = known[_signs_of(settle(section.result))]
        # By way of another one that is: z₁, z₂ is z₁, z₃, and this z₂, z₃.
        found = next((s for s in of_kind if is_exchanged(graph, s, section)), None)
        if found is not None:
            out[section.left] = out.get(found.left, found)
        of_kind.append(section)
    return out


def _signs_of(expr: Any) -> frozenset[tuple[object, int]]:
    """How often each operation and number stands in it, which no exchange of names changes."""
    nodes = walk(expr)
    return frozenset(Counter(n if n.is_Number else n.func for n in nodes).items())


def is_exchanged(graph: Graph, first: Section, second: Section) -> bool:
    """Whether an exchange of names that leaves the model as it is makes the first of the second."""
    if type(first.left) is not type(second.left) or len(first.steps) != len(second.steps):
        return False
    pairs = _differing(first.left, second.left)
    names = None if pairs is None else exchange(graph, pairs) or within(graph, first.left, pairs)
    if not names or replace_all(first.left, names) != second.left:
        return False
    return bool(settle(replace_all(first.result, names)) == settle(second.result))


def exchange(graph: Graph, pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """The exchange of names that these pairs begin, if the model stays as it is; else none."""
    pairs = tuple(pairs)
    if any(_stands(graph, a) != _stands(graph, b) for a, b in pairs):
        return {}
    if len(pairs) > 1:
        apart = [_exchange_of(graph, pair) for pair in pairs]
        every = [a for names in apart for a in names]
        # Two exchanges that have no name in common are one.
        if all(apart) and len(every) == len(set(every)):
            return {a: b for names in apart for a, b in names.items()}
    names: dict[Any, Any] = {}
    pending = [*pairs]
    while pending:
        a, b = pending.pop()
        if names.get(a, b) != b or names.get(b, a) != a:
            return {}
        if a in names or a == b:
            continue
        names |= {a: b, b: a}
        found = _beside(graph, a, b)
        if found is None:
            return {}
        pending += found
    typed = graph.typed
    fixed = {*graph.parameters, *graph.wrt}
    if any((a in fixed) != (b in fixed) for a, b in names.items()):
        return {}
    if any(graph.domains.get(a) != graph.domains.get(b) for a, b in names.items()):
        return {}
    for v, body in typed.items():
        image = names.get(v, v)
        if image not in typed or settle(replace_all(body, names)) != _settled(graph, image):
            return {}
    return names


def _stands(graph: Graph, name: Any) -> Any:
    """How a name stands in the definitions, whatever the other names are called: w₂ of w₁x + w₂x²
    beside a square, as w₁ does not. No exchange makes one such of another."""
    known: dict[Any, Any] = graph.__dict__.setdefault("_stands", {})
    if name not in known:
        bodies = (_settled(graph, v) for v in _users(graph).get(name, ()))
        known[name] = frozenset(Counter(_shape(body, name, {}) for body in bodies).items())
    return known[name]


def _shape(node: Any, name: Any, seen: dict[Any, int]) -> int:
    """A number that is the same for trees of one shape, in which one name is told from others."""
    if not node.args:
        return hash(node == name if node.is_Symbol else node)
    if node not in seen:
        parts = sorted(_shape(a, name, seen) for a in node.args)
        seen[node] = hash((node.func, *parts))
    return seen[node]


def _exchange_of(graph: Graph, pair: tuple[Any, Any]) -> dict[Any, Any]:
    """The exchange that one pair begins, found once."""
    known: dict[Any, dict[Any, Any]] = graph.__dict__.setdefault("_exchanges", {})
    if pair not in known:
        known[pair] = exchange(graph, [pair])
    return known[pair]


def within(graph: Graph, left: Any, pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """The exchange of these names alone, where what a lemma is about stays as it is: in
    (C/2)(v₁² + v₂²) v₁ and v₂, whatever else they move; else none."""
    if not isinstance(left, P):
        return {}
    body = graph.definitions[left.args[0]]
    names = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
    if any(graph.domains.get(a) != graph.domains.get(b) for a, b in names.items()):
        return {}
    return names if settle(replace_all(body, names)) == settle(body) else {}


def _beside(graph: Graph, a: Any, b: Any) -> list[tuple[Any, Any]] | None:
    """The names that go with a and b: those that they are made of, and those made of one alone."""
    known: dict[Any, Any] = graph.__dict__.setdefault("_beside", {})
    if (a, b) not in known:
        known[a, b] = _look_beside(graph, a, b)
    found: list[tuple[Any, Any]] | None = known[a, b]
    return found


def _look_beside(graph: Graph, a: Any, b: Any) -> list[tuple[Any, Any]] | None:
    bodies: Mapping[Any, Expr] = graph.typed
    if (a in bodies) != (b in bodies):
        return None
    found = _differing(bodies[a], bodies[b]) if a in bodies else []
    if found is None:
        return None
    users = [_users(graph).get(s, []) for s in (a, b)]
    shared = [v for v in users[0] if v in users[1]]
    own = [[v for v in of if v not in shared] for of in users]
    if len(own[0]) != len(own[1]):
        return None
    found += zip(*own, strict=True)
    for v in shared:
        within = _partners(bodies[v], a, b)
        # p₁ = e^{z₁}/(e^{z₁} + e^{z₂}) has no part for z₂ as it has one for z₁: p₂ has.
        twins = [(v, u)] if (u := _twin(graph, shared, v, {a: b, b: a})) is not None else None
        if (beside := twins if within is None else within) is None:
            return None
        found += beside
    return found


def _users(graph: Graph) -> Mapping[Any, list[Any]]:
    """name → the names whose definitions it stands in, looked for once."""
    known: dict[Any, list[Any]] = graph.__dict__.setdefault("_users", {})
    if not known:
        for v, body in graph.typed.items():
            for s in body.free_symbols:
                known.setdefault(s, []).append(v)
    return known


def _settled(graph: Graph, v: Any) -> Any:
    """The definition of a name as sympy has it, found once."""
    known: dict[Any, Any] = graph.__dict__.setdefault("_settled", {})
    if v not in known:
        known[v] = settle(graph.typed[v])
    return known[v]


def _twin(graph: Graph, among: Sequence[Any], v: Any, names: dict[Any, Any]) -> Any:
    """The name whose definition is that of v with these names exchanged; else none."""
    image = settle(replace_all(graph.typed[v], names))
    return next((u for u in among if _settled(graph, u) == image), None)


def _partners(body: Any, a: Any, b: Any) -> list[tuple[Any, Any]] | None:
    """The names that stand beside a as others stand beside b: w₁ and w₂ of w₁a + w₂b."""
    parts = [n for n in body.args if {a, b} & n.free_symbols]
    if not parts or a == body or b == body:
        return []
    with_a = [n for n in parts if b not in n.free_symbols]
    with_b = [n for n in parts if a not in n.free_symbols]
    both = [n for n in parts if n not in with_a and n not in with_b]
    if len(with_a) != len(with_b):
        return None
    out: list[tuple[Any, Any]] = []
    for u, v in zip(with_a, with_b, strict=True):
        found = _differing(u, v)
        if found is None:
            return None
        out += found
    for n in both:
        found = _partners(n, a, b)
        if found is None:
            return None
        out += found
    return out


def _differing(a: Any, b: Any) -> list[tuple[Any, Any]] | None:
    """The pairs of names in which two trees differ; None where they differ otherwise."""
    if a.is_Symbol and b.is_Symbol:
        return [] if a == b else [(a, b)]
    if a.func != b.func or len(a.args) != len(b.args) or (not a.args and a != b):
        return None
    out: list[tuple[Any, Any]] = []
    for u, v in zip(a.args, b.args, strict=True):
        found = _differing(u, v)
        if found is None:
            return None
        out += found
    return out
