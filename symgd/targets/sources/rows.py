"""Array graph of one sample → lines of NumPy for many samples at once.

A value of m × n is an array (..., m, n), the samples before it: a number a sample is (N, 1, 1), a
column (N, K, 1). What is done entry by entry is printed as for one sample, products of matrices are
numpy's own over stacks, and sums run along the last two axes.
"""

from __future__ import annotations

from collections.abc import Callable

from symgd.errors import ModelError, listing
from symgd.programs.arrays.entries import chain_of
from symgd.programs.arrays.outputs import Outputs
from symgd.programs.arrays.valued import ValuedEntries
from symgd.targets.sources.matrix import Text, Writer, argument, without_unused
from symgd.trees.arrays import Node
from symgd.trees.dims import ONE


class Rows(Writer):
    """The lines of a function of many samples."""

    def __init__(self, out: Outputs) -> None:
        super().__init__(ValuedEntries(out), "numpy")
        self.dtype = "np.float64"

    def returning(self, nodes: list[Node]) -> list[str]:
        """The lines, the last of which returns these values."""
        self.leaves()
        for n, body in self.out.names.items():
            if n in self.entries.needed:
                self.known[self.entries.named(n).key] = self.of(body)
        found = ", ".join(self.whole(at) for at in nodes)
        lines = without_unused([*self.lines, f"return {found}"])
        return ['with np.errstate(all="ignore"):', *(f"    {line}" for line in lines)]

    def leaves(self) -> None:
        """Every leaf as it stands; the sizes from the last axes."""
        seen: set[str] = set()
        for n, leaf in self.out.graph.leaves.items():
            x = argument(n)
            self.known[leaf.key] = Text(x)
            for axis, d in ((-2, leaf.rows), (-1, leaf.cols)):
                if d.text.isidentifier() and d.text not in seen:
                    seen.add(d.text)
                    self.lines.append(f"n_{d.text} = {x}.shape[{axis}]")

    def made(self, at: Node) -> Text:
        if self.entries.is_whole(at) and self.entries.logarithm(at) is None and at.op not in TABLE:
            raise ModelError(
                f"{at.op} is not among what an objective of several margins is made of: "
                f"{listing(TABLE)}."
            )
        if self.entries.is_whole(at) and self.entries.logarithm(at) is None:
            return TABLE[at.op](self, at)
        return super().made(at)

    def whole(self, at: Node) -> str:
        found = self.of(at)
        if found.full or at.is_scalar:
            return found.text
        size = f"({self.size(at.rows)}, {self.size(at.cols)})"
        shape = f"np.broadcast_shapes(np.shape({found.text}), {size})"
        return f"np.broadcast_to({found.text}, {shape})"

    def reduced(self, f: str, axis: int | None, x: str) -> str:
        if axis is None:
            return f"{f}({x}.reshape((*{x}.shape[:-2], -1, 1)), -2)"
        return f"{f}({x}, {axis - 2})"

    def shares(self, f: str, op: str, u: Node) -> Text:
        if op == "softmax" and not u.is_column:
            raise ModelError("A softmax of all entries of a matrix is not in an objective.")
        return Text(f"{f}({self.whole(u)}, {-1 if op == 'rsoftmax' else -2})")

    def chain(self, at: Node) -> Text:
        return Text(f"({' @ '.join(self.whole(a) for a in chain_of(at))})")

    def member(self, at: Node) -> Text:
        index = at.data
        if not index.is_number or index.rows != ONE:
            raise ModelError("A family of matrices is not in an objective; write it as one.")
        i, x = int(index.name), self.whole(at.args[0])
        if at.op == "part":
            return Text(f"{x}[..., {i - 1}:{i}, :]")
        n = self.size(index.count)
        return Text(f"np.eye({n})[:, {i - 1}:{i}]*{x}")

    def along(self, f: str, axes: str, at: Node) -> Text:
        return Text(f"{self.whole(at.args[0])}.{f}({axes}, keepdims=True)")


BOTH = "(-2, -1)"
TABLE: dict[str, Callable[[Rows, Node], Text]] = {
    "name": lambda w, at: w.of(w.out.names[at.data]),
    "size": lambda w, at: Text(f"({w.size(at.data)})"),
    "part": Rows.member,
    "place": Rows.member,
    "add": Rows.sum,
    "mul": Rows.chain,
    "power": lambda w, at: Text(f"({w.whole(at.args[0].args[0])} ** 2).sum({BOTH}, keepdims=True)"),
    "t": lambda w, at: Text(f"np.swapaxes({w.whole(at.args[0])}, -1, -2)"),
    "sum": lambda w, at: w.along("sum", BOTH, at),
    "rsum": lambda w, at: w.along("sum", "-1", at),
    "csum": lambda w, at: w.along("sum", "-2", at),
    "max": lambda w, at: w.along("max", BOTH, at),
    "eye": lambda w, at: Text(f"np.eye({w.size(at.rows)})"),
    "diag": lambda w, at: Text(f"({w.whole(at.args[0])}*np.eye({w.size(at.rows)}))"),
    "softmax": lambda w, at: w.shares("softmax", "softmax", at.args[0]),
    "rsoftmax": lambda w, at: w.shares("softmax", "rsoftmax", at.args[0]),
    "logsumexp": lambda w, at: Text(w.reduced("log_sum", None, w.whole(at.args[0]))),
}
