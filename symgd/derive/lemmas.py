"""Lemmas: C'(ŷ), σ'(z) and their like, derived once and then quoted.

A lemma opens a definition, takes every derivative in it by the rules, quotes the lemmas that this
needs in turn, and brings what is left to textbook form. A linear definition needs none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import sympy as sp

from symgd.derive import rules
from symgd.derive.algebra.arithmetic import signs_in_front, textbook_order, tidy
from symgd.derive.algebra.identities import Context
from symgd.derive.algebra.textbook import simplify
from symgd.derive.corners import conventions, inferred_corners
from symgd.derive.detail import Line, section
from symgd.derive.opening import Opening
from symgd.derive.shares import Shares
from symgd.functions import PRIMED
from symgd.trees.graph import Equation, Graph, Kink, NamedFunction
from symgd.trees.names import symbol
from symgd.trees.scalars import (
    D,
    Expr,
    P,
    Prime,
    add,
    distinct,
    function_name,
    is_application,
    letters_in,
    mul,
    neg,
    quotient,
    replace_all,
    replace_outside,
)
from symgd.trees.steps import Section

CASES = (sp.Max, sp.Min, sp.Abs, sp.sign, sp.Piecewise)


class Lemmas:
    """The lemmas of one graph, in the order in which they were first needed."""

    def __init__(self, graph: Graph, detail: str, shares: tuple[Shares, ...] = ()) -> None:
        self.graph = graph
        self.groups = shares
        self.shares = {v: group for group in shares for v in group.told}
        self.detail = detail
        self.skip = frozenset({"linear"} if detail == "full" else ())
        self.sections: dict[Expr, Section] = {}
        self.context = Context(functions=graph.functions)

    def with_numbers(self, alike: Mapping[Expr, Expr]) -> tuple[Section, ...]:
        """In the order of the text; one that is another with names exchanged has that one's."""
        numbers: dict[Expr, int] = {}
        for left in self.sections:
            first = alike.get(left)
            numbers[left] = (
                numbers[first] if first is not None else 1 + max(numbers.values(), default=0)
            )
        return tuple(replace(s, number=numbers[left]) for left, s in self.sections.items())

    # -- quoting ------------------------------------------------------------------------------

    def quote_lemmas(self, whole: Expr) -> Iterator[Line]:
        """Put in, one a line, every derivative that a lemma knows."""
        opening = Opening(whole, self.knows)
        while (node := opening.first()) is not None:
            value = self.value_of(node)
            whole = opening.put(node, value)
            if self.detail != "full":
                whole = opening.whole = signs_in_front(whole)
            if self.is_linear(node):
                yield Line("linear", whole, (node, value))
            else:
                yield Line("lemma", whole, (node, value), self.key(node))

    def quote_linear(self, whole: Expr) -> Iterator[Line]:
        """Put in, one a line, the slopes of linear definitions."""
        opening = Opening(whole, self.is_linear)
        while (node := opening.first()) is not None:
            value = self.value_of(node)
            yield Line("linear", opening.put(node, value), (node, value))

    def knows(self, node: Expr) -> bool:
        """Whether the node is a derivative of something whose body is known."""
        if isinstance(node, Prime):
            g = self.graph.functions.get(function_name(node.args[0]))
            return g is not None and (g.body is not None or g.equation is not None)
        return isinstance(node, P)

    def key(self, node: Expr) -> Expr:
        """σ'(u) → the lemma about σ'(z), in the function's own variables; a share's in indices."""
        if isinstance(node, P):
            return self.shares[node.args[0]].key if node.args[0] in self.shares else node
        application, *indices = node.args
        return Prime(application.func(*self.of(application).variables), *indices)

    def of(self, application: Expr) -> NamedFunction:
        return self.graph.functions[function_name(application)]

    def value_of(self, node: Expr) -> Expr:
        """What the lemma says, at the arguments of this node; a linear definition needs none."""
        if self.is_linear(node):
            v, a = node.args
            return coefficients(self.graph.definitions[v], {a})[a]
        if isinstance(node, P) and node.args[0] in self.shares:
            group = self.shares[node.args[0]]
            if group.key not in self.sections:
                self.sections[group.key] = group.lemma(self.detail)
            return group.slope(*node.args)
        result = self.lemma(self.key(node)).result
        if isinstance(node, P):
            return result
        application = node.args[0]
        return replace_all(
            result, dict(zip(self.of(application).variables, application.args, strict=True))
        )

    def is_linear(self, node: Expr) -> bool:
        """Whether the node is the slope of a linear definition other than the cost."""
        if not isinstance(node, P) or len(node.args) != 2 or node.args[0] == self.graph.cost:
            return False
        if node.args[0] in self.graph.kinks:
            return False  # its lemma says that there is none
        return is_linear(self.graph.definitions[node.args[0]], (node.args[1],))

    def is_call(self, v: sp.Symbol) -> bool:
        """Whether a name is a function of plain names, and its slope that of the function: at a
        corner of its own it is not."""
        return v not in self.graph.kinks and is_call(self.graph.definitions[v])

    def slopes(self, v: sp.Symbol, active: list[sp.Symbol]) -> dict[sp.Symbol, Expr]:
        """∂v/∂a for each of the arguments, in the forms of the lemmas, written in the output v."""
        body = self.graph.definitions[v]
        call = self.is_call(v)
        if not call and v not in self.graph.kinks and is_linear(body, active):
            return coefficients(body, active)
        out: dict[sp.Symbol, Expr] = {}
        for i, a in enumerate(body.args if call else active):
            if a in active:
                slope = self.value_of(Prime(body, i) if call else P(v, a))
                out[a] = add(out[a], slope) if a in out else slope
        return {a: tidy(replace_outside(e, {body: v})) for a, e in out.items()}

    # -- deriving -----------------------------------------------------------------------------

    def lemma(self, key: Expr) -> Section:
        """The lemma, derived on first use."""
        if key not in self.sections:
            made = self.about_function(key) if isinstance(key, Prime) else self.about_name(key)
            self.sections[key] = made
        return self.sections[key]

    def about_function(self, key: Prime) -> Section:
        """g'(z), or a higher or mixed derivative of g."""
        application, *indices = key.args
        g = self.of(application)
        t = g.variables[int(indices[-1])]
        id = f"lemma:{g.name}:" + ",".join(map(str, indices))
        if g.equation is not None:
            return self.about_equation(key, id, g, g.equation)
        if len(indices) > 1:
            lower = self.value_of(Prime(application, *indices[:-1]))
            start = Line("lower_order", D(lower, t))
            return self.section(id, key, start, t, self.context, (), g)
        kinks = g.kinks if int(indices[0]) == 0 else ()
        start = Line("definition", D(g.body, t), (g.body, D(g.body, t)), application)
        return self.section(id, key, start, t, replace(self.context, function=g), kinks, g)

    def about_equation(self, key: Prime, id: str, g: NamedFunction, e: Equation) -> Section:
        """F(y, x) = 0: ∂y/∂x = -F_x/F_y; a higher one is of the lower, in which y moves with x."""
        application, *indices = key.args
        t = g.variables[int(indices[-1])]
        if len(indices) == 1:
            start = Line("implicit", neg(quotient(D(e.zero, t), D(e.zero, e.name))))
        else:
            lower = self.value_of(Prime(application, *indices[:-1]))
            start = Line("lower_order", D(replace_all(lower, {e.name: application}), t))
        return self.section(id, key, start, t, self.context, (), g)

    def about_name(self, key: P) -> Section:
        """∂v/∂a from the definition of v, its other arguments held."""
        v, *names = key.args
        t = names[-1]
        id = f"lemma:{v}:" + ",".join(map(str, names))
        if len(names) > 1:
            lower = self.lemma(P(v, *names[:-1])).result
            start = Line("lower_order", D(lower, t))
            return self.section(id, key, start, t, self.context, ())
        kinks = self.graph.kinks.get(v, ())
        body = self.graph.definitions[v]
        start = Line("definition", D(body, t), (body, D(body, t)), v)
        return self.section(id, key, start, t, self.context, kinks)

    def section(
        self,
        id: str,
        key: Expr,
        start: Line,
        t: sp.Symbol,
        context: Context,
        kinks: tuple[Kink, ...],
        g: NamedFunction | None = None,
    ) -> Section:
        lines = [start]
        lines += self.differentiate(lines[-1].after)
        lines += self.quote_lemmas(lines[-1].after)
        if g is not None and g.equation is not None:
            named = replace_outside(lines[-1].after, {key.args[0]: g.equation.name})
            lines += [Line("output", named)] if named != lines[-1].after else []
        lines += moves(lines[-1].after, context)
        lines[-1] = replace(lines[-1], after=textbook_order(lines[-1].after, t))
        domains = dict(self.graph.domains)
        domains |= {symbol(n): d for n, d in (g.domains if g else {}).items()}
        lines += conventions(self.graph, lines[-1].after, t, kinks, domains)
        body = start.part[0] if start.part is not None else None
        if start.rule == "lower_order" and isinstance(start.after, D):
            body = start.after.args[0]
        if body is not None and all(k.chosen for k in kinks):
            places = {k.place for k in kinks}
            lines += inferred_corners(self.graph, body, lines[-1].after, t, domains, places)
        return section("lemma", id, key, lines, self.detail, g.name if g else "")

    def differentiate(self, whole: Expr) -> Iterator[Line]:
        """Every derivative taken, outermost and leftmost first; names stand for themselves."""
        opening = Opening(whole, lambda n: isinstance(n, D))
        while (target := opening.first()) is not None:
            f, t = target.args
            row, out = rules.first(f, t, rules.mentions, self.skip)
            yield Line(row.id, opening.put(target, out), (target, out))


