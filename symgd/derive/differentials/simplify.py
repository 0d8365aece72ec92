"""An arranged node to textbook form, by the rows of IDENTITIES, from the leaves up."""

from __future__ import annotations

from typing import Final

from symgd.derive.differentials.identities import IDENTITIES
from symgd.trees.arrange import make
from symgd.trees.arrays import Key, Node, walk

MOST_MOVES: Final = 200


class Simplifier:
    """Simplifies nodes and remembers each; `used` are the rows that fired since it was emptied."""

    def __init__(self) -> None:
        self.known: dict[Key, tuple[Node, tuple[str, ...]]] = {}
        self.used: dict[str, None] = {}
        self.depth = 0

    def __call__(self, root: Node) -> Node:
        """The textbook form."""
        done: dict[int, Node] = {}
        for at in walk(root):
            if at.args:
                whole = make(at.op, [done[id(a)] for a in at.args], at.data, at)
                done[id(at)] = self.settled(whole)
            else:
                done[id(at)] = at
        return done[id(root)]

    def settled(self, at: Node) -> Node:
        """One node whose parts are in textbook form."""
        found = self.known.get(at.key)
        if found is None:
            found = self.moved(at)
            self.known[at.key] = found
            self.known[found[0].key] = (found[0], ())
        self.used.update(dict.fromkeys(found[1]))
        return found[0]

    def moved(self, at: Node) -> tuple[Node, tuple[str, ...]]:
        for row in IDENTITIES:
            out = row.rewrite(at)
            if out is not None and out != at:
                before = dict(self.used)
                self.used = {row.id: None}
                self.depth += 1
                if self.depth < MOST_MOVES:
                    out = self(out)
                self.depth -= 1
                fired = tuple(self.used)
                self.used = before
                return out, fired
        return at, ()
