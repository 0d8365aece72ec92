r"""Walking over trees, and changing them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from symgd.language.latex.syntax import Big, Call, Name, Node

PARTS: dict[type, tuple[str, ...]] = {}


def parts(node: Any) -> tuple[str, ...]:
    """The fields of a node that may hold nodes."""
    kind = type(node)
    if kind not in PARTS:
        PARTS[kind] = tuple(f.name for f in fields(kind) if f.name not in ("at", "signs"))
    return PARTS[kind]


def children(node: Any) -> Iterator[Any]:
    """The nodes right below, in the order of writing."""
    for name in parts(node):
        yield from _nodes(getattr(node, name))


def _nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for v in value:
            yield from _nodes(v)


def walk(node: Any) -> Iterator[Any]:
    """Every node of the tree, parents before children."""
    yield node
    for child in children(node):
        yield from walk(child)


def changed(node: Any, change: Callable[[Any], Any]) -> Any:
    """The node with `change` made of each node right below it."""
    new = {}
    for name in parts(node):
        old = getattr(node, name)
        value = _changed(old, change)
        if value is not old:
            new[name] = value
    return replace(node, **new) if new else node


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, Node):
        return change(value)
    if isinstance(value, tuple):
        new = tuple(_changed(v, change) for v in value)
        return value if all(a is b for a, b in zip(new, value, strict=True)) else new
    return value


def exchange(node: Any, table: dict[Any, Any]) -> Any:
    """The tree with every subtree that is a key of the table exchanged for its value."""
    if node in table:
        return table[node]
    return changed(node, lambda child: exchange(child, table))


def names_below(tree: Any, bound: frozenset[str] = frozenset()) -> Iterator[Name]:
    """Names that stand for values: not those of subscripts, functions and indices."""
    if isinstance(tree, Name):
        if tree.base not in bound:
            yield tree
        return
    if isinstance(tree, Big):
        inner = bound | {i.base for i in tree.indices}
        for part in (tree.body, tree.high):
            if part is not None:
                yield from names_below(part, inner)
        return
    if isinstance(tree, Call):
        for a in tree.arguments:
            yield from names_below(a, bound)
        return
    for child in children(tree):
        yield from names_below(child, bound)
