"""Nodes → lines of a program for given sizes: each node once, products in their cheapest order.

A transpose is a view. What is the same in every row or column is kept as one row or column, and
numpy stretches it where it is used. A diagonal matrix in a product scales rows or columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from symgd.backends.matrix.chains import Tree, cheapest
from symgd.backends.matrix.outputs import Outputs
from symgd.errors import ModelError
from symgd.matrix.arrange import neg, power, split
from symgd.matrix.arrange import t as transposed
from symgd.matrix.functions import Function
from symgd.matrix.nodes import Key, Node, is_num, name, node, num, walk

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ref:
    """A value: its name in the program, transposed or not, and how large it really is.

    A row that stands for all rows of a matrix has `size` (1, n); a `number` is no array.
    """

    name: str
    size: Size
    turned: bool = False
    number: bool = False

    @property
    def text(self) -> str:
        return f"{self.name}.T" if self.turned else self.name

    @property
    def T(self) -> Ref:
        return self if self.number else Ref(self.name, self.size[::-1], not self.turned)


@dataclass(frozen=True, slots=True)
class Line:
    """name = code, where {0}, {1}, ... are the arguments and {out} is room for an array.

    size    of the array; None for a number
    may     whether an argument may be overwritten
    fresh   the array is made by the code, not by room that it is given
    """

    name: str
    code: str
    args: tuple[Ref, ...]
    size: Size | None
    may: bool = False
    fresh: bool = False


@dataclass
class Plan:
    """Lines, and the names of what is handed back."""

    lines: list[Line] = field(default_factory=list)
    value: Ref | None = None
    results: dict[str, Ref] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)


class Planner:
    """Plans the computation of nodes; `sizes` gives each name of a size its number."""

    def __init__(self, out: Outputs, sizes: Mapping[str, int]) -> None:
        self.out = out
        self.sizes = sizes
        self.plan = Plan()
        self.known: dict[Key, Ref] = {}
        self.count = 0
        self.pairs: dict[tuple[str, str], tuple[Ref, Ref]] = {}
        roots = [*out.names.values(), *out.gradients.values(), *out.hessians.values()]
        self.inverses = _shared_inverses(roots)

    def planned(self) -> Plan:
        """Everything in order: definitions, δ, derivatives."""
        graph = self.out.graph
        for n, leaf in graph.leaves.items():
            self.known[leaf.key] = Ref(f"x_{n}", self.size(leaf), number=leaf.is_scalar)
        for n, body in self.out.names.items():
            ref = self.of(body)
            shape = graph.names[n].shape if n in graph.names else body.shape
            key = _name_key(n, shape)
            self.known[key] = ref
        self.plan.value = self.of(self.out.names[self.out.value])
        for n, g in {**self.out.gradients, **self.out.hessians}.items():
            self.plan.results[n] = self.of(g) if g.is_scalar else self.real_of(g)
        return self.plan

    def size(self, at: Node) -> Size:
        return at.rows.value(self.sizes), at.cols.value(self.sizes)

    # -- values -------------------------------------------------------------------------------

    def of(self, at: Node) -> Ref:
        """Where the value of a node is, computed now if it is not yet."""
        if at.key in self.known:
            return self.known[at.key]
        if at.mirror in self.known and not at.is_scalar:
            return self.known[at.mirror].T
        ref = LOWERED[at.op](self, at)
        self.known[at.key] = ref
        return ref

    def line(
        self,
        code: str,
        args: Sequence[Ref],
        size: Size | None,
        may: bool = False,
        fresh: bool = False,
    ) -> Ref:
        self.count += 1
        ref = Ref(f"v{self.count}", size or (1, 1), number=size is None)
        self.plan.lines.append(Line(ref.name, code, tuple(args), size, may, fresh))
        return ref

    def full(self, ref: Ref, size: Size) -> Ref:
        """The array itself, where a row stands for all rows."""
        if ref.size == size and not ref.number:
            return ref
        return self.line("np.copyto({out}, {0}) or {out}", [ref], size)

    def binary(self, f: str, a: Ref, b: Ref) -> Ref:
        """f entry by entry; two numbers stay a number."""
        size = max(a.size[0], b.size[0]), max(a.size[1], b.size[1])
        if a.number and b.number:
            return self.line(_SIGNS[f], [a, b], None)
        # what is transposed is better written transposed than read so
        if a.turned and b.size in ((1, 1), a.size) and (b.turned or b.size == (1, 1)):
            return self.line(f"np.{f}({{0}}, {{1}}, out={{out}})", [a.T, b.T], size[::-1], True).T
        return self.line(f"np.{f}({{0}}, {{1}}, out={{out}})", [a, b], size, True)

    def unary(self, code: str, a: Ref) -> Ref:
        if a.turned:
            return self.line(code, [a.T], a.size[::-1], True).T
        return self.line(code, [a], a.size, True)

    def number(self, q: Fraction) -> Ref:
        """A number in the text of the program."""
        text = str(q.numerator) + ".0" if q.denominator == 1 else repr(q.numerator / q.denominator)
        return Ref(f"({text})" if q < 0 else text, (1, 1), number=True)

    # -- sums and products ----------------------------------------------------------------------

    def sum(self, at: Node) -> Ref:
        """Term by term; a multiple of I or a diagonal goes onto the diagonal."""
        inside = _one_minus_sigmoid(at)
        if inside is not None:
            return self.of(node("function", neg(inside), data=Function("sigmoid")))
        whole = self.size(at)
        terms = [split(t) for t in at.args]
        diagonal = [(q, t) for q, t in terms if _on_diagonal(t) is not None]
        terms = [(q, t) for q, t in terms if _on_diagonal(t) is None]
        if not terms:
            return self.diagonal_sum(diagonal, whole)
        refs = [(q, self.of(t)) for q, t in terms]
        refs.sort(key=lambda x: (-(x[1].size[0] * x[1].size[1]), x[0] < 0))
        acc = self.scaled(*refs[0]) if abs(refs[0][0]) != 1 or refs[0][0] < 0 else refs[0][1]
        if refs[0][0] == -1 and len(refs) > 1 and refs[1][0] == 1:
            acc = self.binary("subtract", refs[1][1], refs[0][1])
            refs = refs[1:]
        for q, ref in refs[1:]:
            term = ref if abs(q) == 1 else self.scaled(abs(q), ref)
            acc = self.binary("subtract" if q < 0 else "add", acc, term)
        if diagonal and acc.size != whole:
            acc = self.full(acc, whole)
        for q, t in diagonal:
            v = self.scaled(q, self.of_diagonal(t))
            acc = self.line("h.add_diagonal({0}, {1}, {out})", [acc, v], acc.size, True)
        return acc

    def diagonal_sum(self, terms: Sequence[tuple[Fraction, Node]], size: Size) -> Ref:
        acc: Ref | None = None
        for q, t in terms:
            v = self.scaled(q, self.of_diagonal(t))
            acc = v if acc is None else self.binary("add", acc, v)
        assert acc is not None
        return self.line("h.diag({0}, {out})", [acc], size)

    def of_diagonal(self, t: Node) -> Ref:
        """The diagonal of c·I or c·diag(v)."""
        scalars = [a for a in t.args if a.is_scalar] if t.op == "mul" else []
        body = next(a for a in t.args if not a.is_scalar) if t.op == "mul" else t
        ref = self.of(body.args[0]) if body.op == "diag" else self.number(Fraction(1))
        return self.times(self.scalar(scalars), ref) if scalars else ref

    def scaled(self, q: Fraction, ref: Ref) -> Ref:
        if q == 1:
            return ref
        if q == -1:
            return (
                self.line("-{0}", [ref], None)
                if ref.number
                else self.unary("np.negative({0}, out={out})", ref)
            )
        return self.times(self.number(q), ref)

    def times(self, s: Ref | None, ref: Ref) -> Ref:
        if s is None:
            return ref
        if ref.name == "1.0":
            return s
        return self.binary("multiply", ref, s)

    def scalar(self, factors: Sequence[Node]) -> Ref | None:
        """The product of scalars, divisions last."""
        acc: Ref | None = None
        for f in sorted(factors, key=_divides):
            if _divides(f):
                base, exponent = f.args
                part = self.of(_raised(base, -exponent.data))
                top = acc or self.number(Fraction(1))
                acc = self.binary("divide", top, part)
            else:
                part = self.of(f)
                acc = part if acc is None else self.binary("multiply", acc, part)
        return acc

    def product(self, at: Node) -> Ref:
        scalars = [a for a in at.args if a.is_scalar]
        chain = [a for a in at.args if not a.is_scalar]
        if not chain:
            found = self.scalar(scalars)
            assert found is not None
            return found
        body = self.chain(chain)
        return self.times(self.scalar(scalars), body) if scalars else body

    def chain(self, chain: Sequence[Node]) -> Ref:
        """A product of matrices, bracketed where it is cheapest."""
        if len(chain) == 1:
            return self.of(chain[0])
        whole = node("mul", *chain)
        if whole.key in self.known:
            return self.known[whole.key]
        if whole.mirror in self.known and not whole.is_scalar:
            return self.known[whole.mirror].T
        if chain[0].op == "ones" and chain[0].is_column and not whole.is_scalar:
            return self.chain(chain[1:])
        if chain[-1].op == "ones" and chain[-1].rows.number == 1 and not whole.is_scalar:
            return self.chain(chain[:-1])
        gram = self.gram(chain)
        if gram is not None:
            return gram
        sizes = [self.size(chain[0])[0], *(self.size(a)[1] for a in chain)]

        def known(i: int, j: int) -> bool:
            part = node("mul", *chain[i : j + 1])
            return part.key in self.known or part.mirror in self.known

        return self.bracketed(chain, cheapest(sizes, known))

    def bracketed(self, chain: Sequence[Node], tree: Tree) -> Ref:
        if isinstance(tree, int):
            return self.of(chain[tree])
        first, last = _ends(tree)
        part = node("mul", *chain[first : last + 1])
        if part.key in self.known:
            return self.known[part.key]
        if part.mirror in self.known and not part.is_scalar:
            return self.known[part.mirror].T
        ref = self.two(chain, *tree)
        self.known[part.key] = ref
        return ref

    def two(self, chain: Sequence[Node], left: Tree, right: Tree) -> Ref:
        """One product of two: by BLAS, by a solve, or a scaling by a diagonal."""
        a = chain[left] if isinstance(left, int) else None
        b = chain[right] if isinstance(right, int) else None
        if a is not None and a.op == "diag":
            return self.binary("multiply", self.bracketed(chain, right), self.of(a.args[0]))
        if b is not None and b.op == "diag":
            return self.binary("multiply", self.bracketed(chain, left), self.of(b.args[0]).T)
        if a is not None and self.solved(a):
            y = self.bracketed(chain, right)
            return self.line(
                "np.linalg.solve({0}, {1})", [self.of(_inverted(a)), y], y.size, fresh=True
            )
        if b is not None and self.solved(b):
            y = self.bracketed(chain, left)
            inner = self.of(_inverted(b)).T
            return self.line("np.linalg.solve({0}, {1})", [inner, y.T], y.size[::-1], fresh=True).T
        x = self.real(chain, left)
        y = self.real(chain, right)
        if node("mul", *chain[_ends((left, right))[0] : _ends((left, right))[1] + 1]).is_scalar:
            return self.line("h.dot({0}, {1})", [x.T, y], None)
        size = x.size[0], y.size[1]
        if x.size[1] == 1:
            return self.binary("multiply", x, y)
        return self.line("np.matmul({0}, {1}, out={out})", [x, y], size)

    def real(self, chain: Sequence[Node], tree: Tree) -> Ref:
        """A factor of a product in its whole size."""
        first, last = _ends(tree)
        size = self.size(chain[first])[0], self.size(chain[last])[1]
        return self.full(self.bracketed(chain, tree), size)

    def solved(self, a: Node) -> bool:
        """Whether A⁻¹y is a solve: where A⁻¹ itself is not needed."""
        inner = a.args[0] if a.op == "t" else a
        return inner.op == "inv" and inner.key not in self.inverses and inner.key not in self.known

    def gram(self, chain: Sequence[Node]) -> Ref | None:
        """Xᵀ diag(s) X."""
        if len(chain) != 3 or chain[1].op != "diag" or chain[0].key != chain[2].mirror:
            return None
        x, s = self.of(chain[2]), self.of(chain[1].args[0])
        n = x.size[1]
        return self.line("h.weighted_gram({0}, {1}, {out})", [x, s], (n, n))

    def hadamard(self, at: Node) -> Ref:
        """Factors first, then divisors; a step function masks."""
        above = [a for a in at.args if not _divides(a)]
        below = [a for a in at.args if _divides(a)]
        masks = [a for a in above if a.op == "function" and str(a.data) == "step"]
        rest = [a for a in above if a not in masks]
        refs = [self.of(a) for a in rest]
        acc = refs[0] if refs else None
        for ref in refs[1:]:
            assert acc is not None
            acc = self.binary("multiply", acc, ref)
        for m in masks:
            if acc is None:
                acc = self.of(m)
                continue
            x = self.of(m.args[0])
            if acc.turned and x.turned and acc.size == x.size:
                acc = self.line("h.masked({0}, {1}, {out})", [acc.T, x.T], acc.size[::-1], True).T
            elif acc.size == x.size:
                acc = self.line("h.masked({0}, {1}, {out})", [acc, x], acc.size, True)
            else:
                acc = self.binary("multiply", acc, self.of(m))
        for b in below:
            base, exponent = b.args
            part = self.of(_raised(base, -exponent.data))
            acc = self.binary("divide", acc or self.number(Fraction(1)), part)
        assert acc is not None
        return acc

    def power(self, at: Node) -> Ref:
        base, exponent = at.args
        if exponent.op == "num":
            e = exponent.data
            if e == -1:
                return self.binary("divide", self.number(Fraction(1)), self.of(base))
            if e < 0:
                return self.binary("divide", self.number(Fraction(1)), self.of(_raised(base, -e)))
            if e == 2 and base.op == "norm2":
                x = self.of(base.args[0])
                return self.line("h.dot({0}, {0})", [x], None)
            if e == Fraction(1, 2):
                x = self.of(base)
                if x.number:
                    return self.line("sqrt({0})", [x], None)
                return self.unary("np.sqrt({0}, out={out})", x)
            if e == 2:
                x = self.of(base)
                return self.binary("multiply", x, x)
            if e == 3:
                x = self.of(base)
                return self.binary("multiply", self.of(_raised(base, Fraction(2))), x)
        return self.binary("power", self.of(base), self.of(exponent))

    # -- functions --------------------------------------------------------------------------------

    def function(self, at: Node) -> Ref:
        """f entry by entry, in a form that neither overflows nor cancels."""
        f: Function = at.data
        (u,) = at.args
        if f.name == "log" and not f.order:
            stable = self.logarithm(u)
            if stable is not None:
                return stable
        x = self.of(u)
        code = FUNCTIONS.get(str(f))
        if code is not None:
            if x.number:
                return self.line(SCALARS[str(f)], [x], None)
            return self.unary(code, x)
        return self.named(f, x)

    def logarithm(self, u: Node) -> Ref | None:
        """ln softmax(x), ln σ(x), ln(1 + e^x), as one function each."""
        for op, code in (("softmax", "h.log_softmax"), ("rsoftmax", "h.log_rsoftmax")):
            if u.op == op:
                x = self.of(u.args[0])
                return self.line(f"{code}({{0}}, {{out}})", [x], x.size)
        inside = _sigmoid_of(u)
        if inside is not None:
            return self.scaled(Fraction(-1), self.of(node("function", inside, data=_SOFTPLUS)))
        inside = _one_plus_exponential(u)
        if inside is not None:
            return self.of(node("function", inside, data=_SOFTPLUS))
        return None

    def named(self, f: Function, x: Ref) -> Ref:
        """A function of the catalogue or its derivative, by the scalar engine's own program."""
        below = Function(f.name, f.parameters)
        if f.order > 1:
            raise ModelError(
                f"The second derivative of {f.name} is not compiled over matrices; give its "
                "formula as the activation."
            )
        word = next((w for w, g in self.plan.functions.items() if g == below), None)
        if word is None:
            word = f"f{len(self.plan.functions)}_{f.name}"
            self.plan.functions[word] = below
        if (word, x.text) not in self.pairs:
            both = self.line(f"{word}({{0}})", [x], None)
            size = None if x.number else x.size
            value = self.line("{0}[0]", [both], size, fresh=True)
            slope = self.line("{0}[1]", [both], size, fresh=True)
            self.pairs[word, x.text] = value, slope
        return self.pairs[word, x.text][f.order]

    def reduced(self, at: Node) -> Ref:
        """sum, tr: a number."""
        (x,) = at.args
        chain = x.args if x.op == "mul" else (x,)
        if at.op == "sum" and x.op == "had" and len(x.args) == 2 and not any(map(_divides, x.args)):
            a, b = (self.of(f) for f in x.args)
            if a.size == b.size == self.size(x):
                return self.line("h.dot({0}, {1})", [a, b], None)
        if at.op == "tr" and len(chain) > 1 and not any(a.is_scalar for a in chain):
            a = self.full(self.chain(chain[:-1]), (self.size(chain[0])[0], self.size(chain[-1])[0]))
            b = self.full(self.of(chain[-1]), self.size(chain[-1]))
            return self.line("h.dot({0}, {1})", [a.T, b], None)
        ref = self.full(self.of(x), self.size(x))
        return self.line(
            {"sum": "float({0}.sum())", "tr": "float(np.trace({0}))"}[at.op], [ref], None
        )

    def sums(self, at: Node) -> Ref:
        """Row and column sums."""
        (x,) = at.args
        m, n = self.size(x)
        size = (m, 1) if at.op == "rsum" else (1, n)
        if x.op == "had" and len(x.args) == 2 and not any(map(_divides, x.args)):
            a, b = (self.of(f) for f in x.args)
            return self.line(f"h.{at.op}_product({{0}}, {{1}}, {{out}})", [a, b], size)
        ref = self.full(self.of(x), (m, n))
        return self.line(f"h.{at.op}({{0}}, {{out}})", [ref], size)

    def kronecker(self, at: Node) -> Ref:
        a, b = at.args
        size = self.size(at)
        if b.op == "eye":
            n = self.size(b)[0]
            return self.line(f"h.kron_eye({{0}}, {n}, {{out}})", [self.real_of(a)], size)
        if a.op == "eye":
            n = self.size(a)[0]
            return self.line(f"h.eye_kron({n}, {{0}}, {{out}})", [self.real_of(b)], size)
        return self.line("h.kron({0}, {1}, {out})", [self.real_of(a), self.real_of(b)], size)

    def real_of(self, at: Node) -> Ref:
        return self.full(self.of(at), self.size(at))

    def call(self, code: str, at: Node, number: bool = False, fresh: bool = True) -> Ref:
        """A function of whole matrices."""
        args = [self.real_of(a) for a in at.args]
        return self.line(code, args, None if number else self.size(at), fresh=fresh and not number)


