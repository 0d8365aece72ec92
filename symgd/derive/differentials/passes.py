"""The passes through the definitions, one outermost expression opened a step.

back        ⟨1, df⟩ → ⟨G, dX⟩: the coefficients go back
forward     dF → L(dX); then its Jacobian is read off
"""

from __future__ import annotations

from collections.abc import Iterator

from symgd.derive.differentials import rules
from symgd.derive.differentials.identities import Known, Simplifier
from symgd.derive.differentials.linear import holds, pull_back
from symgd.derive.differentials.rules import d
from symgd.errors import NoRuleError
from symgd.trees.arrange import power
from symgd.trees.array_graph import MatrixGraph, Pair, Pairing, exchange, keys_in, merge
from symgd.trees.arrays import Key, Node, is_num, num, walk
from symgd.trees.families import family_of, free_in
from symgd.trees.steps import Step

MOST_STEPS = 400
SUMS = frozenset({"sum", "csum", "rsum"})
# What is put into a sum to see that it is 0: definitions of at most so many nodes, one in another.
LONGEST_MEAN, DEEPEST_MEAN = 16, 2


class Backward:
    """Opens the definitions of one graph, from the cost back; `full`: each identity a line."""

    def __init__(self, graph: MatrixGraph, bodies: dict[str, Node], full: bool = False) -> None:
        self.graph = graph
        self.bodies = bodies
        self.full = full
        self.simplify = Simplifier()
        self.parts: dict[Key, frozenset[Key]] = {}
        self.outputs: dict[Key, Node] = {}
        self.vanishing: dict[Key, Node | None] = {}
        for v, body in bodies.items():
            if body.args and v != graph.cost:
                self.outputs[body.key] = graph.names[v]
                self.outputs |= reciprocal_of(body, graph.names[v])

    def moves(self, e: Node) -> bool:
        return bool(e.names & self.graph.moving)

    def is_inlined(self, v: str) -> bool:
        """Whether v is opened where it stands: made of one moving name, used by one definition."""
        body = self.bodies.get(v)
        if body is None or v == self.graph.cost or len(self.graph.consumers.get(v, ())) != 1:
            return False
        return len(body.names & self.graph.moving) == 1

    def steps(self, seed: Node, v: str) -> tuple[Pairing, tuple[Step, ...]]:
        """⟨seed, dv⟩ and the steps that bring it to the names that v is made of."""
        start = Pairing(((seed, self.graph.names[v]),))
        body = self.bodies[v]
        state = Pairing(((seed, body),) if self.moves(body) else ())
        steps = [Step(start, state, "definition", detail=self.graph.names[v])]
        while (target := self.outermost(state)) is not None:
            steps += self.open(state, target)
            state = steps[-1].after
            if len(steps) > MOST_STEPS:
                raise NoRuleError(f"{v} takes more than {MOST_STEPS} steps; split it by names.")
        return state, tuple(steps)

    def open(self, state: Pairing, target: Node) -> list[Step]:
        """The differential of `target` by a rule, its coefficient moved across: one step."""
        self.simplify.used = {}
        name = target.data if target.op == "name" else None
        if name is not None:
            rule_id, detail = "definition", target
            news: list[Pair] = [(g, self.bodies[name]) for g, e in state.pairs if e == target]
        else:
            rule, line = rules.first(target, self.moves)
            rule_id, detail = rule.id, target
            ((g, _),) = [p for p in state.pairs if p[1] == target]
            news = list(pull_back(g, line, free_in(target)))
        pairs: list[Pair] = []
        for g, e in state.pairs:
            pairs += news if e == target else [(g, e)]
        moving = tuple((g, e) for g, e in merge(pairs) if self.moves(e))
        part = target, target
        if self.full:
            first = Step(state, Pairing(moving), rule_id, part=part, detail=detail)
            return [first, *self.simplified(moving)]
        after = Pairing(merge((self.to_textbook(g), e) for g, e in moving))
        also = tuple(self.simplify.used)
        return [Step(state, after, rule_id, part=part, detail=detail, also=also)]

    def simplified(self, pairs: tuple[Pair, ...]) -> Iterator[Step]:
        """The coefficients to textbook form, each identity a step."""
        state = pairs
        for i, (g, e) in enumerate(pairs):
            for rule, after in self.moves_of(g):
                news = (*state[:i], (after, e), *state[i + 1 :])
                if after != state[i][0]:
                    yield Step(Pairing(state), Pairing(news), rule)
                state = news
        end = Pairing(merge(state))
        if end != Pairing(state):
            yield Step(Pairing(state), end, "collect")

    def moves_of(self, g: Node) -> Iterator[tuple[str, Node]]:
        """What brings one coefficient to textbook form, in the names that the model has."""
        yield from self.simplify.one_by_one(g)
        out = self.simplify(g)
        named = exchange(out, self.outputs) if self.outputs else out
        if named != out:
            yield "output", named
            yield from self.simplify.one_by_one(named)

    def to_textbook(self, g: Node) -> Node:
        """A coefficient in textbook form, in the names that the model has for its parts."""
        out = self.simplify(g)
        if self.outputs:
            named = exchange(out, self.outputs)
            if named != out:
                self.simplify.used["output"] = None
                out = self.simplify(named)
        return out

    def in_the_model(self, g: Node) -> Node:
        """A derivative in textbook form, with what the definitions say of its parts: not of one
        line, which holds whatever the names in it are."""
        out = self.to_textbook(g)
        left = self.without_deviations(out)
        if left != out:
            self.simplify.used["centred"] = None
            out = self.simplify(left)
        return out

    def without_deviations(self, out: Node) -> Node:
        """The derivative with 0 for the sum of what lies about its mean: sum(x - μ1), where
        μ = sum(x)/n is a name, and sum(R), where R = X - M is one."""
        zero = {}
        for at in walk(out):
            if at.op in SUMS and at.names & self.bodies.keys():
                if at.key not in self.vanishing:
                    self.vanishing[at.key] = self.zero_of(at)
                found = self.vanishing[at.key]
                if found is not None:
                    zero[at.key] = found
        return exchange(out, zero) if zero else out

    def zero_of(self, at: Node) -> Node | None:
        """0, if the sum is that once short definitions are put into it."""
        for _ in range(DEEPEST_MEAN):
            table = {
                self.graph.names[v].key: self.bodies[v]
                for v in at.names & self.bodies.keys()
                if self.bodies[v].weight <= LONGEST_MEAN
            }
            if not table:
                return None
            at = Simplifier()(exchange(at, table))
            if at.op == "zeros" or is_num(at, 0):
                return at
        return None

    def outermost(self, state: Pairing) -> Node | None:
        """The first expression that no other one is made of; names that stay are done."""
        waiting = [e for _, e in state.pairs if not self.is_done(e)]
        for e in waiting:
            if not any(e.key in self.inside(other) for other in waiting if other is not e):
                return e
        return None

    def is_done(self, e: Node) -> bool:
        """Whether it is a name that stays, or one of a family of that name."""
        family = family_of(e) or e
        return family.op == "name" and not self.is_inlined(family.data)

    def inside(self, e: Node) -> frozenset[Key]:
        """The keys of everything that e is made of, through the names that are opened."""
        found = self.parts.get(e.key)
        if found is None:
            found = keys_in(e)
            for v in e.names:
                if self.is_inlined(v):
                    found |= self.inside(self.bodies[v])
            if e.op == "name" and self.is_inlined(e.data):
                found |= self.inside(self.bodies[e.data])
            self.parts[e.key] = found
        return found


