"""Sums and products as lines: in which order, what is a view, a scaling or a solve."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symgd.programs.arrays.chains import Tree, cheapest, ends
from symgd.programs.arrays.lines import Lines, Ref, Size
from symgd.programs.arrays.recognise import (
    divides,
    inverted,
    on_diagonal,
    one_minus_sigmoid,
    raised,
)
from symgd.trees.arrange import neg, split
from symgd.trees.arrays import Function, Node, node


class Products(Lines):
    """Sums, products, Hadamard products and powers."""

    # -- sums and products ----------------------------------------------------------------------

    def sum(self, at: Node) -> Ref:
        """Term by term; a multiple of I or a diagonal goes onto the diagonal."""
        inside = one_minus_sigmoid(at)
        if inside is not None:
            return self.of(node("function", neg(inside), data=Function("sigmoid")))
        whole = self.size(at)
        terms = [split(t) for t in at.args]
        diagonal = [(q, t) for q, t in terms if on_diagonal(t) is not None]
        terms = [(q, t) for q, t in terms if on_diagonal(t) is None]
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
        for f in sorted(factors, key=divides):
            if divides(f):
                base, exponent = f.args
                part = self.of(raised(base, -exponent.data))
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
        first, last = ends(tree)
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
                "np.linalg.solve({0}, {1})", [self.of(inverted(a)), y], y.size, fresh=True
            )
        if b is not None and self.solved(b):
            y = self.bracketed(chain, left)
            inner = self.of(inverted(b)).T
            return self.line("np.linalg.solve({0}, {1})", [inner, y.T], y.size[::-1], fresh=True).T
        x = self.real(chain, left)
        y = self.real(chain, right)
        if node("mul", *chain[ends((left, right))[0] : ends((left, right))[1] + 1]).is_scalar:
            return self.line("h.dot({0}, {1})", [x.T, y], None)
        size = x.size[0], y.size[1]
        if x.size[1] == 1:
            return self.binary("multiply", x, y)
        return self.line("np.matmul({0}, {1}, out={out})", [x, y], size)

    def real(self, chain: Sequence[Node], tree: Tree) -> Ref:
        """A factor of a product in its whole size."""
        first, last = ends(tree)
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
        above = [a for a in at.args if not divides(a)]
        below = [a for a in at.args if divides(a)]
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
            part = self.of(raised(base, -exponent.data))
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
                return self.binary("divide", self.number(Fraction(1)), self.of(raised(base, -e)))
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
                return self.binary("multiply", self.of(raised(base, Fraction(2))), x)
        return self.binary("power", self.of(base), self.of(exponent))

    def real_of(self, at: Node) -> Ref:
        return self.full(self.of(at), self.size(at))
