"""What every format tells, in which order and which words; how it is spelled is the format's own.

A `Block` is a title and rows; a row is a left side, a right side and what is said beside it. The
formats differ only in how they set an expression and lay out a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from symgd.derive.worked import Line, Worked
from symgd.language.printer import ten_digits
from symgd.pages.messages import MARKS, Language
from symgd.pages.messages.english import ENGLISH
from symgd.trees.graph import Graph
from symgd.trees.scalars import Expr, function_name, is_application, walk
from symgd.trees.steps import Derivation, Section, Step, names_of

Set = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Row:
    """left = right = tail, beside it the rule (`said`) and its mark; `tail` is a value as text.

    `becomes`: left ← right, a new value of the name.
    """

    left: Expr | None
    right: Expr | None
    rule: str = ""
    detail: Expr | None = None
    number: int = 0
    also: tuple[str, ...] = ()
    mark: str = ""
    note: tuple[Any, ...] | None = None
    part: tuple[Expr, Expr] | None = None
    tail: str = ""
    becomes: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A titled run of rows.

    `kind`: model, lemma, backward, gradient, hessian, forward, worked or update.
    """

    kind: str
    title: str
    subject: Expr | None = None
    number: int = 0
    order: int = 1
    rows: tuple[Row, ...] = field(default=())


