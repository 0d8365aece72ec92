"""MatrixGraph → ArrayDerivation, every step checked.

gradient   of a scalar: backward, the coefficients are the backward pass
slope      of a matrix in one scalar: forward
jacobian   of a vector or matrix: forward, then vec
hessian    of a scalar: the gradient, and its Jacobian (the second identification)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from symgd.derive.differentials.identities import Known, Simplifier
from symgd.derive.differentials.lemmas import lemma, softmax_in_entries
from symgd.derive.differentials.linear import holds, jacobian, whole_of
from symgd.derive.differentials.passes import Backward, Forward, coefficient
from symgd.derive.differentials.rules import d
from symgd.errors import ModelError
from symgd.language.arrays.functions import has_lemma
from symgd.trees.arrange import add, arrange, had, neg, t, vec
from symgd.trees.array_graph import MatrixGraph, Pair, Slope, exchange, rename
from symgd.trees.arrays import Key, Node, eye, is_num, name, num, zeros
from symgd.trees.families import family_of
from symgd.trees.graph import Graph
from symgd.trees.kept import Kept
from symgd.trees.steps import Section, Step, Verdict, weakest
from symgd.verify.arrays.checker import Checker


@dataclass(frozen=True)
class ArrayDerivation(Kept):
    """The gradient, Jacobian or Hessian of a matrix model, derived.

    lemmas     f' of each function entry by entry, with the scalar graph that it is about
    passes     for each definition from the cost back: ⟨δ_v, dv⟩ = Σ⟨G, dE⟩
    adjoints   name of δ_v → what it is, in the names of the model and other δ; from the cost back
    sections   the results: ∂C/∂X = G, a section for each parameter
    order      1, or 2 for a Hessian
    detail     how much is said: "brief", "textbook" or "full"
    centred    definitions whose δ uses that deviations from a mean sum to 0
    """

    graph: MatrixGraph
    lemmas: tuple[tuple[Graph, Section], ...]
    passes: tuple[Section, ...]
    sections: tuple[Section, ...]
    adjoints: Mapping[str, Node] = field(default_factory=dict)
    order: int = 1
    detail: str = "textbook"
    centred: frozenset[str] = frozenset()

    @property
    def all_sections(self) -> tuple[Section, ...]:
        return (*(s for _, s in self.lemmas), *self.passes, *self.sections)

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(s for section in (*self.passes, *self.sections) for s in section.steps)

    @cached_property
    def adjoint_of(self) -> dict[str, str]:
        """δ → the definition whose adjoint it is."""
        return {self.graph.adjoints.get(v, f"delta_{v}"): v for v in self.graph.definitions}

    @property
    def verdict(self) -> Verdict:
        return weakest(s.verdict for s in self.all_sections if s.steps)

    @cached_property
    def forms(self) -> dict[str, Node]:
        """parameter → its derivative in the names of the model and the δ."""
        return {s.id.split(":", 1)[1]: s.result for s in self.sections}

    @cached_property
    def results(self) -> dict[str, Node]:
        """parameter → its derivative in the names of the model, every δ put in.

        At order 2 the keys are pairs, "W,b"; "W" alone is "W,W".
        """
        simplify = Simplifier()
        closed: dict[Key, Node] = {}
        for delta, value in self.adjoints.items():
            body = exchange(value, closed) if closed else value
            closed[adjoint_key(delta)] = simplify(body)
        assumed = {n: leaf for n, leaf in self.graph.leaves.items() if leaf.words}
        whole = {p: exchange(form, closed) if closed else form for p, form in self.forms.items()}
        if closed and assumed:
            # a simplifier of its own: what it remembers of a name is no longer so
            simplify = Simplifier()
            whole = {p: rename(form, assumed) for p, form in whole.items()}
        return Results((p, simplify(form) if closed else form) for p, form in whole.items())


class Results(dict[str, Node]):
    """Derivatives by name; of a Hessian, "W" is the block "W,W"."""

    def __missing__(self, key: str) -> Node:
        pair = f"{key},{key}"
        if pair not in self:
            raise KeyError(key)
        return self[pair]


def adjoint_key(delta: str) -> Key:
    """The key of the name of a δ."""
    return name(delta).key


# -- how it is made -------------------------------------------------------------------------------


def derive(
    graph: MatrixGraph,
    wrt: tuple[str, ...] | None = None,
    order: int = 1,
    detail: str = "textbook",
    lines: bool = True,
) -> ArrayDerivation:
    """The derivation of the last definition in the parameters `wrt`, or in all.

    order 1: the gradient of a scalar, the Jacobian of anything else (its slope in a scalar);
    order 2: the Hessian of a scalar, a block for each pair of parameters.

    detail   "textbook": each rule a line, with the identities that tidy up after it; "full": each
             identity a line as well; "brief": a pass in one line
    lines    whether each line is checked and not the results alone; False where nobody reads them

    Raises ModelError for what has no such derivative, NoRuleError for an operation without a rule,
    RefutedStepError for a step that does not hold.
    """
    scalar = graph.definitions[graph.cost].is_scalar
    if order == 2 and not scalar:
        shape = graph.definitions[graph.cost].shape
        raise ModelError(f"{graph.cost} is {shape[0]} x {shape[1]}; a Hessian is of a scalar.")
    wrt = wrt or graph.parameters
    if order == 1 and scalar:
        found = gradient(graph, wrt, detail, lines)
    else:
        found = one_by_one(graph, wrt, order, detail, lines)
    if detail == "brief":
        found = replace(found, passes=tuple(map(in_one_line, found.passes)))
    return replace(found, detail=detail)


def in_one_line(section: Section) -> Section:
    """A pass as two lines: the definition that it opens, and all that follows from it."""
    opens = section.steps[0].rule == "definition"
    first, rest = section.steps[:opens], section.steps[opens:]
    if len(rest) < 2:
        return section
    used = dict.fromkeys(r for s in rest for r in (s.rule, *s.also) if r != "definition")
    rule, *also = used or ("definition",)
    verdict = weakest(s.verdict for s in rest if s.verdict is not None)
    line = Step(rest[0].before, rest[-1].after, rule, also=tuple(also), verdict=verdict)
    return section.with_steps((*first, line))


def arrange_definitions(graph: MatrixGraph) -> dict[str, Node]:
    """The definitions arranged, without what is assumed of parameters: they move freely."""
    free = {
        p: name(p, leaf.shape)
        for p, leaf in graph.leaves.items()
        if p in graph.parameters and leaf.words
    }
    return {v: arrange(rename(e, free) if free else e) for v, e in graph.definitions.items()}


# -- gradients ------------------------------------------------------------------------------------


def gradient(
    graph: MatrixGraph, wrt: tuple[str, ...], detail: str = "textbook", lines: bool = True
) -> ArrayDerivation:
    """∂C/∂X for each X, by one pass back."""
    bodies = arrange_definitions(graph)
    back = Backward(graph, bodies, detail == "full")
    given: dict[str, list[Node]] = {graph.cost: [num(1)]}
    adjoints: dict[str, Node] = {}
    centred: set[str] = set()
    passes: list[Section] = []
    checker = Checker(graph, bodies)
    for v in reversed(graph.definitions):
        if v not in given or v not in graph.moving or back.is_inlined(v):
            continue
        back.simplify.used = {}
        seed = back.in_the_model(add(*given[v]))
        if "centred" in back.simplify.used:
            centred.add(v)
        if seed.op == "zeros" or is_num(seed, 0):
            continue
        if v != graph.cost:
            delta = graph.adjoints.get(v, f"delta_{v}")
            adjoints[delta] = seed
            seed = name(delta, bodies[v].shape)
        state, steps = back.steps(seed, v)
        opened = frozenset(s.detail.data for s in steps[1:] if s.rule == "definition") | {v}
        section = Section("pass", f"pass:{v}", steps[0].before, steps)
        passes.append(checker.section(section, opened, graph.moving) if lines else section)
        for g, e in state.pairs:
            g, whole = of_the_whole(g, e)
            given.setdefault(whole.data, []).append(g)
    sections = tuple(identify(graph, back, p, given.get(p, [])) for p in wrt)
    sections = checker.results(sections, adjoints)
    lemmas = lemmas_of(passes, detail)
    return ArrayDerivation(
        graph, lemmas, tuple(passes), sections, adjoints, centred=frozenset(centred)
    )


def of_the_whole(g: Node, e: Node) -> Pair:
    """⟨G_k, dX_k⟩, over all k, as a pair of X."""
    family = family_of(e)
    if family is None:
        return g, e
    inner = e.args[0] if e.op == "t" else e
    return whole_of(g if inner is e else t(g), inner.data), family


def identify(graph: MatrixGraph, back: Backward, p: str, found: list[Node]) -> Section:
    """df = ⟨G, dX⟩, so ∂f/∂X = G; then what is assumed of X, and its structure."""
    leaf = graph.leaves[p]
    back.simplify.used = {}
    g = back.in_the_model(add(*found)) if found else zeros(*leaf.shape)
    also = dict(back.simplify.used)
    structure = graph.structure.get(p)
    words = leaf.words | ({"sym"} if structure else set())
    if words:
        # a simplifier of its own: what it remembers of X is no longer so
        assumed = Simplifier()
        g = assumed(rename(g, {p: name(p, leaf.shape, words)}))
        if structure:
            g = assumed(_STRUCTURES[structure](g))
            also[structure] = None
        also |= assumed.used
    left = Slope(graph.names[graph.cost], leaf)
    step = Step(left, g, "identify", detail=leaf, also=tuple(also))
    return Section("gradient", f"gradient:{p}", left, (step,))


# the free entries of X: those on and below the diagonal count twice, or the diagonal alone
_STRUCTURES = {
    "symmetric": lambda g: add(*_both_ways(g), neg(had(_both_ways(g)[0], eye(g.rows)))),
    "diagonal": lambda g: had(g, eye(g.rows)),
}


def _both_ways(g: Node) -> tuple[Node, Node]:
    """G and Gᵀ, the shorter first."""
    pair = g, t(g)
    return pair if pair[0].weight <= pair[1].weight else (pair[1], pair[0])


# -- slopes, Jacobians, Hessians ------------------------------------------------------------------


def one_by_one(
    graph: MatrixGraph, wrt: tuple[str, ...], order: int, detail: str, lines: bool
) -> ArrayDerivation:
    """The Jacobian (or slope) of the last definition in each name; at order 2 that of its gradient
    in p with respect to q, for each pair p, q, p not after q."""
    for x in wrt:
        if x in graph.structure:
            raise ModelError(
                f"{x} is {graph.structure[x]}; a Jacobian or Hessian is in all entries of {x}. "
                "Leave structure out, or derive the gradient."
            )
    bodies = arrange_definitions(graph)
    whole = MatrixGraph(bodies, graph.leaves, wrt, {}, sizes=graph.sizes).unfold(bodies[graph.cost])
    checker = Checker(graph, {graph.cost: whole})
    passes: list[Section] = []
    found: list[tuple[Section, Node]] = []
    known: Known = {}
    for place, p in enumerate(wrt):
        of = whole
        if order == 2:
            first, of = _gradient_of(graph, whole, p, detail, lines)
            passes += first
        for q in wrt[place:] if order == 2 else (p,):
            pair = f"{p},{q}" if order == 2 else q
            forward = Forward(frozenset({q}), detail == "full", known)
            steps = tuple(forward.steps(of)) if q in of.names else ()
            if steps:
                part = Section("differential", f"differential:{pair}", d(of), steps)
                moving = frozenset({q})
                passes.append(checker.section(part, frozenset(), moving) if lines else part)
            line = steps[-1].after if steps else d(of) if q in of.names else zeros(*of.shape)
            found.append((_read_off(graph, forward, line, of, p, q, order), of))
    sections = checker.jacobians(found)
    return ArrayDerivation(graph, lemmas_of(passes, detail), tuple(passes), sections, {}, order)


def _gradient_of(
    graph: MatrixGraph, whole: Node, p: str, detail: str, lines: bool
) -> tuple[tuple[Section, ...], Node]:
    """∂C/∂p of the cost as one formula: the passes to it, and the node."""
    single = MatrixGraph({graph.cost: whole}, graph.leaves, (p,), {}, sizes=graph.sizes)
    first = gradient(single, (p,), detail, lines)
    passes = tuple(replace(s, id=f"pass:{graph.cost},{p}") for s in first.passes)
    ends = passes[-1].result.pairs if passes else ()
    back = Backward(single, {graph.cost: whole})
    parts = [of_the_whole(*pair)[0] for pair in ends]
    of = back.to_textbook(add(*parts)) if parts else zeros(*graph.leaves[p].shape)
    return passes, of


def _read_off(
    graph: MatrixGraph, forward: Forward, line: Node, of: Node, p: str, q: str, order: int
) -> Section:
    """The Jacobian in q, or the slope, of a line that is linear in dq; unchecked."""
    leaf = graph.leaves[q]
    slope = leaf.is_scalar and order == 1
    f = name(graph.cost, graph.definitions[graph.cost].shape)
    forward.simplify.used = {}
    if not holds(line):
        result = zeros(*of.shape) if slope else zeros(of.rows * of.cols, leaf.rows * leaf.cols)
    elif leaf.is_scalar:
        result = coefficient(line) if slope else vec(coefficient(line))
    else:
        result = jacobian(line)
    result = forward.simplify(result)
    also = dict(forward.simplify.used)
    if leaf.words or graph.leaves[p].words:
        assumed = Simplifier()
        result = assumed(rename(result, {x: graph.leaves[x] for x in (p, q)}))
        also |= assumed.used
    left = Slope(f, leaf, order, not slope, graph.leaves[p] if order == 2 else None)
    step = Step(left, result, "identify", detail=leaf, also=tuple(also))
    kind, pair = ("hessian", f"{p},{q}") if order == 2 else ("jacobian", q)
    return Section(kind, f"{kind}:{pair}", left, (step,))


def lemmas_of(passes: list[Section], detail: str) -> tuple[tuple[Graph, Section], ...]:
    """The lemmas that the steps rest on, each once."""
    found = {}
    for section in passes:
        for step in section.steps:
            if step.rule == "d_entrywise":
                f = step.detail.data
                if has_lemma(f.name) and not f.order:
                    found[str(f)] = f
    in_entries: tuple[tuple[Graph, Section], ...] = ()
    if detail == "full":
        # Over arrays the rules say at once what these lemmas say entry by entry.
        used = {r for section in passes for s in section.steps for r in (s.rule, *s.also)}
        if used & {"d_softmax", "d_rsoftmax", "d_log_softmax"}:
            in_entries = softmax_in_entries("d_log_softmax" in used)
    return (*(lemma(f, detail) for f in found.values()), *in_entries)
