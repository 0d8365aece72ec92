"""Identities that bring a coefficient to textbook form: one table, tried in order.

A row looks at one arranged node and answers with an equal one, or None. Rows that could go back
and forth answer only with something shorter (`Node.weight`). `Simplifier` applies them, from the
leaves up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import is_
from typing import Final

from symgd.derive.differentials import factoring, rewrites
from symgd.trees.arrange import arrange, make
from symgd.trees.array_graph import exchange
from symgd.trees.arrays import Key, Node, walk


@dataclass(frozen=True, slots=True)
class Identity:
    """One row: an equation, the reason, and texts in the language that it changes.

    Examples use the names of `IDENTITY_SHAPES`, with the assumptions of `IDENTITY_WORDS`.
    """

    id: str
    name: str
    equation: str
    because: str
    examples: tuple[str, ...]
    rewrite: Callable[[Node], Node | None]


IDENTITY_SHAPES: dict[str, tuple[str, ...]] = {
    "A": ("n", "n"), "B": ("n", "n"), "Q": ("n", "n"), "N": ("n", "n"), "Z": ("m", "n"),
    "W": ("m", "n"), "Y": ("m", "n"), "T": ("m", "n"), "x": ("n",), "y": ("n",), "u": ("m",),
    "p": ("n",), "s": ("n",), "c": (),
}  # fmt: skip
IDENTITY_WORDS: dict[str, str] = {
    "Q": "orth", "N": "skew", "Y": "onehot", "p": "prob", "s": "pm1", "T": "01",
}  # fmt: skip

# fmt: off
IDENTITIES: tuple[Identity, ...] = (
    Identity("ones_product", "absorb the ones", r"\mathbf{1}^{\top} U = \mathrm{colsum}(U)",
        "A product with ones sums rows or columns.",
        ("ones(1,m)*Z", "Z*ones(n,1)", "ones(m,n)*x", "x'*ones(n,1)", "Z*ones(n,m)"), rewrites.absorb_ones),
    Identity("repeated", "what repeats", r"\mathbf{1} a^{\top} \odot \mathbf{1} b^{\top} = \mathbf{1} (a \odot b)^{\top}",
        "What is the same in every row (or column) is computed in one.",
        ("(ones(m,1)*x').*(ones(m,1)*y')", "csum(Z.*(ones(m,1)*x'))", "Z./(u*ones(1,n)).*((u.*u)*ones(1,n))", "rsum(Z.*(u*ones(1,n)))"), rewrites.join_repeats),
    Identity("sums_of_products", "sums of a product", r"\mathbf{1}^{\top}(U V) = (\mathbf{1}^{\top} U) V",
        "The first factor alone is summed by columns, the last by rows.",
        ("csum(ones(m,1)*x')", "rsum(u*x')", "sum(u*x')"), rewrites.sums),
    Identity("orthogonal", "orthogonal matrix", r"Q^{\top} Q = I",
        "The transpose of an orthogonal matrix is its inverse.", ("Q'*Q", "A*Q*Q'"), rewrites.orthogonal),
    Identity("skew", "skew matrix", r"N^{\top} = -N",
        "The transpose of a skew matrix is its negative.", ("N'",), rewrites.skew),
    Identity("diag_product", "product with a diagonal matrix", r"\mathrm{diag}(x)\,y = x \odot y",
        "A diagonal matrix scales entry by entry.", ("diag(x)*y", "x'*diag(y)", "diag(x)*diag(y)"), rewrites.diagonal_product),
    Identity("diag_eye", "diagonal part", r"I \odot U = \mathrm{diag}(\mathrm{diag}(U))",
        "Only the diagonal is left.", ("eye(n).*(x*y')", "diag(diag(A).*x + y).*eye(n)"), rewrites.diagonal_part),
    Identity("diag_outer", "diagonal of an outer product", r"\mathrm{diag}(x y^{\top}) = x \odot y",
        "The i-th entry of the diagonal is x_i y_i.", ("diag(x*y')", "diag(diag(x)*A)", "diag(A*diag(x)*B)"), rewrites.diagonal_of_product),
    Identity("trace_outer", "trace of an outer product", r"\mathrm{tr}(x y^{\top}) = y^{\top} x",
        "The factors of a trace go round.", ("tr(x*y')", "tr(A*x*y')"), rewrites.trace_of_outer),
    Identity("trace_product", "factors under the trace", r"\mathrm{tr}(U V) = \mathrm{tr}(V U)",
        "The factors of a trace go round, and what then stands side by side may cancel.",
        ("tr(A*B*inv(A))", "tr(Q*A*Q')"), rewrites.trace_round),
    Identity("inner_products", "sum of products", r"\mathrm{sum}(x \odot y) = x^{\top} y",
        "A sum of products is an inner product.", ("sum(x.*y)", "sum(x.*y.^2)", "x'*(y./x)"), rewrites.inner_product),
    Identity("shares", "shares sum to 1", r"\textstyle\sum_i p_i = 1",
        "The entries of a share, a one-hot label or a softmax sum to 1.",
        ("sum(p)", "rsum(Y)", "sum(softmax(x))", "rsum(rsoftmax(Z))", "sum(Y)"), rewrites.shares),
    Identity("labels", "labels squared", r"y \odot y = y",
        "Of 0 and 1 each is its own square; that of -1 is 1.", ("T.*T", "Y.^2", "s.*s", "1./s"), rewrites.label_powers),
    Identity("signs", "sign and absolute value", r"|u| \odot \mathrm{sign}(u) = u",
        "A number is its size times its sign.", ("abs(x).*sign(x)", "relu(Z).*step(Z)", "step(x).^2"), rewrites.signs),
    Identity("join_families", "one family", r"[U_k]_k + [V_k]_k = [U_k + V_k]_k",
        "What is told one by one is added one by one.",
        ("stack(i, x[i]*x') + stack(i, y[i]^2*x')", "sum(i, x[i]^2) + sum(i, y[i]^3)"), rewrites.join_families),
    Identity("recognise_sigmoid", "recognise the sigmoid", r"e^u/(1 + e^u) = \sigma(u)",
        "The fraction has a name.", ("exp(x)./(ones(n,1) + exp(x))", "1./(1*ones(n,1) + exp(-x))", "exp(c)/(1 + exp(c))"), rewrites.sigmoid),
    Identity("recognise_softmax", "recognise the softmax", r"e^{u}/\mathrm{sum}(e^{u}) = \mathrm{softmax}(u)",
        "Exponentials over their sum have a name.",
        ("exp(x)/sum(exp(x))", "(x.*exp(y))'*A/sum(exp(y))", "exp(Z)./(rsum(exp(Z))*ones(1,n))"), rewrites.softmax),
    Identity("kron_product", "mixed product", r"(A \otimes B)(C \otimes D) = AC \otimes BD",
        "Kronecker products multiply factor by factor.", ("kron(A,B)*kron(B,A)", "kron(A,B)*vec(Q)", "kron(A,B)'"), rewrites.kron_product),
    Identity("spread", "open the brackets", r"L(U + V) = L(U) + L(V)",
        "What is opened here cancels or comes together.",
        ("sum(x - sum(x)/n*ones(n,1))", "A*(inv(A) + B) - A*B", "inv(A)*(A*x - B*y)"), factoring.open_brackets),
    Identity("common_denominator", "one denominator", r"\frac{1}{1 + u} - \frac{u}{(1 + u)^2} = \frac{1}{(1 + u)^2}",
        "Fractions over powers of one denominator are brought to the highest.",
        ("1/(1 + c) - c/(1 + c)^2", "1/(1 + x'*x) - x'*x/(1 + x'*x)^2", "x./(ones(n,1) + x) - x.^2./(ones(n,1) + x).^2"), factoring.common_denominator),
    Identity("collect", "collect", r"U V + U W = U (V + W)",
        "What all terms have in common stands once.",
        ("A*x + B*x", "A*B*x - A*y", "x.*y + x.*s", "c*x + c*y", "2*x + 2*y"), factoring.collect),
)
# fmt: on

BY_ID = {i.id: i for i in IDENTITIES}


MOST_MOVES: Final = 200
MOST_LINES: Final = 40
# A node's key → its textbook form, and the rows that led there.
Known = dict[Key, tuple[Node, tuple[str, ...]]]


def _move(at: Node) -> tuple[str, Key, Node] | None:
    """The first row that changes a node: its id, the node's key, and what becomes of it."""
    for row in IDENTITIES:
        out = row.rewrite(at)
        if out is not None and out != at:
            return row.id, at.key, out
    return None


