"""What every format tells of a matrix derivation: blocks, rows, and the words beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symgd.derive.differentials.derive import MatrixDerivation
from symgd.errors import InputError, listing, shown
from symgd.pages.arrays.backprop import backprop
from symgd.pages.arrays.words import NAMES, REASONS, TITLES, VERDICTS
from symgd.pages.messages import MARKS
from symgd.pages.telling import Block, Row, Set, Teller
from symgd.trees.array_graph import Slope
from symgd.trees.arrays import name, node
from symgd.trees.names import Spelling
from symgd.trees.steps import Derivation, Section, Step

STYLES = ("differential", "backprop")
# Rules that a line need not mention when it uses them in passing.
SILENT = frozenset({"arranged"})


class MatrixTeller:
    """Tells one derivation in one of two styles.

    differential   ⟨1, dC⟩ → ⟨G, dX⟩, one expression opened a line
    backprop       δ of the last layer, δ a layer back, ∂C/∂W, ∂C/∂b, then the layer l
    """

    def __init__(self, derivation: MatrixDerivation, style: str = "differential") -> None:
        if style not in STYLES:
            raise InputError(f"style={shown(str(style))} is not known; it is {listing(STYLES)}.")
        self.derivation = derivation
        self.style = style
        lemmas = derivation.lemmas
        functions = {k: v for g, _ in lemmas for k, v in g.spelling.functions.items()}
        self.spelling = Spelling(functions)
        self.scalar = [Teller(Derivation(g, 1, "textbook", (s,), (), ())) for g, s in lemmas]

    # -- blocks -------------------------------------------------------------------------------

    def blocks(self) -> Iterator[Block]:
        """Model, lemmas, and the derivation in its style."""
        yield self.model()
        for i, (teller, (_, section)) in enumerate(
            zip(self.scalar, self.derivation.lemmas, strict=True), start=1
        ):
            block = teller.section(section)
            yield Block("lemma", block.title, block.subject, i, block.order, block.rows)
        if self.style == "backprop" and self.derivation.adjoints:
            yield from backprop(self)
            return
        for section in self.derivation.passes:
            yield self.section(section)
        if self.derivation.adjoints:
            yield self.adjoints()

    def model(self) -> Block:
        graph = self.derivation.graph
        rows = [Row(graph.names[v], body) for v, body in graph.definitions.items()]
        return Block("model", TITLES["model"], rows=tuple(rows))

    def section(self, section: Section) -> Block:
        """One pass, or the differential of a gradient."""
        rows = [self.row(section.left if i == 0 else None, s) for i, s in enumerate(section.steps)]
        if section.id == f"pass:{self.derivation.graph.cost}":
            kind, subject = "pass:cost", section.steps[0].detail
        elif section.kind == "pass":
            kind, subject = "pass", section.steps[0].detail
        else:
            kind, subject = "differential", None
        return Block(section.kind, TITLES[kind], subject, rows=tuple(rows))

    def adjoints(self) -> Block:
        """δ_v = ∂C/∂v, each the sum of what reaches v."""
        graph = self.derivation.graph
        of_delta = {graph.adjoints.get(v, f"delta_{v}"): v for v in graph.definitions}
        cost = graph.names[graph.cost]
        rows = []
        for delta, value in self.derivation.adjoints.items():
            v = graph.names[of_delta[delta]]
            rows.append(Row(name(delta, v.shape), Slope(cost, v)))
            rows.append(Row(None, value, "collect_adjoint", v))
        return Block("adjoints", TITLES["adjoints"], rows=tuple(rows))

    def row(self, left: Any, step: Step) -> Row:
        mark = _mark(step)
        detail = step.detail if step.rule == "definition" else None
        return Row(left, step.after, step.rule, detail, 0, step.also, mark)

    def result(self) -> Block:
        """The derivatives, a row each."""
        rows = []
        for s in self.derivation.sections:
            (step,) = s.steps
            rule = self.identified(s)
            wrt = node("d", s.left.wrt)
            rows.append(Row(s.left, s.result, rule, wrt, 0, step.also, _mark(s)))
        kind = self.derivation.sections[0].kind
        title = TITLES.get(f"result:{kind}", TITLES["result"])
        return Block("result", title, rows=tuple(rows))

    def identified(self, section: Section) -> str:
        if section.kind == "gradient":
            return "identify"
        return "identify_vec" if section.left.jacobian else "identify_slope"

    # -- sentences ------------------------------------------------------------------------------

    def title(self, block: Block, set_math: Set) -> str:
        if block.kind == "lemma":
            return self.scalar[block.number - 1].title(block, set_math)
        detail = set_math(block.subject) if block.subject is not None else ""
        return block.title.format(detail=detail)

    def said(self, row: Row, set_math: Set) -> str:
        """The rule of a row, and those used in passing."""
        if row.rule not in NAMES:
            return self.scalar[0].said(row, set_math) if row.rule else ""
        detail = set_math(row.detail) if row.detail is not None else ""
        passing = [NAMES[r] for r in row.also if r not in SILENT]
        return ", ".join([NAMES[row.rule].format(detail=detail), *passing])

    def reason(self, row: Row) -> str:
        return REASONS.get(row.rule, "")

    def change(self, *_: object) -> list[str]:
        return []

    def legend(self, marks: bool = True) -> str:
        """How many steps there are, and what their marks mean."""
        verdicts = [
            s.verdict
            for section in self.derivation.all_sections
            for s in section.steps
            if s.verdict
        ]
        out = []
        for status in dict.fromkeys(v.status for v in verdicts):
            digits = max(v.digits for v in verdicts if v.status == status)
            meaning = VERDICTS[status].format(digits=digits)
            out.append(f"{MARKS[status]} {meaning}" if marks else meaning)
        return f"{len(verdicts)} steps. {'. '.join(out)}."


def _mark(step: Step | Section) -> str:
    return MARKS[step.verdict.status] if step.verdict is not None else ""