class Teller:
    """Tells one derivation, with its worked point if there is one, in one language."""

    def __init__(
        self, derivation: Derivation, worked: Worked | None = None, words: Language = ENGLISH
    ) -> None:
        self.derivation = derivation
        self.worked = worked
        self.words = words
        self.numbers = {s.left: s.number for s in derivation.lemmas}

    # -- blocks -------------------------------------------------------------------------------

    def blocks(self) -> Iterator[Block]:
        """The whole telling: model, lemmas, backward pass, gradient, numbers."""
        yield self.model()
        for section in self.derivation.all_sections:
            yield self.section(section)
        if self.worked is not None:
            headings, worked = self.words.headings, self.worked
            given = tuple(
                Row(s, None, tail=shown_number(worked.point[s.name]))
                for s in self.derivation.graph.leaves
            )
            rows = (*given, *worked_rows(worked.forward))
            yield Block("forward", headings["forward"], rows=rows)
            yield Block("worked", headings["worked"], rows=worked_rows(worked.derivatives))
            if worked.updates:
                yield self.update(worked)

    def model(self) -> Block:
        """The definitions in order, and the functions that they use."""
        graph = self.derivation.graph
        rows = [Row(v, body) for v, body in graph.definitions.items()]
        for call in used_functions(self.derivation):
            rows.append(Row(call, graph.functions[function_name(call)].body))
        return Block("model", self.words.headings["model"], rows=tuple(rows))

    def section(self, section: Section) -> Block:
        rows = tuple(
            self.row(section.left if i == 0 else None, step) for i, step in enumerate(section.steps)
        )
        subject = section.left.args[0] if section.kind == "lemma" else section.left
        order = len(section.left.args) - 1
        title = self.words.titles[section.kind]
        return Block(section.kind, title, subject, section.number, order, rows)

    def row(self, left: Expr | None, step: Step) -> Row:
        mark = MARKS[step.verdict.status] if step.verdict is not None else ""
        number = self.numbers.get(step.detail, 0) if step.rule == "lemma" else 0
        return Row(
            left, step.after, step.rule, step.detail, number, step.also, mark, step.note, step.part
        )

    def update(self, worked: Worked) -> Block:
        rows = []
        for u in worked.updates:
            change = f"{shown_number(worked.rate)}·{bracketed(u.slope)}"
            tail = f"{shown_number(u.before)} − {change} = {shown_number(u.after)}"
            rows.append(Row(u.name, None, tail=tail, becomes=True))
        title = self.words.headings["update"].format(rate=shown_number(worked.rate))
        return Block("update", title, rows=tuple(rows))

    def result(self) -> Block:
        """The gradient (or the second derivatives), a row each."""
        heading = self.words.headings["result" if self.derivation.order == 1 else "result2"]
        rows = tuple(Row(s.left, s.result) for s in self.derivation.sections)
        return Block("result", heading, rows=rows)

    # -- sentences ------------------------------------------------------------------------------

    def said(self, row: Row, set_math: Set) -> str:
        """The words beside a row: "chain rule through ŷ", "power rule, linear function"."""
        if not row.rule:
            return ""
        if row.note is not None:
            t, place, value = row.note
            where = f"{set_math(t)} = {set_math(place)}"
            told = "" if value is None else set_math(value)
            return self.words.headings[row.rule].format(place=where, value=told)
        passing = [self.words.name(r) for r in row.also if r not in SILENT]
        return self.words.headings["comma"].join([self.first_rule(row, set_math), *passing])

    def first_rule(self, row: Row, set_math: Set) -> str:
        if row.rule == "lemma":
            several = "lemma" in row.also
            return self.words.name("lemmas" if several else "lemma", number=row.number)
        if row.rule == "chain" and "chain" in row.also:
            return self.words.name("chains")
        detail = set_math(row.detail) if row.detail is not None else ""
        return self.words.name(row.rule, detail)

    def title(self, block: Block, set_math: Set) -> str:
        """The title with its subject set."""
        detail = set_math(block.subject) if block.subject is not None else ""
        order = block.order
        if block.kind in ("gradient", "backward", "hessian") and block.subject is not None:
            names = list(map(set_math, names_of(block.subject)))
            order = len(names)
            times = self.words.times
            each = [times[names.count(n)].format(name=n) for n in dict.fromkeys(names)]
            detail = f" {self.words.headings['and']} ".join(each)
        return block.title.format(
            detail=detail, number=block.number, order=self.words.orders[order]
        )

    def change(self, set_number: Callable[[str], str] = str) -> list[str]:
        """What first order predicts beside what happens, and a word on a corner."""
        if self.worked is None or not self.worked.updates:
            return []
        headings, worked = self.words.headings, self.worked
        predicted, actual = (set_number(shown_number(x)) for x in (worked.predicted, worked.actual))
        sentence = (
            f"{headings['predicted']} {predicted}{headings['semicolon']}"
            f"{headings['actual']} {actual}{headings['stop'].strip()}"
        )
        if not worked.corners:
            return [sentence]
        return [sentence, headings["corner"].format(names=self.words.listing(worked.corners))]

    def legend(self, marks: bool = True) -> str:
        """How many steps there are, and what their marks mean."""
        sections = self.derivation.all_sections
        verdicts = [s.verdict for section in sections for s in section.steps if s.verdict]
        digits = max((v.digits for v in verdicts), default=0)
        meanings = []
        for status in dict.fromkeys(v.status for v in verdicts):
            meaning = self.words.verdicts[status].format(digits=digits)
            meanings.append(f"{MARKS[status]} {meaning}" if marks else meaning)
        stop = self.words.headings["stop"]
        count = self.words.headings["steps"].format(count=len(verdicts))
        return f"{count} {stop.join(meanings)}{stop.strip()}"


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


def used_functions(derivation: Derivation) -> list[Any]:
    """g(z, ...) for every named function with a body, in the order the derivation mentions them."""
    graph = derivation.graph
    lines = [e for s in derivation.all_sections for e in (s.left, s.result)]
    out = []
    for node in mentioned(graph, lines):
        g = graph.functions[function_name(node)]
        if g.body is not None and _is_new(node, g.body):
            variables = g.variables if is_application(node) else g.variables[:1]
            out.append(node.func(*variables))
    return out


def mentioned(graph: Graph, lines: Iterable[Expr]) -> list[Any]:
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


def worked_rows(lines: Iterable[Line]) -> tuple[Row, ...]:
    """left = formula, and below it = plugged = value."""
    rows = []
    for line in lines:
        rows.append(Row(line.left, line.formula))
        settled = not line.plugged.args
        rows.append(Row(None, None if settled else line.plugged, tail=shown_number(line.value)))
    return tuple(rows)


def shown_number(x: float) -> str:
    """A value to ten digits, with a minus sign that is one."""
    return ten_digits(x).replace("-", "−")


def bracketed(x: float) -> str:
    return f"({shown_number(x)})" if x < 0 else shown_number(x)
