"""Nodes → lines of a program for given sizes: each node once, products in their cheapest order.

A transpose is a view. What is the same in every row or column is kept as one row or column, and
numpy stretches it where it is used. A diagonal matrix in a product scales rows or columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

from symgd.errors import ModelError
from symgd.programs.arrays.lines import Plan, Ref
from symgd.programs.arrays.outputs import Outputs
from symgd.programs.arrays.products import Products
from symgd.programs.arrays.recognise import divides, one_plus_exponential, sigmoid_of
from symgd.trees.arrays import Function, Node, name, node


def planned(out: Outputs, sizes: Mapping[str, int]) -> Plan:
    """Everything in order: definitions, δ, derivatives."""
    planner = Planner(out, sizes, LOWERED)
    graph = out.graph
    for n, leaf in graph.leaves.items():
        planner.known[leaf.key] = Ref(f"x_{n}", planner.size(leaf), number=leaf.is_scalar)
    for n, body in out.names.items():
        ref = planner.of(body)
        shape = graph.names[n].shape if n in graph.names else body.shape
        planner.known[name(n, shape).key] = ref
    planner.plan.value = planner.of(out.names[out.value])
    for n, g in {**out.gradients, **out.hessians}.items():
        planner.plan.results[n] = planner.of(g) if g.is_scalar else planner.real_of(g)
    return planner.plan


class Planner(Products):
    """Functions entry by entry, and functions of whole matrices."""

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
        inside = sigmoid_of(u)
        if inside is not None:
            return self.scaled(Fraction(-1), self.of(node("function", inside, data=_SOFTPLUS)))
        inside = one_plus_exponential(u)
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
        if at.op == "sum" and x.op == "had" and len(x.args) == 2 and not any(map(divides, x.args)):
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
        if x.op == "had" and len(x.args) == 2 and not any(map(divides, x.args)):
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

    def call(self, code: str, at: Node, number: bool = False, fresh: bool = True) -> Ref:
        """A function of whole matrices."""
        args = [self.real_of(a) for a in at.args]
        return self.line(code, args, None if number else self.size(at), fresh=fresh and not number)


_SOFTPLUS: Final = Function("softplus", (Fraction(1),))

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