# -- reading nodes ----------------------------------------------------------------------------------

_SOFTPLUS: Final = Function("softplus", (Fraction(1),))
_SIGNS = {"add": "{0} + {1}", "subtract": "{0} - {1}", "multiply": "{0} * {1}",
          "divide": "{0} / {1}", "power": "{0} ** {1}"}  # fmt: skip

#  function   over arrays
FUNCTIONS: dict[str, str] = {
    **{f: f"np.{f}({{0}}, out={{out}})" for f in ("exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "sign")},
    "abs": "np.abs({0}, out={out})",
    "atan": "np.arctan({0}, out={out})",
    "sigmoid": "h.sigmoid({0}, {out})",
    "softplus(1)": "h.softplus({0}, {out})",
    "relu": "h.relu({0}, {out})",
    "step": "h.step({0}, {out})",
}  # fmt: skip
#  function   of a number
SCALARS: dict[str, str] = {
    **{f: f"float(np.{f}({{0}}))" for f in ("exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "sign")},
    "abs": "abs({0})",
    "atan": "float(np.arctan({0}))",
    "sigmoid": "float(sigmoid({0}))",
    "softplus(1)": "float(log1pexp({0}))",
    "relu": "max({0}, 0.0)",
    "step": "float({0} > 0)",
}  # fmt: skip


def _name_key(n: str, shape: Any) -> Key:
    return name(n, shape).key


def _raised(base: Node, e: Fraction) -> Node:
    return power(base, num(e))


def _divides(a: Node) -> bool:
    return a.op == "power" and a.args[1].op == "num" and a.args[1].data < 0


def _on_diagonal(t: Node) -> Node | None:
    """The I or diag(v) of a term that is a multiple of one."""
    body = t
    if t.op == "mul":
        rest = [a for a in t.args if not a.is_scalar]
        if len(rest) != 1:
            return None
        (body,) = rest
    return body if body.op in ("eye", "diag") else None


def _inverted(a: Node) -> Node:
    return transposed(a.args[0].args[0]) if a.op == "t" else a.args[0]


def _ends(tree: Tree) -> tuple[int, int]:
    if isinstance(tree, int):
        return tree, tree
    return _ends(tree[0])[0], _ends(tree[1])[1]


def _sigmoid_of(u: Node) -> Node | None:
    """σ(x) → -x, and 1 - σ(x) → x: what softplus takes for minus the logarithm."""
    if u.op == "function" and str(u.data) == "sigmoid":
        return neg(u.args[0])
    return _one_minus_sigmoid(u)


def _one_minus_sigmoid(u: Node) -> Node | None:
    if u.op != "add" or len(u.args) != 2:
        return None
    one = [a for a in u.args if a.op == "ones" or is_num(a, 1)]
    rest = [split(a) for a in u.args if a not in one]
    if one and rest and rest[0][0] == -1:
        s = rest[0][1]
        if s.op == "function" and str(s.data) == "sigmoid":
            return s.args[0]
    return None


def _one_plus_exponential(u: Node) -> Node | None:
    if u.op != "add" or len(u.args) != 2:
        return None
    one = [a for a in u.args if a.op == "ones" or is_num(a, 1)]
    rest = [a for a in u.args if a.op == "function" and str(a.data) == "exp"]
    return rest[0].args[0] if one and rest else None


def _shared_inverses(roots: Sequence[Node]) -> set[Key]:
    """Inverses that are needed as they are, or more than once."""
    seen: dict[Key, int] = {}
    for root in roots:
        for at in walk(root):
            for a in at.args:
                inner = a.args[0] if a.op == "t" else a
                if inner.op == "inv":
                    lone = at.op != "mul"
                    if at.op == "t":
                        continue
                    seen[inner.key] = seen.get(inner.key, 0) + (2 if lone else 1)
        inner = root.args[0] if root.op == "t" else root
        if inner.op == "inv":
            seen[inner.key] = 2
    return {k for k, n in seen.items() if n > 1}


#  operation
LOWERED: dict[str, Callable[[Planner, Node], Ref]] = {
    "num": lambda p, at: p.number(at.data),
    "size": lambda p, at: p.number(Fraction(at.data.value(p.sizes))),
    "ones": lambda p, at: p.number(Fraction(1)),
    "zeros": lambda p, at: p.line("np.copyto({out}, 0) or {out}", [], p.size(at)),
    "eye": lambda p, at: p.line("h.diag(1.0, {out})", [], p.size(at)),
    "commutation": lambda p, at: p.line(
        f"h.commutation({at.data[0].value(p.sizes)}, {at.data[1].value(p.sizes)}, {{out}})",
        [],
        p.size(at),
    ),
    "add": Planner.sum,
    "mul": Planner.product,
    "had": Planner.hadamard,
    "power": Planner.power,
    "mpow": lambda p, at: p.call(f"np.linalg.matrix_power({{0}}, {at.data})", at),
    "t": lambda p, at: p.of(at.args[0]).T,
    "function": Planner.function,
    "inv": lambda p, at: p.call("np.linalg.inv({0})", at),
    "pinv": lambda p, at: p.call("np.linalg.pinv({0})", at),
    "det": lambda p, at: p.call("float(np.linalg.det({0}))", at, True),
    "logdet": lambda p, at: p.call("h.logdet({0})", at, True),
    "tr": Planner.reduced,
    "sum": Planner.reduced,
    "rsum": Planner.sums,
    "csum": Planner.sums,
    "norm1": lambda p, at: p.call("float(np.abs({0}).sum())", at, True),
    "norm2": lambda p, at: p.call("sqrt(h.dot({0}, {0}))", at, True),
    "diag": lambda p, at: p.call("h.diag({0}, {out})", at, fresh=False),
    "diagonal": lambda p, at: p.call("np.ascontiguousarray({0}.diagonal()).reshape(-1, 1)", at),
    "softmax": lambda p, at: p.call("h.softmax({0}, {out})", at, fresh=False),
    "rsoftmax": lambda p, at: p.call("h.rsoftmax({0}, {out})", at, fresh=False),
    "logsumexp": lambda p, at: p.call("h.logsumexp({0})", at, True),
    "kron": Planner.kronecker,
    "vec": lambda p, at: p.call("h.vec({0}, {out})", at, fresh=False),
    "mat": lambda p, at: p.call("h.mat({0}, {out})", at, fresh=False),
    "expm": lambda p, at: p.call("h.matrix_function('expm', {0})", at),
    "sinm": lambda p, at: p.call("h.matrix_function('sinm', {0})", at),
    "cosm": lambda p, at: p.call("h.matrix_function('cosm', {0})", at),
    "frechet": lambda p, at: p.call(f"h.frechet('{at.data}', {{0}}, {{1}})", at),
    "kronleft": lambda p, at: p.call("h.kronleft({0}, {1}, {out})", at, fresh=False),
    "kronright": lambda p, at: p.call("h.kronright({0}, {1}, {out})", at, fresh=False),
}
