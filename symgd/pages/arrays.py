"""A derivation over arrays → the document of it, in one of two styles.

differential   ⟨1, dC⟩ → ⟨G, dX⟩, one expression opened a line
backprop       by δ: the error of the last layer, of a layer back, ∂C/∂W, ∂C/∂b, and the layer l

What a coefficient goes through on its way to a name stands in the passes; by δ the way of one name
is shown at a time. The general layer is not a pattern that is filled in: it is shown only if the
forms of all layers are the same but for their index.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symgd.derive.differentials.derive import ArrayDerivation
from symgd.derive.differentials.worked import ArrayWorked, Line
from symgd.derive.shares import kronecker
from symgd.errors import InputError, listing, quote
from symgd.functions import ROWS
from symgd.language.arrays.alphabets import LATEX
from symgd.language.arrays.printer import function_word
from symgd.pages.array_formulas import (
    ArrayFormulas,
    Differential,
    Equation,
    Matrix,
    Plugged,
    Said,
    Space,
)
from symgd.pages.document import Block, Document, Phrase, Row, change_of, shown_number
from symgd.pages.messages.arrays import array_messages
from symgd.pages.messages.english import ENGLISH, Language
from symgd.pages.scalars import Composer as ScalarComposer
from symgd.pages.scalars import used_functions
from symgd.trees.arrange import make, mul, sub
from symgd.trees.array_graph import MatrixGraph, Pairing, Slope
from symgd.trees.arrays import Node, is_num, name, node, num, ones, size, walk
from symgd.trees.dims import Dim, Shape
from symgd.trees.families import Index, family_of, index_in, member
from symgd.trees.names import spellings
from symgd.trees.notation import Dress
from symgd.trees.scalars import function_name
from symgd.trees.steps import Derivation, Section, Step

if TYPE_CHECKING:
    from symgd.pages.report import Subject

STYLES = ("differential", "backprop")
# The letters for an index that a page chooses.
INDICES = ("k", "i", "j", "h", "r", "s", "index")
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
        raise InputError(f"style={quote(str(style))} is not known; it is {listing(STYLES)}.")
    words = array_messages(words)
    composer = ArrayComposer(derivation, words)
    functions = {k: v for g, _ in derivation.lemmas for k, v in g.spelling.functions.items()}
    functions |= _beside_names(derivation.graph)
    blocks = list(composer.blocks(style))
    change: tuple[Phrase, ...] = ()
    if worked is not None:
        blocks += numbers(worked, words)
        if worked.updates:
            digits = derivation.graph.notation.digits
            corners = [derivation.graph.names[n] for n in worked.corners]
            change = change_of(words, worked.predicted, worked.actual, corners, digits)
    return Document(
        words,
        ArrayFormulas(replace(derivation.graph.spelling, functions=functions), words.conditions),
        tuple(blocks),
        composer.result(),
        change,
        tuple(s.verdict for x in derivation.all_sections for s in x.steps if s.verdict),
    )


def _beside_names(graph: MatrixGraph) -> dict[str, Dress]:
    """Functions whose letter is a name of the model too, a σ, by their own names."""
    written = {graph.spelling.name(n, LATEX) for n in graph.names}
    return {f: spellings(f) for f in ROWS if function_word(f, LATEX) in written}


def array_subject(derivation: ArrayDerivation, worked: ArrayWorked, words: Language) -> Subject:
    """A report's subject: a model over arrays at a point."""
    # Pictures are loaded with the first report.
    from symgd.pages.figures import array_drawing
    from symgd.pages.report import Subject

    graph = derivation.graph
    lemmas = [Derivation(g, 1, "textbook", (s,), (), ()) for g, s in derivation.lemmas[:1]]
    tree = graph.names.__getitem__
    return Subject(
        array_document(derivation, worked, words),
        array_drawing(graph, worked),
        graph.definitions,
        (lemmas[0], {}) if lemmas else None,
        {n: worked.table[n] for n in graph.leaves},
        tree,
        lambda n, x: Equation(tree(n), _two_dimensions(x, tree(n))),
    )


def _two_dimensions(value: Any, at: Node) -> Any:
    """A value as a page sets it: a column below itself, a number a float."""
    if at.is_scalar:
        return float(value)
    return value.reshape(-1, 1) if value.ndim == 1 else value


