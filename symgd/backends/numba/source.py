"""Program → the source of its kernels: one loop over the samples, with no array in between."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symgd.backends.guard import head_of
from symgd.backends.numba.disk import library_words
from symgd.backends.numba.templates import DESCEND, DESCEND_BLOCKS, EACH, HEAD, TOTAL
from symgd.backends.python import ATOM, Dialect, Printer, signed
from symgd.notation.nodes import function_name, is_application
from symgd.primitives import LOG1PEXP, SECH2, SIGMOID
from symgd.program import Program

BLOCK = 512
HALF = sp.Rational(1, 2)
# leaf       as a parameter of a kernel, and the name of its type
KINDS = {"number": "types.float64", "float64": "DOUBLES", "float32": "SINGLES"}

DIALECT = Dialect(
    either=lambda c, a, b: f"select({c}, {a}, {b})",
    joined={
        "and": lambda a, b: f"(({a}) & ({b}))",
        "or": lambda a, b: f"(({a}) | ({b}))",
        "not": lambda a: f"(({a}) == False)",
    },
    power="power({}, {})",
)


class NumbaPrinter(Printer):
    """Words that show what functions share, so that it is computed once.

    tanh(u) = tanh_half(2u) is of the e^(-|2u|) that σ(2u) is of; and where u = log(1 + e^v), tanh
    and 1 - tanh² are quotients of polynomials in e^(-|v|). σ(-z) is what σ(z) leaves over. Φ(z) and
    φ(z) are of one e^(-z²/2).
    """

    def __init__(self, program: Program, dialect: Dialect) -> None:
        super().__init__(program, dialect)
        self.meaning = {line.name: line.expr for line in program.lines}

    def call(self, e: Any) -> str:
        if e.is_Pow or isinstance(e, sp.exp):
            number, z = split(e.exp)
            square = z is not None and z.is_Pow and z.exp == 2
            return f"density({self(z.base)})" if square and number == -HALF else super().call(e)
        head = head_of(e)
        if head == SIGMOID and signed(e.args[0])[0]:
            return f"sigmoid_minus({self(signed(e.args[0])[1])})"
        if head == sp.erfc:
            number, z = split(e.args[0])
            if z is not None and number is not None and number**2 == HALF:
                return f"erfc_of_root({'-' if number < 0 else ''}{self(z, ATOM)})"
        if head not in HALVED:
            return super().call(e)
        half, of_log1pexp = HALVED[head]
        u = self.meaning.get(e.args[0], e.args[0])
        if is_application(u) and function_name(u) == LOG1PEXP:
            return f"{of_log1pexp}({self(u.args[0])})"
        return f"{half}({self(doubled(e.args[0]))})"


# head       the same of twice the argument, and of log(1 + eᵘ)
HALVED: dict[Any, tuple[str, str]] = {
    sp.tanh: ("tanh_half", "tanh_log1pexp"),
    SECH2: ("sech2_half", "sech2_log1pexp"),
}


def split(u: Any) -> tuple[Any, Any]:
    """(c, v) of u = cv with a number c and one other factor; (None, None) where it is not so."""
    if not u.is_Mul:
        return None, None
    numbers = [f for f in u.args if not f.free_symbols]
    others = [f for f in u.args if f.free_symbols]
    return (sp.Mul(*numbers), others[0]) if len(others) == 1 else (None, None)


def doubled(u: Any) -> Any:
    """2u; of u = cv with a number c, (2c)v."""
    if u.is_Mul and u.args[0].is_Rational:
        c, *others = u.args
        factors = [*([] if 2 * c == 1 else [2 * c]), *others]
        return factors[0] if len(factors) == 1 else sp.Mul(*factors, evaluate=False)
    return sp.Mul(sp.Integer(2), u, evaluate=False)


def kernel_source(made: Program, kinds: tuple[str, ...], kernel: str) -> str:
    """The source of one kernel ("total", "each" or "descend") for leaves of these kinds."""
    return _Writer(made, kinds).written(kernel)


class _Writer:
    def __init__(self, made: Program, kinds: tuple[str, ...]) -> None:
        self.made = made
        self.printer = NumbaPrinter(made, DIALECT)
        self.kinds = kinds
        self.names = names = [self.printer.names[s] for s in made.leaves]
        self.numbers = [n for n, k in zip(names, kinds, strict=True) if k == "number"]
        self.arrays = [(n, k) for n, k in zip(names, kinds, strict=True) if k != "number"]
        self.results = [self.printer.names[made.value], *map(self.printer, made.results)]
        self.ends = len(self.results)
        self.parameters = len(made.graph.parameters)

    def written(self, kernel: str) -> str:
        arrays = [n for n, _ in self.arrays]
        numbers = ", ".join(f"a_{n}" for n in self.numbers) or "0.0"
        signature = {
            "types": "".join(f"{KINDS[k]}, " for k in self.kinds),
            "leaves": ", ".join(f"a_{n}" for n in self.names),
            "array_types": "".join(f"{KINDS[k]}, " for _, k in self.arrays),
            "arrays": "".join(f"a_{n}, " for n in arrays),
            "numbers": f"numbers = np.array([{numbers}])",
            "length": f"a_{arrays[0]}.size" if arrays else "1",
            "uneven": " or ".join(f"a_{n}.size != n" for n in arrays[1:]) or "n < 1",
            "ends": self.ends,
            "parameters": self.parameters,
        }
        words = ",\n    ".join(library_words())
        head = HEAD.format(title="A kernel that symgd wrote.", words=words, block=BLOCK)
        return head + getattr(self, kernel)(signature)

    # -- the pieces --------------------------------------------------------------------------

    def each_end(self, indent: int, text: str) -> str:
        return "\n".join(" " * indent + text.format(j=j) for j in range(self.ends))

    def zero(self, indent: int) -> str:
        return self.each_end(indent, "high{j} = low{j} = 0.0")

    def slices(self, indent: int) -> str:
        """The numbers, and this block's part of each array."""
        lines = [f"{n} = numbers[{i}]" for i, n in enumerate(self.numbers)]
        lines += [f"p_{n} = a_{n}[start : start + count]" for n, _ in self.arrays]
        return "\n".join(" " * indent + line for line in lines)

    def lines(self, indent: int) -> str:
        """The program, of sample i."""
        taken = [f"{n} = np.float64(p_{n}[i])" for n, _ in self.arrays]
        printed = [
            f"{self.printer.names[a.name]} = {self.printer(a.expr)}" for a in self.made.lines
        ]
        return "\n".join(" " * indent + line for line in (*taken, *printed))

    def loop(self, indent: int) -> str:
        pad = " " * indent
        sums = [f"t{j} = plus(t{j}, {e})" for j, e in enumerate(self.results)]
        return "\n".join(
            [
                pad + " = ".join(f"t{j}" for j in range(self.ends)) + " = 0.0",
                pad + "for i in range(count):",
                self.lines(indent + 4),
                *(pad + "    " + s for s in sums),
                pad + "    interleaved()",
            ]
        )

    def collect(self, indent: int) -> str:
        """high + low += the sum of a block, without an error."""
        return self.each_end(indent, "high{j}, e = two_sum(high{j}, t{j})\nlow{j} += e").replace(
            "\nlow", "\n" + " " * indent + "low"
        )

    # -- the kernels -------------------------------------------------------------------------

    def total(self, signature: dict[str, Any]) -> str:
        return TOTAL.format(
            **signature,
            zero=self.zero(4),
            slices=self.slices(8),
            loop=self.loop(8),
            probe=" + ".join(f"t{j}" for j in range(self.ends)),
            collect=self.collect(8),
            store=self.each_end(4, "sums[{j}] = (high{j} + low{j}) / divisor"),
            watch=self.each_end(4, "probe += sums[{j}]"),
        )

    def each(self, signature: dict[str, Any]) -> str:
        pad = " " * 12
        put = [f"{pad}u{j} = {e}" for j, e in enumerate(self.results)]
        put += [f"{pad}room[{j} * BLOCK + i] = u{j}" for j in range(self.ends)]
        put.append(f"{pad}probe = plus(probe, {' + '.join(f'u{j}' for j in range(self.ends))})")
        put.append(f"{pad}interleaved()")
        return EACH.format(
            **signature,
            slices=self.slices(8),
            lines=self.lines(12),
            put="\n".join(put),
            copy=self.each_end(
                8, "out[{j}, start : start + count] = room[{j} * BLOCK : {j} * BLOCK + count]"
            ),
        )

    def descend(self, signature: dict[str, Any]) -> str:
        pad = " " * 12
        if self.arrays:
            sums = DESCEND_BLOCKS.format(
                zero=self.zero(12),
                slices=self.slices(16),
                loop=self.loop(16),
                collect=self.collect(16),
                ends=self.each_end(12, "t{j} = (high{j} + low{j}) / divisor"),
            )
        else:
            lines = [f"{n} = numbers[{i}]" for i, n in enumerate(self.numbers)]
            lines += [
                f"{self.printer.names[a.name]} = {self.printer(a.expr)}" for a in self.made.lines
            ]
            lines += [f"t{j} = {e}" for j, e in enumerate(self.results)]
            sums = "\n".join(pad + line for line in lines)
        step = [f"{pad}numbers[{j}] += c * t{j + 1}" for j in range(self.parameters)]
        return DESCEND.format(**signature, sums=sums, step="\n".join(step))