def moves(whole: Expr, context: Context) -> Iterator[Line]:
    """The algebra from here to textbook form."""
    for rule, after, part in simplify(whole, context):
        yield Line(rule, after, part)


# -- functions of names, and linear definitions ---------------------------------------------------


def is_call(body: Expr) -> bool:
    """Whether the body is a function of plain names: σ(z), softplus(z, β), but not σ(2z)."""
    if not (is_application(body) or isinstance(body, tuple(PRIMED.values()))):
        return False
    plain = all(a.is_Symbol or a.is_Number for a in body.args)
    return plain and any(a.is_Symbol for a in body.args)


def has_cases(body: Expr) -> bool:
    """Whether the body may have corners: |u|, max, a distinction of cases."""
    return any(isinstance(n, CASES) for n in distinct(body))


def terms_of(body: Expr) -> tuple[Expr, ...]:
    return body.args if body.is_Add else (body,)


def factors_of(term: Expr) -> tuple[Expr, ...]:
    return term.args if term.is_Mul else (term,)


def is_linear(body: Expr, moving: Collection[sp.Symbol]) -> bool:
    """Whether each of the moving names occurs in the terms only as a plain factor, once: wx + b."""
    names = set(moving)
    for term in terms_of(body):
        moved = [f for f in factors_of(term) if letters_in(f) & names]
        if any(f not in names for f in moved) or len(set(moved)) < len(moved):
            return False
    return True


def coefficients(body: Expr, moving: Collection[sp.Symbol]) -> dict[sp.Symbol, Expr]:
    """All the slopes of a linear definition, in one pass over its terms."""
    names = set(moving)
    out: dict[sp.Symbol, list[Expr]] = {}
    for term in terms_of(body):
        factors = factors_of(term)
        for i, a in enumerate(factors):
            if a in names:
                out.setdefault(a, []).append(mul(*factors[:i], *factors[i + 1 :]))
    return {a: _sum(terms) for a, terms in out.items()}


def _sum(terms: list[Expr]) -> Expr:
    """The sum; of numbers their value, so that w - w has the slope 0 and not 1 - 1."""
    whole = add(*terms)
    return tidy(whole) if len(terms) > 1 and not whole.free_symbols else whole
