"""Matrix graph → a function of JAX or PyTorch that stands alone: value and derived gradients.

The lines are the nodes of the derivation, each once. A column of n is an array of shape (n,).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symgd.derive.differentials.lemmas import lemma, slope
from symgd.errors import InputError, ModelError, listing, shown
from symgd.language.arrays.functions import formula
from symgd.programs.arrays.outputs import Outputs, outputs
from symgd.targets.sources.libraries import ALIKE, LIBRARIES, Library, entrywise
from symgd.trees.arrange import power
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Function, Key, Node, name, num
from symgd.trees.graph import unfold
from symgd.trees.names import NAME


def exported_matrix(graph: MatrixGraph, target: str, function: str | None = None) -> str:
    """Source of a function that returns (value, {parameter: derivative}).

    Raises InputError for a target that there is not, ModelError for what it has no words for.
    """
    if target not in LIBRARIES:
        raise InputError(
            f"A model of matrices is exported to {listing(LIBRARIES)}, not {shown(target)}."
        )
    function = function or "gradient"
    if not NAME.match(function):
        raise InputError(f"{shown(function)} is not a name for a function.")
    writer = _Writer(outputs(graph), LIBRARIES[target])
    body = writer.written()
    args = ", ".join(writer.argument(n) for n in graph.leaves)
    told = "\n".join(f"    {v} = {e}" for v, e in graph.definitions.items())
    derived = "\n".join(f"    d{graph.cost}/d{p} = {g}" for p, g in writer.out.gradients.items())
    deltas = "\n".join(
        f"    {n} = {e}" for n, e in writer.out.names.items() if n not in graph.definitions
    )
    lines = "\n".join(f"    {line}" for line in body)
    return (
        f'"""{graph.cost} and its derivatives, derived by symgd.\n\n{told}\n\n{deltas}\n{derived}\n"""\n\n'
        f"{writer.library.head}\n\ndef {function}({args}):\n"
        f'    """({graph.cost}, its derivatives by name)."""\n{lines}\n'
    )


@dataclass
class _Text:
    """The text of a value; `full`: of its whole size, not one row for all."""

    text: str
    full: bool = True


@dataclass
class _Writer:
    out: Outputs
    library: Library
    lines: list[str] = field(default_factory=list)
    known: dict[Key, _Text] = field(default_factory=dict)
    count: int = 0

    def argument(self, n: str) -> str:
        """A user's name with an underscore at its end, which none of ours has."""
        return f"{n}_"

    def written(self) -> list[str]:
        graph = self.out.graph
        seen: set[str] = set()
        for n, leaf in graph.leaves.items():
            x = self.argument(n)
            self.known[leaf.key] = _Text(x if not leaf.is_column or leaf.is_scalar else f"{x}c")
            if leaf.is_scalar:
                continue
            if leaf.is_column:
                self.lines.append(f"{x}c = {x}.reshape(-1, 1)")
            for axis, d in enumerate(leaf.shape):
                if d.text.isidentifier() and d.text not in seen:
                    seen.add(d.text)
                    self.lines.append(f"n_{d.text} = {self.known[leaf.key].text}.shape[{axis}]")
        arrays = [n for n, leaf in graph.leaves.items() if not leaf.is_scalar]
        self.dtype = f"{self.argument(arrays[0])}.dtype" if arrays else "None"
        for n, body in self.out.names.items():
            shape = graph.names[n].shape if n in graph.names else body.shape
            self.known[name(n, shape).key] = self.of(body)
        value = self.of(self.out.names[self.out.value]).text
        parts = []
        for p, g in self.out.gradients.items():
            text = self.whole(g)
            leaf = graph.leaves[p]
            column = leaf.is_column and not leaf.is_scalar and not self.jacobian
            parts.append(f'"{p}": {text}.reshape(-1)' if column else f'"{p}": {text}')
        self.lines.append(f"return {value}, {{{', '.join(parts)}}}")
        return self.lines

    @property
    def jacobian(self) -> bool:
        return not self.out.graph.definitions[self.out.graph.cost].is_scalar

    # -- values -------------------------------------------------------------------------------

    def of(self, at: Node) -> _Text:
        found = self.known.get(at.key)
        if found is None:
            found = _TABLE[at.op](self, at) if at.op in _TABLE else self.unknown(at)
            if not found.text.replace(".T", "").isidentifier() and at.args:
                self.count += 1
                self.lines.append(f"v{self.count} = {found.text}")
                found = _Text(f"v{self.count}", found.full)
            self.known[at.key] = found
        return found

    def unknown(self, at: Node) -> _Text:
        raise ModelError(f"{at.op} is not exported to {self.library.xp}.")

    def whole(self, at: Node) -> str:
        """The value in its whole size."""
        found = self.of(at)
        if found.full or at.is_scalar:
            return found.text
        xp = self.library.xp
        return f"{xp}.broadcast_to({found.text}, ({self.size(at.rows)}, {self.size(at.cols)}))"

    def size(self, d: Any) -> str:
        terms = [
            "*".join([str(c), *(n if n.isdigit() else f"n_{n}" for n in names)])
            for names, c in d.terms
        ]
        return " + ".join(terms)

    def call(self, code: str, at: Node) -> _Text:
        args = [self.whole(a) for a in at.args]
        return _Text(code.format(*args, xp=self.library.xp, axis=1))

    def constant(self, f: str, at: Node) -> _Text:
        like = self.library.like.format(dtype=self.dtype)
        sizes = [self.size(at.rows), self.size(at.cols)]
        if f == "eye":
            return _Text(f"{self.library.xp}.eye({sizes[0]}{like})")
        return _Text(f"{self.library.xp}.{f}(({', '.join(sizes)}){like})")

    # -- operations -----------------------------------------------------------------------------

    def number(self, q: Fraction) -> _Text:
        text = f"{q.numerator}.0" if q.denominator == 1 else f"({q.numerator} / {q.denominator})"
        return _Text(f"({text})" if q < 0 else text)

    def add(self, at: Node) -> _Text:
        parts = [self.of(a) for a in at.args]
        return _Text(" + ".join(p.text for p in parts), any(p.full for p in parts) or at.is_scalar)

    def had(self, at: Node) -> _Text:
        parts = [self.of(a) for a in at.args]
        return _Text(" * ".join(f"({p.text})" for p in parts), any(p.full for p in parts))

    def mul(self, at: Node) -> _Text:
        scalars = [self.of(a).text for a in at.args if a.is_scalar]
        chain = [a for a in at.args if not a.is_scalar]
        full = True
        if len(chain) > 1 and chain[0].op == "ones" and chain[0].is_column and not at.is_scalar:
            chain, full = chain[1:], False
        elif (
            len(chain) > 1
            and chain[-1].op == "ones"
            and chain[-1].rows.number == 1
            and not at.is_scalar
        ):
            chain, full = chain[:-1], False
        text = " @ ".join(self.whole(a) for a in chain)
        if len(chain) > 1 and at.is_scalar:
            text = f"({text})[0, 0]"
        factors = [f"({s})" for s in scalars] + ([f"({text})"] if chain else [])
        return _Text(" * ".join(factors), full)

    def power(self, at: Node) -> _Text:
        base, e = at.args
        x = self.of(base)
        if e.op == "num" and e.data == Fraction(1, 2):
            root = "math.sqrt({0})" if base.op == "size" else f"{self.library.xp}.sqrt({{0}})"
            return _Text(root.format(x.text) if base.op == "size" else f"({x.text}) ** 0.5", x.full)
        if e.op == "num" and e.data < 0:
            return _Text(f"1 / ({self.of(power(base, num(-e.data))).text})", x.full)
        return _Text(f"({x.text}) ** {self.of(e).text}", x.full)

    def function(self, at: Node) -> _Text:
        """f entry by entry; ln of a softmax or of a sigmoid as one function."""
        (u,) = at.args
        f: Function = at.data
        if str(f) == "log" and u.op in ("softmax", "rsoftmax"):
            logits = self.whole(u.args[0])
            axis = 0 if u.op == "softmax" else 1
            text = self.library.softmax.format(logits, axis=axis)
            return _Text(text.replace("softmax", "log_softmax"))
        x = self.of(u)
        direct = {
            "sigmoid": self.library.sigmoid, "softplus(1)": self.library.softplus,
            "relu": self.library.maximum, "erf": self.library.erf,
            "step": "({0} > 0) * 1.0",
        }.get(str(f))  # fmt: skip
        if str(f) in ALIKE and not (u.is_scalar and self.library.xp == "torch"):
            direct = f"{self.library.xp}.{ALIKE[str(f)]}({{0}})"
        if direct is not None:
            return _Text(direct.format(x.text), x.full)
        below = Function(f.name, f.parameters)
        expr = formula(below) if not f.order else unfold(slope(below), _functions(below))
        return _Text(entrywise(expr, x.text, self.library), x.full)

    def sums(self, at: Node) -> _Text:
        axis = 1 if at.op == "rsum" else 0
        keep = self.library.keep.format(axis=axis)
        return _Text(f"{self.whole(at.args[0])}.sum({keep})")