class Simplifier:
    """Simplifies nodes and remembers each; `used` are the rows that fired since it was emptied.

    `known` is what another one remembers, of names of which the same is assumed.
    """

    def __init__(self, known: Known | None = None) -> None:
        self.known: Known = {} if known is None else known
        self.used: dict[str, None] = {}
        self.depth = 0

    def __call__(self, root: Node) -> Node:
        """The textbook form."""
        done: dict[int, Node] = {}
        for at in walk(root):
            if not at.args:
                done[id(at)] = at
                continue
            parts = [done[id(a)] for a in at.args]
            # What has been settled once, and of parts that stay, need not be made again.
            settled = at.key in self.known and all(map(is_, parts, at.args))
            done[id(at)] = self.settle(at if settled else make(at.op, parts, at.data, at))
        return done[id(root)]

    def one_by_one(self, root: Node) -> Iterator[tuple[str, Node]]:
        """The moves from `root` to its textbook form: the id of a row, and what it makes of it.

        Where the moves do not end in that form by themselves, the last one does.
        """
        self.used = {}
        end, at = self(root), arrange(root)
        rows = list(self.used)
        for _ in range(MOST_LINES):
            move = next((m for n in walk(at) if (m := _move(n)) is not None), None)
            if at == end or move is None:
                break
            id, key, out = move
            at = exchange(at, {key: out})
            yield id, at
        if at != end:
            yield rows[-1] if rows else IDENTITIES[-1].id, end

    def settle(self, at: Node) -> Node:
        """One node whose parts are in textbook form."""
        found = self.known.get(at.key)
        if found is None:
            found = self.apply_rows(at)
            self.known[at.key] = found
            self.known[found[0].key] = (found[0], ())
        self.used.update(dict.fromkeys(found[1]))
        return found[0]

    def apply_rows(self, at: Node) -> tuple[Node, tuple[str, ...]]:
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
