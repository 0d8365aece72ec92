"""A derivative that has cases is carried by its name: f'(z), and not {1 if z > 0; 0 otherwise}.

Its lemma says once what it is. A line that has it within a product or a sum writes the name, and so
does the gradient, above which it is listed; a line that is nothing else writes the cases.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy as sp

from symgd.trees.scalars import Expr, P, Prime, replace_all, walk
from symgd.trees.steps import Derivation, Section


class Cases:
    """The lemmas of a derivation that end in cases, by what each is at the arguments it is quoted
    at."""

    def __init__(self, derivation: Derivation) -> None:
        self.lemmas = {
            s.left: s.result for s in derivation.lemmas if isinstance(s.result, sp.Piecewise)
        }
        self.outputs = {e: v for v, e in derivation.graph.definitions.items() if e.is_Function}
        self.of_section: dict[str, dict[Expr, Expr]] = {}
        self.known: dict[Expr, Expr] = {}
        if self.lemmas:
            for section in (*derivation.backward, *derivation.sections):
                own = self._within(section)
                self.of_section[section.id] = own
                self.known |= {
                    value: name for value, name in own.items() if value not in self.known
                }

    def _within(self, section: Section) -> dict[Expr, Expr]:
        """value → name, of each that the section quotes."""
        lines = (section.left, *(step.after for step in section.steps))
        nodes = dict.fromkeys(n for line in lines for n in walk(line) if isinstance(n, Prime | P))
        found = [(value, n) for n in reversed(nodes) if (value := self.value(n)) is not None]
        # with the outputs by their names too: {1 if z > 0; yhat + 1 otherwise}
        return dict(found) | {replace_all(value, self.outputs): n for value, n in found}

    def value(self, node: Any) -> Expr | None:
        """The cases that a lemma has for f'(u) or ∂v/∂a, at its arguments."""
        if isinstance(node, P):
            return self.lemmas.get(node)
        application, *indices = node.args
        for left, result in self.lemmas.items():
            if not isinstance(left, Prime) or list(left.args[1:]) != indices:
                continue
            general = left.args[0]
            if general.func == application.func and len(general.args) == len(application.args):
                put: dict[Any, Any] = dict(zip(general.args, application.args, strict=True))
                value: Expr = replace_all(result, put)
                return value
        return None

    def named(self, expr: Any, section: Section | None = None) -> Any:
        """The expression with names for the cases that it has a part in."""
        if not self.lemmas or expr is None or isinstance(expr, sp.Piecewise):
            return expr
        own = self.of_section.get(section.id, {}) if section is not None else {}
        return replace_all(expr, {**self.known, **own})

    def quoted(self, lines: Iterable[Expr]) -> list[tuple[Expr, Expr]]:
        """(name, value) of each that the lines carry by its name, in their order."""
        values = {name: value for value, name in self.known.items()}
        nodes = dict.fromkeys(n for line in lines for n in walk(line) if n in values)
        return [(n, values[n]) for n in nodes]
