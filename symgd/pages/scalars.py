"""A derivation over scalars → the document of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import sympy as sp

from symgd.derive.shares import kronecker
from symgd.derive.worked import Line, Update, Worked
from symgd.pages.backprop import errors, general_errors, groups, needed, passes
from symgd.pages.cases import Cases
from symgd.pages.document import (
    Block,
    Document,
    Phrase,
    Row,
    change_of,
    in_brackets,
    shown_number,
)
from symgd.pages.formulas import ScalarFormulas, WrittenOut
from symgd.pages.messages.english import ENGLISH, Language
from symgd.trees.graph import Graph
from symgd.trees.names import split_name, symbol
from symgd.trees.notation import DIGITS, Dress
from symgd.trees.scalars import (
    Expr,
    P,
    function_name,
    is_application,
    replace_all,
    settle,
    walk,
)
from symgd.trees.steps import Derivation, Section, Step, names_of

# Rules that a line need not mention when it uses them in passing.
SILENT = frozenset(
    {
        "constant",
        "identity",
        "negative",
        "linear",
        "arithmetic",
        "lemma",
        "definition",
        "chain",
        "prime",
    }
)


def scalar_document(
    derivation: Derivation,
    worked: Worked | None = None,
    words: Language = ENGLISH,
    with_errors: bool = False,
) -> Document:
    """Model, lemmas, backward pass, gradient; with a worked point its numbers as well.

    `with_errors`: ∂C/∂z is called δ; some books have it so in any case.
    """
    graph = derivation.graph
    called = errors(derivation) if with_errors or graph.notation.book.errors else {}
    composer = Composer(derivation, words, called)
    spelling = graph.spelling
    if called:
        every = {**called, **general_errors(called)}
        spelling = replace(spelling, errors=every, cost=graph.cost.name)
    change: tuple[Phrase, ...] = ()
    if worked is not None and worked.updates:
        digits = derivation.graph.notation.digits
        corners = tuple(map(symbol, worked.corners))
        change = change_of(words, worked.predicted, worked.actual, corners, digits)
    if worked is not None and worked.saturated:
        names = tuple(map(symbol, worked.saturated))
        listed = words.listing([f"{{{i}}}" for i in range(len(names))])
        change = (*change, Phrase(words.headings["saturated"].format(names=listed), names))
    return Document(
        words,
        ScalarFormulas(spelling, words.conditions),
        tuple(composer.blocks(worked)),
        composer.result(),
        change,
        tuple(s.verdict for x in derivation.all_sections for s in x.steps if s.verdict),
    )


NOT_CALLED: Mapping[str, Dress] = MappingProxyType({})


class Composer:
    """Composes the blocks of one derivation in one language."""

    def __init__(
        self, derivation: Derivation, words: Language, called: Mapping[str, Dress] = NOT_CALLED
    ) -> None:
        self.derivation = derivation
        self.words = words
        self.called = called
        self.numbers = {s.left: s.number for s in derivation.lemmas}
        self.cases = Cases(derivation)

    def blocks(self, worked: Worked | None = None) -> Iterator[Block]:
        """The whole derivation: model, lemmas, backward pass, gradient, numbers."""
        yield self.model()
        if self.derivation.told == "backprop":
            yield from passes(self)
        else:
            d = self.derivation
            for sections in (d.lemmas, d.backward, d.sections):
                for section, others in groups(d, sections):
                    yield self.section(section, others=others)
        if worked is not None:
            headings = self.words.headings
            leaves, digits = self.derivation.graph.leaves, self.derivation.graph.notation.digits
            given = (Row(s, None, shown_number(worked.point[s.name], digits)) for s in leaves)
            rows = (*given, *worked_rows(worked.forward, digits))
            yield Block("forward", Phrase(headings["forward"]), rows)
            derivatives = worked_rows(worked.derivatives, digits)
            yield Block("worked", Phrase(headings["worked"]), derivatives)
            if worked.updates:
                yield update_block(worked.updates, worked.rate, self.words, digits)

    def model(self) -> Block:
        """The definitions in order, and the functions that they use."""
        graph = self.derivation.graph
        rows = [
            Row(e.left, e.right) if (e := graph.equations.get(v)) else _definition(graph, v)
            for v in graph.definitions
        ]
        rows = [replace(row, beside=_shape(row.left, row.right)) for row in rows]
        for call in used_functions(self.derivation):
            rows.append(Row(call, graph.functions[function_name(call)].body))
        # δ is what errors are called too: the page says which it is.
        said = Phrase(self.words.name("kronecker"))
        rows += [
            Row(*delta, rule=said)
            for s in self.derivation.lemmas
            if (delta := kronecker(s)) is not None
        ]
        return Block("model", Phrase(self.words.headings["model"]), tuple(rows))

    def section(self, section: Section, number: int = 0, others: Sequence[Section] = ()) -> Block:
        """Its steps, a row each; `number` where a lemma has another than its own; `others` are the
        same with names exchanged, a row each."""
        rows = (*self.rows(section), *(self.alike(other, section) for other in others))
        number = number or section.number
        if self.is_error(section):
            left = section.left
            first = Row(left, WrittenOut(left)), replace(rows[0], left=None)
            title = Phrase(self.words.titles["delta"].format(detail="{0}"), (left,))
            return Block("delta", title, (*first, *rows[1:]))
        return Block(section.kind, self.title(section, number), rows, number)

    def alike(self, section: Section, first: Section) -> Row:
        """What it is, as for the names of the first."""
        is_lemma = isinstance(first.left, P)
        of_name = is_lemma or first.kind == "tangent"
        names = tuple(first.left.args[1:]) if of_name else names_of(first.left)
        if of_name and section.left.args[1:] == names:
            names = (first.left.args[0],)  # both in the same name
        each, listed = self.each_name(names)
        return Row(
            section.left,
            self.cases.named(section.result, section),
            rule=Phrase(self.words.name("alike", listed), tuple(each)),
            why=self.words.reason("alike"),
            verdict=section.verdict,
            beside=first.left,
        )

    def rows(self, section: Section) -> Iterator[Row]:
        """A row a step; none where all that a step does is to put in cases that keep their name."""
        shown: Expr = section.left
        for i, step in enumerate(section.steps):
            row = self.row(section.left if i == 0 else None, step, section)
            if i and step.note is None and row.right == shown and step.after != step.before:
                continue
            shown = row.right
            yield row

    def is_error(self, section: Section) -> bool:
        """Whether the section is about what is called δ."""
        names = names_of(section.left)
        return section.kind == "backward" and len(names) == 1 and names[0].name in self.called

    def result(self) -> Block:
        """The gradient (or the second derivatives), a row each, below what they quote."""
        heading = self.words.headings["result" if self.derivation.order == 1 else "result2"]
        quoted = needed(self.derivation)
        rows = [
            Row(s.left, self.cases.named(s.result), beside=self.beside(s))
            for s in (*quoted, *self.derivation.sections)
        ]
        cases = [Row(*of) for of in self.cases.quoted(row.right for row in rows)]
        return Block("result", Phrase(heading), (*cases, *rows))

    def beside(self, section: Section) -> Any:
        """What results that may share a line of paper have in common: the first of those that are
        it with names exchanged, or the name that it is one link away from."""
        links = section.steps if len(section.steps) == 1 else ()
        link = next((s.detail for s in links if s.rule == "chain"), None)
        return link or self.derivation.alike.get(section.left, section.left)

    def title(self, section: Section, number: int) -> Phrase:
        """The derivative of what, in what, and of which order."""
        title = self.words.titles[section.kind]
        if section.kind == "lemma":
            return self.lemma_title(section, number)
        if section.kind == "tangent":
            return Phrase(title.format(of="{0}", detail="{1}"), tuple(section.left.args))
        names = names_of(section.left)
        each, detail = self.each_name(names)
        words = title.format(detail=detail, number=number, order=self.words.orders[len(names)])
        return Phrase(words, tuple(each))

    def lemma_title(self, section: Section, number: int) -> Phrase:
        """The derivative of what, and in what, where another lemma is about the same."""
        of, *indices = section.left.args
        order = self.words.orders[len(indices)]
        others = [s.left.args for s in self.derivation.lemmas if s is not section]
        if not any(a[0] == of and len(a) - 1 == len(indices) for a in others):
            title = self.words.titles["lemma"]
            return Phrase(title.format(detail="{0}", number=number, order=order), (of,))
        is_name = isinstance(section.left, P)
        names = indices if is_name else [of.args[int(i)] for i in indices]
        each, detail = self.each_name(names, first=1)
        title = self.words.titles["lemma_in"]
        words = title.format(detail="{0}", names=detail, number=number, order=order)
        return Phrase(words, (of, *each))

    def each_name(self, names: Sequence[Expr], first: int = 0) -> tuple[list[Expr], str]:
        """The names, each once, and how a title lists them: "z twice and w"."""
        each = list(dict.fromkeys(names))
        times = self.words.times
        words = [times[names.count(n)].format(name=f"{{{i}}}") for i, n in enumerate(each, first)]
        return each, f" {self.words.headings['and']} ".join(words)

    def row(self, left: Expr | None, step: Step, section: Section | None = None) -> Row:
        number = self.numbers.get(step.detail, 0) if step.rule == "lemma" else 0
        named = section is None or section.kind != "lemma"
        return Row(
            left,
            self.cases.named(step.after, section) if named else step.after,
            rule=self.rule(step, number),
            why=self.words.reason(step.rule),
            verdict=step.verdict,
            lemma=number,
            part=step.part,
            rules=(step.rule, *step.also),
        )

    def rule(self, step: Step, number: int) -> Phrase:
        """The words beside a row: "chain rule through ŷ", "power rule, linear function"."""
        if step.note is not None:
            t, place, value = step.note
            formulas = (t, place) if value is None else (t, place, value)
            taken = "" if value is None else "{2}"
            words = self.words.headings[step.rule].format(place="{0} = {1}", value=taken)
            return Phrase(words, formulas)
        passing = [self.words.name(r) for r in step.also if r not in SILENT]
        if step.rule == "negative" and passing:
            return Phrase(self.words.headings["comma"].join(passing))
        first, formulas = self.first_rule(step, number)
        return Phrase(self.words.headings["comma"].join([first, *passing]), formulas)

    def first_rule(self, step: Step, number: int) -> tuple[str, tuple[Any, ...]]:
        if step.rule == "lemma":
            several = "lemma" in step.also
            return self.words.name("lemmas" if several else "lemma", number=number), ()
        if step.rule == "chain" and "chain" in step.also:
            return self.words.name("chains"), ()
        if step.detail is None:
            return self.words.name(step.rule), ()
        if isinstance(step.detail, sp.Tuple):
            listed = self.words.listing([f"{{{i}}}" for i in range(len(step.detail))])
            return self.words.name(step.rule, listed), tuple(step.detail)
        return self.words.name(step.rule, "{0}"), (step.detail,)


def _shape(left: Expr, right: Expr) -> tuple[str, Expr]:
    """The definition without its indices: z₁ = w₁x + b₁ and z₂ = w₂x + b₂ have one."""
    stems = {
        s: sp.Symbol(split_name(s.name)[0]) for s in (left, *right.free_symbols) if s.is_Symbol
    }
    return str(stems.get(left, left)), replace_all(right, stems)


def _definition(graph: Graph, v: sp.Symbol) -> Row:
    """v = what was typed = the functions that it is told as."""
    typed, told = graph.spelled_out.get(v), graph.definitions[v]
    if typed is None:
        return Row(v, told)
    if _is_rewritten(graph, typed, told):
        sums = {settle(e): s for s, e in graph.definitions.items() if e.is_Add}
        named = {n: s for n in walk(told) if n.is_Add and (s := sums.get(settle(n))) is not None}
        return Row(v, typed, replace_all(told, named))
    call = told.is_Function and not isinstance(told, sp.exp)
    shown = call or _functions(told) - _functions(typed)
    return Row(v, typed, told) if shown else Row(v, typed)


def _is_rewritten(graph: Graph, typed: Expr, told: Expr) -> bool:
    """Whether it is told by other exponentials than those that were typed: a share without the m of
    e^(z - m), or 1/s as e^0/s."""
    if not _exponents(told):
        return False
    inner: dict[Expr, Expr] = {}
    for v, e in graph.typed.items():
        opened = replace_all(e, inner)
        if _exponents(opened):
            inner[v] = opened
    return _exponents(replace_all(typed, inner)) != _exponents(told)


def _exponents(expr: Expr) -> set[Expr]:
    return {settle(n.args[0]) for n in walk(expr) if isinstance(n, sp.exp)}


def _functions(expr: Expr) -> set[str]:
    """The functions that stand in it; of a share, told by its exponentials, none is new."""
    return {function_name(n) for n in walk(expr) if n.is_Function and not isinstance(n, sp.exp)}


def update_block(
    updates: Iterable[Update], rate: float, words: Language, digits: int = DIGITS
) -> Block:
    """θ ← before - rate·slope = after, a row for each parameter that is a number."""
    rows = []
    for u in updates:
        change = f"{shown_number(rate, digits)}·{in_brackets(u.slope, digits)}"
        value = f"{shown_number(u.before, digits)} − {change} = {shown_number(u.after, digits)}"
        rows.append(Row(u.name, None, value, sign="←"))
    title = words.headings["update"].format(rate=shown_number(rate, digits))
    return Block("update", Phrase(title), tuple(rows))


def used_functions(derivation: Derivation) -> list[Any]:
    """g(z, ...) for every named function with a body, in the order the derivation mentions them."""
    graph = derivation.graph
    lines = [e for s in derivation.all_sections for e in (s.left, *(t.after for t in s.steps))]
    out = []
    for node in applications(graph, lines):
        g = graph.functions[function_name(node)]
        if g.body is not None and _is_new(node, g.body):
            variables = g.variables if is_application(node) else g.variables[:1]
            out.append(node.func(*variables))
    return out


def applications(graph: Any, lines: Iterable[Expr]) -> list[Any]:
    """An application of each named function in the definitions, the lines, and their bodies."""
    found: dict[str, Any] = {}
    pending = [*graph.definitions.values(), *lines]
    for expr in pending:
        for node in walk(expr):
            name = function_name(node) if node.is_Function else ""
            if name in graph.functions and name not in found:
                found[name] = node
                body = graph.functions[name].body
                pending += [] if body is None else [body]
    return list(found.values())


def _is_new(node: Any, body: Expr) -> bool:
    """Whether the body says more than the name does: sin(z) = sin(z) need not be said."""
    return not isinstance(body, node.func)


def worked_rows(lines: Iterable[Line], digits: int = DIGITS) -> tuple[Row, ...]:
    """left = formula, and below it = plugged = value."""
    rows = []
    for line in lines:
        if line.formula == line.left:
            rows.append(Row(line.left, None, shown_number(line.value, digits)))
            continue
        rows.append(Row(line.left, line.formula))
        settled = not line.plugged.args
        shown = shown_number(line.value, digits)
        rows.append(Row(None, None if settled else line.plugged, shown))
    return tuple(rows)


def average_cost(graph: Graph, columns: Mapping[str, Any], reduction: str = "mean") -> str:
    """LaTeX of C = 1/N Σ ½(yᵢ - ŷᵢ)²: an index on every name that is another in each sample.

    The definition of the cost is written out; empty where nothing is a column.
    """
    own = {s for s in graph.inputs if hasattr(columns.get(str(s)), "__len__")}
    own |= {v for v in graph.definitions if graph.ancestors[v] & own}
    if graph.cost not in own:
        return ""
    body = graph.definitions[graph.cost]
    indexed = replace_all(body, {s: symbol(f"{s}_i") for s in own})
    spelling = graph.spelling
    dressed = {s.name: spelling.names[s.name] for s in own if s.name in spelling.names}
    # In braces: a dress may have an index of its own.
    named = {f"{n}_i": (f"{{{tex}}}_i", f"{plain}ᵢ") for n, (tex, plain) in dressed.items()}
    spelling = replace(spelling, names={**spelling.names, **named})
    formulas = ScalarFormulas(spelling, ENGLISH.conditions)
    of = formulas.latex(indexed)
    inner = rf"\left({of}\right)" if body.is_Add else of
    times = r"\frac{1}{N} " if reduction == "mean" else ""
    return rf"{formulas.latex(graph.cost)} = {times}\sum_{{i=1}}^{{N}} {inner}"