def numbers(worked: ArrayWorked, words: Language) -> Iterator[Block]:
    """The values, the derivatives and one update, each line with its numbers put in."""
    headings = words.headings
    leaves = worked.derivation.graph.leaves.values()
    given = [Row(leaf, None, Matrix(worked.table[leaf.data])) for leaf in leaves]
    forward = (*given, *_plug_in(worked, worked.forward))
    yield Block("forward", Phrase(headings["forward"]), forward)
    yield Block("worked", Phrase(headings["worked"]), tuple(_plug_in(worked, worked.derivatives)))
    if not worked.updates:
        return
    rows = []
    for u in worked.updates:
        rate, slope = name(" rate"), name(" slope", u.name.shape)
        table = {u.name.data: u.before, rate.data: worked.rate, slope.data: u.slope}
        plugged = Plugged(sub(u.name, mul(rate, slope)), table, {})
        rows.append(Row(u.name, plugged, Matrix(u.after), sign="←"))
    digits = worked.derivation.graph.notation.digits
    title = headings["update"].format(rate=shown_number(worked.rate, digits))
    yield Block("update", Phrase(title), tuple(rows))


def _plug_in(worked: ArrayWorked, lines: Iterable[Line]) -> Iterator[Row]:
    """left = formula, and below it = plugged = value."""
    for line in lines:
        yield Row(line.left, line.formula)
        bare = line.formula.op in ("name", "num", "zeros")
        plugged = None if bare else Plugged(line.formula, worked.table, worked.sizes)
        yield Row(None, plugged, Matrix(line.value))


# Letters of ⟨P, Q⟩: the first pair that the model has no other use for.
PAIRS = (("P", "Q"), ("M", "N"), ("U", "V"), ("F", "G"))


def _is_bare(pairing: Pairing) -> bool:
    """Whether nothing but dC = ⟨1, dC⟩ stands there."""
    return all(is_num(g, 1) for g, _ in pairing.pairs)


def _assumption_rows(leaf: Node, graph: MatrixGraph) -> Iterator[Row]:
    """Kᵀ = K, and sum(y) = 1 or rowsum(Y) = 𝟏, of what is so."""
    if "sym" in leaf.words or graph.structure.get(leaf.data) == "symmetric":
        yield Row(node("t", leaf), leaf)
    if "prob" in leaf.words and leaf.is_column:
        yield Row(node("sum", leaf), num(1))
    elif "prob" in leaf.words:
        totals = node("rsum", leaf)
        yield Row(totals, ones(*totals.shape))


def one_by_one(left: Node, right: Node) -> tuple[Node, Node]:
    """X_k = E_k of X = [E_k]_k; any other equation as it is."""
    index = index_in(right)
    if index is None or not (index.count * index.rows).fits(left.rows):
        return left, right
    return member(left, index), member(right, index)


# What p, s and l are in the lemmas on the entries of a softmax and of its logarithm.
SOFTMAX_IN_ENTRIES = (
    Row(
        Said("pᵢ = softmax(z)ᵢ", r"p_i = \mathrm{softmax}(z)_i"),
        Said("e^(zᵢ)/s", r"\frac{e^{z_i}}{s}"),
    ),
    Row(Said("s", "s"), Said("Σₖ e^(zₖ)", r"\sum_k e^{z_k}")),
    Row(Said("lᵢ", "l_i"), Said("ln(pᵢ)", r"\ln(p_i)")),
)


