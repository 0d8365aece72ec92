"""Powers of entries, which have no value where what they are made of has none."""

from __future__ import annotations

from typing import Any

from symgd.programs.arrays.entries import Entries
from symgd.programs.arrays.outputs import Outputs
from symgd.programs.signs import Signs
from symgd.programs.valued import Guard, is_open
from symgd.trees.arrays import Key, Node
from symgd.trees.scalars import Expr, walk

# Values that are more than their entries, and have one wherever what they are made of has.
WHOLE = frozenset(
    "mul sum rsum csum t vec add softmax rsoftmax logsumexp norm2 ones zeros size".split()
)


class ValuedEntries(Entries):
    """Entries whose powers ask for a value; where their cost has none its slopes ask for it.

    Those of exported files, and of compiled code where something has left the range of doubles.
    """

    def __init__(self, out: Outputs) -> None:
        self.guard: OfEntries | None = None
        super().__init__(out)

    def expr(self, at: Node) -> Expr:
        is_new = at.key not in self.done
        found = super().expr(at)
        if is_new and at.key not in self.slopes and any(map(is_open, walk(found))):
            self.guard = self.guard or OfEntries(self)
            found = self.done[at.key] = self.guard(found)
        return found


class OfEntries(Guard):
    """By what the symbols of entries stand for."""

    def __init__(self, entries: Entries) -> None:
        super().__init__(entries.scope, Signs())
        self.entries = entries
        self.lacking: dict[Key, bool] = {}

    def name_lacks(self, s: Any) -> bool:
        return self.node_lacks(self.entries.nodes[s])

    def node_lacks(self, at: Node) -> bool:
        if at.key not in self.lacking:
            self.lacking[at.key] = self._node_lacks(at)
        return self.lacking[at.key]

    def _node_lacks(self, at: Node) -> bool:
        entries = self.entries
        if at.op == "name":
            body = entries.out.names.get(at.data)
            return body is not None and self.node_lacks(body)
        if not entries.is_whole(at):
            return self.lacks(entries.form(at))
        sure = at.op in WHOLE or entries.logarithm(at) is not None
        return not sure or any(map(self.node_lacks, entries.parts(at)))