def reciprocal_of(body: Node, v: Node) -> dict[Key, Node]:
    """Of v = E^q the key of E^(-q), which is 1/v: a root that has a name is written by it."""
    if body.op != "power" or not is_num(body.args[1]):
        return {}
    base, exponent = body.args
    if not 0 < exponent.data < 1:
        return {}
    return {power(base, num(-exponent.data)).key: power(v, num(-1))}


class Forward:
    """Opens dF where `moving` are the names that move; `full`: each identity a line.

    `known` is what the simplifiers of other passes of the same graph remember.
    """

    def __init__(
        self, moving: frozenset[str], full: bool = False, known: Known | None = None
    ) -> None:
        self.moving = moving
        self.full = full
        self.simplify = Simplifier(known)

    def moves(self, e: Node) -> bool:
        return bool(e.names & self.moving)

    def steps(self, f: Node) -> Iterator[Step]:
        """From dF to a line that is linear in the differentials of names."""
        line = d(f)
        for _ in range(MOST_STEPS):
            target = self.outermost(line)
            if target is None:
                return
            self.simplify.used = {}
            rule, opened = rules.first(target, self.moves)
            bare = exchange(line, {d(target).key: opened})
            after = self.simplify(bare)
            part, also = (target, target), tuple(self.simplify.used)
            if not self.full:
                yield Step(line, after, rule.id, part=part, detail=target, also=also)
                line = after
                continue
            yield Step(line, bare, rule.id, part=part, detail=target)
            for identity, out in self.simplify.one_by_one(bare):
                if out != bare:
                    yield Step(bare, out, identity)
                bare = out
            line = bare
        raise NoRuleError(f"d({f}) takes more than {MOST_STEPS} steps; split it by names.")

    def outermost(self, line: Node) -> Node | None:
        """The first E of a dE that no other one is made of."""
        waiting = {at.args[0].key: at.args[0] for at in walk(line) if at.op == "d"}
        targets = [e for e in waiting.values() if e.op != "name"]
        inside = {e.key: keys_in(e) for e in targets}
        for e in targets:
            if not any(e.key in inside[o.key] for o in targets if o is not e):
                return e
        return None


def coefficient(line: Node) -> Node:
    """Of a line that is linear in one scalar dt, what stands before it."""
    table = {at.key: num(1) for at in walk(line) if at.op == "d"}
    return exchange(line, table) if holds(line) else line
