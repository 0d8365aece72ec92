"""What every format tells, in which order and which words; how it is spelled is the format's own.

A `Block` is a title and rows; a row is a left side, a right side and what is said beside it. The
formats differ only in how they set an expression and lay out a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from symgd import words
from symgd.errors import listing
from symgd.graph import Graph
from symgd.notation.nodes import Expr, function_name, is_application, walk
from symgd.steps import Derivation, Section, Step, names_of
from symgd.worked import Worked

Set = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Row:
    """left = right = tail, beside it the rule (`said`) and its mark; `tail` is a value as text."""

    left: Expr | None
    right: Expr | None
    rule: str = ""
    detail: Expr | None = None
    number: int = 0
    also: tuple[str, ...] = ()
    mark: str = ""
    note: tuple[Any, ...] | None = None
    tail: str = ""


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


def blocks(derivation: Derivation, worked: Worked | None = None) -> Iterator[Block]:
    """The whole telling: the model, the lemmas, the backward pass, the gradient, the numbers."""
    numbers = {s.left: s.number for s in derivation.lemmas}
    yield model_block(derivation)
    for section in derivation.all_sections:
        yield section_block(derivation, section, numbers)
    if worked is not None:
        yield Block("forward", words.HEADINGS["forward"], rows=tuple(_worked_rows(worked.forward)))
        yield Block(
            "worked", words.HEADINGS["worked"], rows=tuple(_worked_rows(worked.derivatives))
        )
        if worked.updates:
            yield update_block(worked)


def model_block(derivation: Derivation) -> Block:
    """The definitions in order, and the functions that they use."""
    graph = derivation.graph
    rows = [Row(v, body) for v, body in graph.definitions.items()]
    rows += [
        Row(call, graph.functions[function_name(call)].body) for call in used_functions(derivation)
    ]
    return Block("model", words.HEADINGS["model"], rows=tuple(rows))


def used_functions(derivation: Derivation) -> list[Any]:
    """g(z, ...) for every named function with a body, in the order the derivation mentions them."""
    graph = derivation.graph
    found: dict[str, Any] = {}
    pending: list[Any] = list(graph.definitions.values())
    pending += [e for s in derivation.all_sections for e in (s.left, s.result)]
    for expr in pending:
        for node in walk(expr):
            name = (
                function_name(node) if is_application(node) or _is_elementary(node, graph) else ""
            )
            g = graph.functions.get(name)
            if g is not None and g.body is not None and name not in found and _is_new(node, g.body):
                found[name] = (
                    node.func(*g.variables) if is_application(node) else node.func(g.variables[0])
                )
                pending.append(g.body)
    return list(found.values())


def _is_elementary(node: Any, graph: Graph) -> bool:
    return isinstance(node, sp.Function) and function_name(node) in graph.functions


def _is_new(node: Any, body: Expr) -> bool:
    """Whether the body says more than the name does: sin(z) = sin(z) need not be said."""
    return not isinstance(body, node.func)


def section_block(derivation: Derivation, section: Section, numbers: dict[Expr, int]) -> Block:
    rows = tuple(
        step_row(section.left if i == 0 else None, step, lemma_number(step, numbers))
        for i, step in enumerate(section.steps)
    )
    order = len(section.left.args) - 1
    title = words.TITLES[section.kind]
    return Block(section.kind, title, subject(section), section.number, order, rows)


def subject(section: Section) -> Expr:
    """What a title names: the function of a lemma, or the variable of a gradient."""
    left = section.left
    if section.kind == "lemma":
        return left.args[0]
    return left


def step_row(left: Expr | None, step: Step, number: int) -> Row:
    mark = words.VERDICTS[step.verdict.status][0] if step.verdict is not None else ""
    return Row(left, step.after, step.rule, step.detail, number, step.also, mark, step.note)


def lemma_number(step: Step, numbers: dict[Expr, int]) -> int:
    return numbers.get(step.detail, 0) if step.rule == "lemma" else 0


def said(row: Row, set_math: Set) -> str:
    """The words beside a row: "chain rule through ŷ", "power rule, linear function"."""
    if not row.rule:
        return ""
    detail = set_math(row.detail) if row.detail is not None and row.rule != "lemma" else ""
    if row.note is not None:
        t, place, value = row.note
        where = words.HEADINGS[row.rule]
        return where.format(place=f"{set_math(t)} = {set_math(place)}", value=set_math(value))
    several = row.rule == "lemma" and "lemma" in row.also
    first = words.name("lemmas") if several else words.name(row.rule, detail, row.number)
    if row.rule == "lemma" and not row.number:
        first = words.name("linear")
    passing = [words.name(r) for r in row.also if r not in SILENT]
    return ", ".join([first, *passing])


# Rules that a line need not mention when it uses them in passing.
SILENT = frozenset(
    {"constant", "identity", "negative", "linear", "arithmetic", "lemma", "definition"}
)


def _worked_rows(lines: Any) -> Iterator[Row]:
    for line in lines:
        yield Row(line.left, line.formula)
        settled = not line.plugged.args
        yield Row(None, None if settled else line.plugged, tail=shown_number(line.value))


def update_block(worked: Worked) -> Block:
    rows = []
    for u in worked.updates:
        change = f"{shown_number(worked.rate)}·{bracketed(u.slope)}"
        tail = f"{shown_number(u.before)} − {change} = {shown_number(u.after)}"
        rows.append(Row(u.name, None, tail=tail))
    title = words.HEADINGS["update"].format(rate=shown_number(worked.rate))
    return Block("update", title, rows=tuple(rows))


def corner_remark(worked: Worked) -> str:
    """The sentence about a corner at the point, or nothing."""
    if not worked.corners:
        return ""
    return words.HEADINGS["corner"].format(names=listing(worked.corners))


def shown_number(x: float) -> str:
    """A value to ten digits, with a minus sign that is one."""
    return f"{x:.10g}".replace("-", "−")


def bracketed(x: float) -> str:
    return f"({shown_number(x)})" if x < 0 else shown_number(x)


def legend(derivation: Derivation) -> str:
    """What the marks of this derivation mean."""
    steps = [
        s for section in derivation.all_sections for s in section.steps if s.verdict is not None
    ]
    statuses = dict.fromkeys(s.verdict.status for s in steps if s.verdict is not None)
    digits = max((s.verdict.digits for s in steps if s.verdict is not None), default=0)
    meanings = [
        f"{words.VERDICTS[v][0]} {words.VERDICTS[v][1].format(digits=digits)}" for v in statuses
    ]
    return f"{len(steps)} steps. " + ". ".join(meanings) + "."


def title(block: Block, set_math: Set) -> str:
    """The title with its subject set."""
    detail = set_math(block.subject) if block.subject is not None else ""
    order = block.order
    if block.kind in ("gradient", "backward", "hessian") and block.subject is not None:
        names = list(map(set_math, names_of(block.subject)))
        order = len(names)
        times = [words.TIMES[names.count(n)].format(name=n) for n in dict.fromkeys(names)]
        detail = f" {words.HEADINGS['and']} ".join(times)
    return block.title.format(detail=detail, number=block.number, order=words.ORDERS[order])
