"""dF → L(dX), one outermost differential opened a step; then its Jacobian is read off."""

from __future__ import annotations

from collections.abc import Iterator

from symgd.derive.differentials import rules
from symgd.derive.differentials.adjoint import holds
from symgd.derive.differentials.simplify import Simplifier
from symgd.derive.differentials.structure import d
from symgd.errors import NoRuleError
from symgd.trees.array_graph import exchanged, keys_in
from symgd.trees.arrays import Node, num, walk
from symgd.trees.steps import Step

MOST_STEPS = 400


class Forward:
    """Opens dF where `moving` are the names that move."""

    def __init__(self, moving: frozenset[str]) -> None:
        self.moving = moving
        self.simplify = Simplifier()

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
            after = self.simplify(exchanged(line, {d(target).key: opened}))
            also = tuple(self.simplify.used)
            yield Step(line, after, rule.id, part=(target, target), detail=target, also=also)
            line = after
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
    return exchanged(line, table) if holds(line) else line
