"""A derivation over arrays → the document of it, in one of two styles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from symgd.functions import ROWS
from symgd.derive.differentials.derive import ArrayDerivation
from symgd.derive.differentials.worked import ArrayWorked, Line
from symgd.errors import InputError, listing, shown
from symgd.pages.arrays.backprop import backprop
from symgd.pages.arrays.formulas import ArrayFormulas, Matrix, Plugged, Space
from symgd.pages.document import Block, Document, Phrase, Row, change_of, shown_number
from symgd.pages.messages import Language
from symgd.pages.messages.arrays import array_messages
from symgd.pages.messages.english import ENGLISH
from symgd.pages.scalars import Teller as ScalarTeller
from symgd.pages.scalars import used_functions
from symgd.trees.arrange import mul, sub
from symgd.trees.array_graph import MatrixGraph, Slope
from symgd.trees.arrays import Node, name, node, num, ones, walk
from symgd.trees.names import Spelling
from symgd.trees.scalars import function_name
from symgd.trees.steps import Derivation, Section, Step

STYLES = ("differential", "backprop")
# Rules that a line need not mention when it uses them in passing.
SILENT = frozenset({"arranged"})


def array_document(
    derivation: ArrayDerivation,
    worked: ArrayWorked | None = None,
    words: Language = ENGLISH,
    style: str = "differential",
) -> Document:
    """Model, lemmas, the derivation in its style, the numbers of a worked point, and the results.

    differential   ⟨1, dC⟩ → ⟨G, dX⟩, one expression opened a line
    backprop       δ of the last layer, δ a layer back, ∂C/∂W, ∂C/∂b, then the layer l

    Raises InputError for another style.
    """
    if style not in STYLES:
        raise InputError(f"style={shown(str(style))} is not known; it is {listing(STYLES)}.")
    words = array_messages(words)
    teller = ArrayTeller(derivation, words)
    functions = {k: v for g, _ in derivation.lemmas for k, v in g.spelling.functions.items()}
    blocks = list(teller.blocks(style))
    change: tuple[Phrase, ...] = ()
    if worked is not None:
        blocks += numbers(worked, words)
        if worked.updates:
            change = change_of(words, worked.predicted, worked.actual, worked.corners)
    return Document(
        words,
        ArrayFormulas(Spelling(functions), words.conditions),
        tuple(blocks),
        teller.result(),
        change,
        tuple(s.verdict for x in derivation.all_sections for s in x.steps if s.verdict),
    )


def numbers(worked: ArrayWorked, words: Language) -> Iterator[Block]:
    """The values, the derivatives and one update, each line with its numbers put in."""
    headings = words.headings
    leaves = worked.derivation.graph.leaves.values()
    given = [Row(leaf, None, Matrix(worked.table[leaf.data])) for leaf in leaves]
    forward = (*given, *_plugged(worked, worked.forward))
    yield Block("forward", Phrase(headings["forward"]), forward)
    yield Block("worked", Phrase(headings["worked"]), tuple(_plugged(worked, worked.derivatives)))
    if not worked.updates:
        return
    rows = []
    for u in worked.updates:
        rate, slope = name(" rate"), name(" slope", u.name.shape)
        table = {u.name.data: u.before, rate.data: worked.rate, slope.data: u.slope}
        plugged = Plugged(sub(u.name, mul(rate, slope)), table, {})
        rows.append(Row(u.name, plugged, Matrix(u.after), sign="←"))
    title = headings["update"].format(rate=shown_number(worked.rate))
    yield Block("update", Phrase(title), tuple(rows))


def _plugged(worked: ArrayWorked, lines: Iterable[Line]) -> Iterator[Row]:
    """left = formula, and below it = plugged = value."""
    for line in lines:
        yield Row(line.left, line.formula)
        bare = line.formula.op in ("name", "num", "zeros")
        plugged = None if bare else Plugged(line.formula, worked.table, worked.sizes)
        yield Row(None, plugged, Matrix(line.value))


def _assumed(leaf: Node, graph: MatrixGraph) -> Iterator[Row]:
    """Kᵀ = K, and sum(y) = 1 or rowsum(Y) = 𝟏, of what is so."""
    if "sym" in leaf.words or graph.structure.get(leaf.data) == "symmetric":
        yield Row(node("t", leaf), leaf)
    if "prob" in leaf.words and leaf.is_column:
        yield Row(node("sum", leaf), num(1))
    elif "prob" in leaf.words:
        totals = node("rsum", leaf)
        yield Row(totals, ones(*totals.shape))


class ArrayTeller:
    """The blocks of one derivation in one language."""

    def __init__(self, derivation: ArrayDerivation, words: Language) -> None:
        self.derivation = derivation
        self.words = words

    def blocks(self, style: str) -> Iterator[Block]:
        yield self.model()
        for i, (graph, section) in enumerate(self.derivation.lemmas, start=1):
            alone = Derivation(graph, 1, "textbook", (section,), (), ())
            yield ScalarTeller(alone, self.words).section(section, i)
        if style == "backprop" and self.derivation.adjoints:
            yield from backprop(self)
            return
        yield from map(self.section, self.derivation.passes)
        if self.derivation.adjoints:
            yield self.adjoints()

    def model(self) -> Block:
        """Where each leaf lies, what is assumed of it, and the definitions."""
        graph = self.derivation.graph
        rows = [Row(x, Space(x.shape), sign="∈") for x in graph.leaves.values()]
        rows += [row for x in graph.leaves.values() for row in _assumed(x, graph)]
        rows += [Row(graph.names[v], body) for v, body in graph.definitions.items()]
        rows += self.functions()
        rows += [Row(name(letter), num(value)) for letter, value in self.parameters().items()]
        return Block("model", Phrase(self.words.headings["model"]), tuple(rows))

    def functions(self) -> list[Row]:
        """What the functions are that the lemmas mention."""
        found: dict[str, Row] = {}
        for graph, section in self.derivation.lemmas:
            alone = Derivation(graph, 1, "textbook", (section,), (), ())
            for call in used_functions(alone):
                of = function_name(call)
                found[of] = Row(call, graph.functions[of].body)
        return list(found.values())

    def parameters(self) -> dict[str, Fraction]:
        """The letters of the lemmas that have a number in the model: the β of softplus(Z)."""
        steps = [t for _, section in self.derivation.lemmas for t in section.steps]
        letters = {s.name for t in steps for s in t.after.free_symbols}
        bodies = self.derivation.graph.definitions.values()
        used = dict.fromkeys(x.data for b in bodies for x in walk(b) if x.op == "function")
        pairs = [
            pair for f in used for pair in zip(ROWS[f.name].parameters, f.parameters, strict=True)
        ]
        found = {letter: value for letter, value in pairs if letter in letters}
        return {k: v for k, v in found.items() if all(w == v for n, w in pairs if n == k)}

    def section(self, section: Section) -> Block:
        """One pass, or the differential of a gradient."""
        rows = [self.row(section.left if i == 0 else None, s) for i, s in enumerate(section.steps)]
        if section.kind != "pass":
            return Block(section.kind, self.title("differential"), tuple(rows))
        cost = section.id == f"pass:{self.derivation.graph.cost}"
        title = self.title("pass:cost" if cost else "pass", section.steps[0].detail)
        return Block(section.kind, title, tuple(rows))

    def adjoints(self) -> Block:
        """δ_v = ∂C/∂v, each the sum of what reaches v."""
        graph = self.derivation.graph
        cost = graph.names[graph.cost]
        rows = []
        for delta, value in self.derivation.adjoints.items():
            v = graph.names[self.derivation.adjoint_of[delta]]
            rows.append(Row(name(delta, v.shape), Slope(cost, v)))
            rows.append(self.ruled(None, value, "collect_adjoint", v))
        return Block("adjoints", self.title("adjoints"), tuple(rows))

    def result(self) -> Block:
        """The derivatives, a row each."""
        rows = []
        for s in self.derivation.sections:
            (step,) = s.steps
            rule = self.identified(s)
            wrt = node("d", s.left.wrt)
            rows.append(self.ruled(s.left, s.result, rule, wrt, step.also, s.verdict))
        kind = self.derivation.sections[0].kind
        heading = Phrase(self.words.headings["result"])
        title = heading if kind == "gradient" else self.title(f"result:{kind}")
        return Block("result", title, tuple(rows))

    def identified(self, section: Section) -> str:
        if section.kind == "gradient":
            return "identify"
        return "identify_vec" if section.left.jacobian else "identify_slope"

    # -- rows and phrases -----------------------------------------------------------------------

    def title(self, kind: str, subject: Any = None) -> Phrase:
        if subject is None:
            return Phrase(self.words.titles[kind])
        return Phrase(self.words.titles[kind].format(detail="{0}"), (subject,))

    def row(self, left: Any, step: Step) -> Row:
        detail = step.detail if step.rule == "definition" else None
        return self.ruled(left, step.after, step.rule, detail, step.also, step.verdict)

    def ruled(
        self,
        left: Any,
        right: Any,
        rule: str,
        detail: Any = None,
        also: tuple[str, ...] = (),
        verdict: Any = None,
    ) -> Row:
        """A line with its rule, and those used in passing."""
        passing = [self.words.name(r) for r in also if r not in SILENT]
        first = self.words.name(rule, "" if detail is None else "{0}")
        words = self.words.headings["comma"].join([first, *passing])
        said = Phrase(words, () if detail is None else (detail,))
        return Row(left, right, said=said, why=self.words.reason(rule), verdict=verdict)