class ArrayComposer:
    """Composes the blocks of one derivation in one language."""

    def __init__(self, derivation: ArrayDerivation, words: Language) -> None:
        self.derivation = derivation
        self.words = words

    def blocks(self, style: str) -> Iterator[Block]:
        yield self.model()
        lemmas = tuple(
            replace(s, number=i) for i, (_, s) in enumerate(self.derivation.lemmas, start=1)
        )
        for section, (graph, _) in zip(lemmas, self.derivation.lemmas, strict=True):
            scalar = Derivation(graph, 1, "textbook", lemmas, (), ())
            yield ScalarComposer(scalar, self.words).section(section)
        if style == "backprop" and self.derivation.adjoints:
            yield from backprop(self)
            return
        first, *rest = map(self.section, self.derivation.passes)
        met = any(isinstance(r.right, Pairing) and not _is_bare(r.right) for r in first.rows)
        yield replace(first, rows=(*self.pairing(), *first.rows)) if met else first
        yield from rest
        if self.derivation.adjoints:
            yield self.adjoints()

    def model(self) -> Block:
        """Where each leaf lies, what is assumed of it, and the definitions."""
        graph = self.derivation.graph
        rows = [self.leaf(x) for x in graph.leaves.values()]
        rows += [row for x in graph.leaves.values() for row in _assumption_rows(x, graph)]
        rows += [Row(*one_by_one(graph.names[v], body)) for v, body in graph.definitions.items()]
        rows += [Row(name(letter), num(value)) for letter, value in self.parameters().items()]
        rows += self.functions()
        return Block("model", Phrase(self.words.headings["model"]), tuple(rows))

    def pairing(self) -> Iterator[Row]:
        """⟨P, Q⟩ where it is met first: the sum of the products of their entries."""
        graph = self.derivation.graph
        taken = {n[0] for n in (*graph.names, *graph.size_names)}
        p, q = next(pair for pair in PAIRS if not taken & {*pair} or pair == PAIRS[-1])
        yield Row(
            Said(f"⟨{p}, {q}⟩", rf"\langle {p},\, {q} \rangle"),
            Said(
                f"Σᵢⱼ {p}ᵢⱼ{q}ᵢⱼ = tr({p}ᵀ{q})",
                rf"\sum_{{i,j}} {p}_{{ij}} {q}_{{ij}} = \mathrm{{tr}}({p}^{{\top}} {q})",
            ),
        )

    def leaf(self, x: Node) -> Row:
        """Where it lies; of a family, where each lies."""
        graph = self.derivation.graph
        if x.data not in graph.families:
            space = Space(x.shape, x.is_scalar and "int" in x.words)
            return Row(x, space, sign="∈", beside=Space)
        count, rows = graph.families[x.data]
        letter = next(i for i in INDICES if i not in graph.names and i not in graph.size_names)
        return Row(member(x, Index(letter, count, rows)), Space((rows, x.cols)), sign="∈")

    def functions(self) -> list[Row]:
        """What the functions are that the lemmas mention."""
        found: dict[str, Row] = {}
        for graph, section in self.derivation.lemmas:
            alone = Derivation(graph, 1, "textbook", (section,), (), ())
            for call in used_functions(alone):
                of = function_name(call)
                found[of] = Row(call, graph.functions[of].body)
        deltas = [d for _, s in self.derivation.lemmas if (d := kronecker(s)) is not None]
        if not deltas:
            return list(found.values())
        rows = SOFTMAX_IN_ENTRIES[: None if len(deltas) > 1 else -1]
        said = Phrase(self.words.name("kronecker"))
        return [*found.values(), Row(*deltas[0], rule=said), *rows]

    def parameters(self) -> dict[str, Fraction]:
        """The letters of the lemmas that have a number in the model: the β of softplus(Z)."""
        steps = [t for _, section in self.derivation.lemmas for t in section.steps]
        letters = {s.name for t in steps for s in t.after.free_symbols}
        bodies = self.derivation.graph.definitions.values()
        used = dict.fromkeys(x.data for b in bodies for x in walk(b) if x.op == "function")
        given = [(list(ROWS[f.name].parameters)[: len(f.parameters)], f.parameters) for f in used]
        # not every number has a letter: max(Z, 1/2)
        pairs = [pair for names, values in given for pair in zip(names, values, strict=False)]
        found = {letter: value for letter, value in pairs if letter in letters}
        return {k: v for k, v in found.items() if all(w == v for n, w in pairs if n == k)}

    def section(self, section: Section) -> Block:
        """One pass, or the differential of a gradient."""
        rows = [self.row(section.left if i == 0 else None, s) for i, s in enumerate(section.steps)]
        if section.kind != "pass":
            return self.differential(section, rows)
        cost = section.id == f"pass:{self.derivation.graph.cost}"
        title = self.title("pass:cost" if cost else "pass", section.steps[0].detail)
        return Block(section.kind, title, tuple(rows))

    def differential(self, section: Section, rows: list[Row]) -> Block:
        """d(∂C/∂p) = d(its formula) = ..., for the derivative that is read off it."""
        graph, pair = self.derivation.graph, section.id.partition(":")[2]
        cost = graph.names[graph.cost]
        (found,) = (s for s in self.derivation.sections if s.id.partition(":")[2] == pair)
        p = found.left.first
        titles = self.words.titles
        if p is None:
            left: Any = node("d", cost)
            title = Phrase(f"{titles['pass:cost'].format(detail='{0}')}: {{1}}", (cost, found.left))
        else:
            left = Differential(Slope(cost, p))
            title = Phrase(f"{titles['differential']}: {{0}}", (found.left,))
        first = Row(left, section.left)
        return Block(section.kind, title, (first, replace(rows[0], left=None), *rows[1:]))

    def adjoints(self) -> Block:
        """δ_v = ∂C/∂v, each the sum of what reaches v."""
        graph = self.derivation.graph
        cost = graph.names[graph.cost]
        rows = []
        for delta, value in self.derivation.adjoints.items():
            v = graph.names[self.derivation.adjoint_of[delta]]
            left, right = one_by_one(name(delta, v.shape), value)
            of, _ = one_by_one(v, value)
            rows.append(Row(left, Slope(cost, of)))
            rows.append(self.collected(right, of, v.data))
        return Block("adjoints", self.title("adjoints"), tuple(rows))

    def collected(self, value: Node, of: Node, v: str) -> Row:
        """All that v moves, and what its definition says of it."""
        also = ("centred",) if v in self.derivation.centred else ()
        return self.row_by(None, value, "collect_adjoint", of, also)

    def result(self) -> Block:
        """The derivatives, a row each."""
        rows = []
        for s in self.derivation.sections:
            (step,) = s.steps
            rule = self.identification(s)
            of, right = s.left.wrt, s.result
            if s.kind == "gradient":
                of, right = one_by_one(of, right)
            left, wrt = replace(s.left, wrt=of), node("d", of)
            rows.append(self.row_by(left, right, rule, wrt, step.also, s.verdict))
        kind = self.derivation.sections[0].kind
        heading = Phrase(self.words.headings["result"])
        title = heading if kind == "gradient" else self.title(f"result:{kind}")
        return Block("result", title, tuple(rows))

    def identification(self, section: Section) -> str:
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
        return self.row_by(left, step.after, step.rule, detail, step.also, step.verdict)

    def row_by(
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
        why = self.words.reason(rule)
        return Row(left, right, rule=said, why=why, verdict=verdict, rules=(rule, *also))


# -- by δ, layer by layer -------------------------------------------------------------------------

# A network of more layers than this shows its last two, its first, and the general one.
MOST_LAYERS = 6
_INDEXED = re.compile(r"([A-Za-z_]+?)([0-9]+)\Z")


def backprop(composer: ArrayComposer) -> Iterator[Block]:
    """A block for each δ from the cost back, with the parameters that it decides."""
    derivation = composer.derivation
    graph = derivation.graph
    deltas = list(derivation.adjoints)
    chosen = deltas if len(deltas) <= MOST_LAYERS else [*deltas[:2], deltas[-1]]
    ends = {
        p: v
        for v in map(derivation.adjoint_of.__getitem__, chosen)
        for p in derivation.forms
        if _ends_at(composer, p, v)
    }
    for delta in chosen:
        v = derivation.adjoint_of[delta]
        title = composer.title("delta", name(delta, graph.names[v].shape))
        yield Block("delta", title, tuple(_ways(composer, v, delta)))
        # What several passes add to is said where the last of them has been told.
        own = (p for p in derivation.forms if ends.get(p) == v)
        rows = tuple(r for p in own for r in _parameter(composer, p, v))
        if rows:
            yield Block("parameter", composer.title("parameter", graph.names[v]), rows)
    general = tuple(general_layer(composer))
    if general:
        yield Block("general", composer.title("general"), general)


def _ways(composer: ArrayComposer, v: str, delta: str) -> Iterator[Row]:
    """δ_v = ∂C/∂v: what gets to v and how, a line for each coefficient on the way."""
    derivation = composer.derivation
    graph = derivation.graph
    cost, here = graph.names[graph.cost], graph.names[v]
    left, value = one_by_one(name(delta, here.shape), derivation.adjoints[delta])
    here, _ = one_by_one(here, derivation.adjoints[delta])
    ways = [lines for s in derivation.passes if (lines := list(_way(graph, s, v)))]
    told = Counter(line.slope for lines in ways for line in lines[:-1])
    for lines in ways:
        for line in lines[:-1]:
            yield line.row(composer, told[line.slope] > 1)
    yield Row(left, Slope(cost, here))
    last = ways[0][-1]
    if len(ways) == 1 and last.coefficient == value:
        step = last.step
        yield composer.row_by(None, value, step.rule, None, step.also, step.verdict)
    else:
        yield composer.collected(value, here, v)


@dataclass(frozen=True, slots=True)
class _Line:
    """∂C/∂E = G, by the step that changed the coefficient."""

    slope: Slope
    coefficient: Node
    step: Step

    def row(self, composer: ArrayComposer, is_share: bool) -> Row:
        """`is_share`: several paths lead to E, and this is what one of them adds."""
        step = self.step
        also = (*step.also, "share") if is_share else step.also
        return composer.row_by(self.slope, self.coefficient, step.rule, None, also, step.verdict)


def _way(graph: MatrixGraph, section: Section, target: str) -> Iterator[_Line]:
    """∂C/∂E for every E on the way to a name within one pass, where the coefficient changed."""
    current: Node | None = None
    cost, leading = graph.names[graph.cost], {target}
    opened = [s.detail.data for s in section.steps[1:] if s.rule == "definition"]
    for v in reversed(opened):
        if leading & graph.definitions[v].names:
            leading.add(v)
    for step in section.steps:
        found = [(g, e) for g, e in step.after.pairs if leading & e.names]
        if len(found) != 1:
            continue
        g, e = found[0]
        done = e.op == "name" or family_of(e) is not None
        if step.rule != "definition" and (g != current or done):
            yield _Line(Slope(cost, e), g, step)
        current = g
        if done and (family_of(e) or e).data == target:
            return


def _ends_at(composer: ArrayComposer, p: str, v: str) -> bool:
    """Whether the pass back through v gets to p."""
    section = next((s for s in composer.derivation.passes if s.id == f"pass:{v}"), None)
    ends = section.result.pairs if section is not None else ()
    return any((family_of(e) or e).data == p for _, e in ends)


def _parameter(composer: ArrayComposer, p: str, v: str) -> Iterator[Row]:
    """∂C/∂p where the pass back through v gives it its coefficient."""
    derivation = composer.derivation
    graph = derivation.graph
    section = next((s for s in derivation.passes if s.id == f"pass:{v}"), None)
    if section is None:
        return
    result = next((s for s in derivation.sections if s.id == f"gradient:{p}"), None)
    if result is None:
        return
    ways = list(_way(graph, section, p))
    rule = ways[-1].step.rule if ways else "identify"
    of, right = one_by_one(graph.names[p], result.result)
    left = Slope(graph.names[graph.cost], of)
    yield composer.row_by(left, right, rule, verdict=result.verdict)


# -- the general layer ----------------------------------------------------------------------------


def general_layer(composer: ArrayComposer) -> Iterator[Row]:
    """δ_l, ∂C/∂W_l, ... with l for the index, where all layers agree."""
    derivation = composer.derivation
    graph = derivation.graph
    forms: dict[str, list[tuple[int, Node, Node]]] = {}
    for delta, value in derivation.adjoints.items():
        if found := _INDEXED.match(delta):
            forms.setdefault(found[1], []).append((int(found[2]), name(delta, value.shape), value))
    for p, value in derivation.forms.items():
        if found := _INDEXED.match(p):
            forms.setdefault(found[1], []).append((int(found[2]), graph.names[p], value))
    deltas = {f[1] for d in derivation.adjoints if (f := _INDEXED.match(d))}
    cost = graph.names[graph.cost]
    rows: list[Row] = []
    for base, of_base in forms.items():
        layers = sorted(of_base, key=lambda x: x[0])
        if base in deltas:
            layers = layers[:-1]
        general = [_in_l(value, i) for i, _, value in layers]
        # The last layer has no δ above it: a network of two layers, which is built alike, has one
        # that the recursion can be read off.
        enough = 1 if base in deltas and graph.layers else 2
        if len(layers) < enough or any(g != general[-1] for g in general[:-1]):
            continue
        i, of, _ = layers[-1]
        subject = _in_l(of, i)
        left = subject if base in deltas else Slope(cost, subject)
        rows.append(composer.row_by(left, general[-1], "same_layer"))
    for x in ("x", "X"):
        first = _name_in_l(x, 1)
        if any(first in row.right.names for row in rows):
            yield Row(name(first.replace("@-1", "0"), graph.leaves[x].shape), graph.leaves[x])
    yield from rows


def _in_l(value: Node, layer: int) -> Node:
    """W3 in layer 2 as W_{l+1}; the input stands for the output of layer 0."""
    done: dict[int, Node] = {}
    for at in walk(value):
        shape = _shape_in_l(at.shape, layer)
        if at.op == "name":
            done[id(at)] = name(_name_in_l(at.data, layer), shape)
        elif at.op == "size":
            done[id(at)] = size(_dim_in_l(at.data, layer))
        elif not at.args and at.op != "num":
            done[id(at)] = node(at.op, data=at.data, shape=shape)
        else:
            done[id(at)] = make(at.op, [done[id(a)] for a in at.args], at.data, at)
    return done[id(value)]


def _name_in_l(text: str, layer: int) -> str:
    found = _INDEXED.match(text)
    if found:
        return f"{found[1]}@{int(found[2]) - layer}"
    if layer == 1 and text in ("x", "X"):
        return f"{'a' if text == 'x' else 'A'}@-1"
    return text


def _dim_in_l(d: Dim, layer: int) -> Dim:
    return Dim(tuple((tuple(_name_in_l(n, layer) for n in names), c) for names, c in d.terms))


def _shape_in_l(shape: Shape, layer: int) -> Shape:
    return _dim_in_l(shape[0], layer), _dim_in_l(shape[1], layer)