def _functions(f: Function) -> Any:
    graph, _ = lemma(f)
    return graph.functions


_T = _Text
_TABLE: dict[str, Callable[[_Writer, Node], _Text]] = {
    "num": lambda w, at: w.number(at.data),
    "size": lambda w, at: _T(f"({w.size(at.data)})"),
    "ones": lambda w, at: w.constant("ones", at),
    "zeros": lambda w, at: w.constant("zeros", at),
    "eye": lambda w, at: w.constant("eye", at),
    "add": _Writer.add,
    "had": _Writer.had,
    "mul": _Writer.mul,
    "power": _Writer.power,
    "mpow": lambda w, at: w.call(f"{{xp}}.linalg.matrix_power({{0}}, {at.data})", at),
    "t": lambda w, at: _T(f"{w.whole(at.args[0])}.T"),
    "function": _Writer.function,
    "inv": lambda w, at: w.call("{xp}.linalg.inv({0})", at),
    "pinv": lambda w, at: w.call("{xp}.linalg.pinv({0})", at),
    "det": lambda w, at: w.call("{xp}.linalg.det({0})", at),
    "logdet": lambda w, at: w.call("{xp}.linalg.slogdet({0})[1]", at),
    "tr": lambda w, at: w.call("{xp}.trace({0})", at),
    "sum": lambda w, at: w.call("{0}.sum()", at),
    "rsum": _Writer.sums,
    "csum": _Writer.sums,
    "norm1": lambda w, at: w.call("abs({0}).sum()", at),
    "norm2": lambda w, at: w.call("({0} ** 2).sum() ** 0.5", at),
    "diag": lambda w, at: w.call("{xp}.diag({0}.reshape(-1))", at),
    "diagonal": lambda w, at: w.call("{xp}.diag({0}).reshape(-1, 1)", at),
    "softmax": lambda w, at: _T(w.library.softmax.format(w.whole(at.args[0]), axis=0)),
    "rsoftmax": lambda w, at: _T(w.library.softmax.format(w.whole(at.args[0]), axis=1)),
    "logsumexp": lambda w, at: _T(w.library.logsumexp.format(w.whole(at.args[0]))),
    "kron": lambda w, at: w.call("{xp}.kron({0}, {1})", at),
    "vec": lambda w, at: w.call("{0}.T.reshape(-1, 1)", at),
    "expm": lambda w, at: _T(w.library.expm.format(w.whole(at.args[0]))),
}
