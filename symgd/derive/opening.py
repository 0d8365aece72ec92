"""Derivatives that are taken one after the other, the outermost and leftmost first.

Each step of a derivation changes one place of an expression that may be long. What holds no
derivative that is taken here is looked through once, and what stands in it many times, as the
conditions of nested cases do, once too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symgd.derive.algebra.arithmetic import drop
from symgd.trees.scalars import Expr, Unevaluated, rebuild


class Opening:
    """An expression, and which of its derivatives are taken."""

    def __init__(self, whole: Expr, taken: Callable[[Any], bool]) -> None:
        self.whole = whole
        self.taken = taken
        self.barren: set[Any] = set()
        self.closed: set[Any] = set()
        self.drop = drop.keeping()

    def first(self) -> Any:
        """The outermost and leftmost derivative that is taken, or None."""
        return self._first(self.whole)

    def _first(self, node: Any) -> Any:
        if node in self.barren:
            return None
        if isinstance(node, Unevaluated) and self.taken(node):
            return node
        for a in node.args:
            found = self._first(a)
            if found is not None:
                return found
        self.barren.add(node)
        return None

    def put(self, old: Any, new: Any) -> Expr:
        """The expression with `new` for every `old`, and without what counts for nothing."""
        self.whole = self.drop(self._exchanged(self.whole, {old: new}))
        return self.whole

    def _exchanged(self, node: Any, known: dict[Any, Any]) -> Any:
        found = known.get(node)
        if found is not None:
            return found
        if self._is_closed(node):
            return node
        found = rebuild(node, tuple(self._exchanged(a, known) for a in node.args))
        known[node] = found
        return found

    def _is_closed(self, node: Any) -> bool:
        """Whether no derivative stands in it."""
        if isinstance(node, Unevaluated):
            return False
        if node.args and node not in self.closed:
            if not all(map(self._is_closed, node.args)):
                return False
            self.closed.add(node)
        return True
