"""Three alphabets for one grammar of matrices: the language, Unicode and LaTeX.

`written` (writing.py) knows precedence and order; an `Alphabet` knows letters. LANGUAGE is what
`symgd.language.arrays.grammar` reads back, so nothing in it is left to be guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from symgd.trees.names import SUPERSCRIPTS, latex_name, unicode_name


@dataclass(frozen=True, slots=True)
class Alphabet:
    """How each construct is spelled.

    dot        between two numbers
    fraction   scalars over scalars, or None where division stands at the end: x/m
    functions  operation → its name; what acts entry by entry has its own
    """

    id: str
    name: Callable[[str], str]
    number: Callable[[Fraction], str]
    parens: Callable[[str], str]
    minus: str
    times: str
    dot: str
    hadamard: str
    over: str
    kron: str
    fraction: Callable[[str, str], str] | None
    transpose: Callable[[str], str]
    inverse: Callable[[str, bool], str]
    power: Callable[[str, str, bool], str]
    root: Callable[[str], str]
    ones: Callable[[str, str], str]
    zeros: Callable[[str, str], str]
    eye: Callable[[str], str]
    norm: Callable[[str, str], str]
    bars: Callable[[str], str]
    call: Callable[[str, str], str]
    prime: Callable[[str, str], str]
    differential: Callable[[str, bool], str]
    functions: Mapping[str, str]


def _decimal(q: Fraction) -> str | None:
    """0.044715, if it ends within twelve places."""
    for places in range(13):
        scaled = q * 10**places
        if scaled.denominator == 1:
            digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
            whole, part = digits[: len(digits) - places], digits[len(digits) - places :]
            return ("-" if q < 0 else "") + (f"{whole}.{part}" if part else whole)
    return None


def _plain_number(q: Fraction) -> str:
    return _decimal(q) or f"{q.numerator}/{q.denominator}"


_VULGAR = {Fraction(1, 2): "½", Fraction(1, 4): "¼", Fraction(3, 4): "¾"}


def _unicode_number(q: Fraction) -> str:
    body = _VULGAR.get(abs(q)) or _plain_number(abs(q))
    return ("−" if q < 0 else "") + body


def _latex_number(q: Fraction) -> str:
    short = q.denominator > 1 and q.denominator <= 64 and abs(q.numerator) <= 64
    body = rf"\frac{{{abs(q.numerator)}}}{{{q.denominator}}}" if short else _plain_number(abs(q))
    return ("-" if q < 0 else "") + body


def _raised(body: str) -> str | None:
    """A whole number or a transpose written high."""
    plain = body.replace("−", "-")
    return plain.translate(SUPERSCRIPTS) if plain.lstrip("-").isdigit() else None


def _unicode_power(base: str, exponent: str, entrywise: bool) -> str:
    if entrywise:
        return f"{base}^∘{_raised(exponent) or f'({exponent})'}"
    return base + (_raised(exponent) or f"^{exponent if exponent.isalnum() else f'({exponent})'}")


def _latex_parens(body: str) -> str:
    tall = any(t in body for t in (r"\frac", r"\sqrt", r"\left", r"\begin", "^"))
    return rf"\left({body}\right)" if tall else f"({body})"


def _latex_power(base: str, exponent: str, entrywise: bool) -> str:
    return rf"{base}^{{\odot {exponent}}}" if entrywise else f"{base}^{{{exponent}}}"


def _language_inverse(body: str, transposed: bool) -> str:
    return f"inv({body})'" if transposed else f"inv({body})"


def _ops(pattern: str, *names: str) -> dict[str, str]:
    return {n: pattern.replace("@", n) for n in names}


_CALLS = ("tr", "det", "sum", "diag", "vec", "softmax", "pinv", "logsumexp")
_MATRIX = ("expm", "sinm", "cosm", "rsum", "csum", "rsoftmax", "logdet", "norm1", "norm2", "kron")

LANGUAGE = Alphabet(
    id="language",
    name=str,
    number=_plain_number,
    parens=lambda u: f"({u})",
    minus="-",
    times="*",
    dot="*",
    hadamard=".*",
    over="./",
    kron="kron",
    fraction=None,
    transpose=lambda u: f"{u}'",
    inverse=_language_inverse,
    power=lambda b, e, entrywise: f"{b}{'.^' if entrywise else '^'}{_operand(e)}",
    root=lambda u: f"sqrt({u})",
    ones=lambda m, n: f"ones({m},{n})",
    zeros=lambda m, n: f"0*ones({m},{n})",
    eye=lambda n: f"eye({n})",
    norm=lambda u, kind: f"{kind}({u})",
    bars=lambda u: f"abs({u})",
    call=lambda f, u: f"{f}({u})",
    prime=lambda f, u: f"Prime({f}({u}))",
    differential=lambda u, bare: f"d({u})",
    functions=MappingProxyType(_ops("@", *_CALLS, *_MATRIX) | {"diagonal": "diag"}),
)


def _operand(e: str) -> str:
    """An exponent, in brackets unless it is one word."""
    return e if e.isalnum() else f"({e})"


UNICODE = Alphabet(
    id="unicode",
    name=unicode_name,
    number=_unicode_number,
    parens=lambda u: f"({u})",
    minus="−",
    times=" ",
    dot="·",
    hadamard=" ⊙ ",
    over=" ⊘ ",
    kron="⊗",
    fraction=None,
    transpose=lambda u: f"{u}ᵀ",
    inverse=lambda u, transposed: f"{u}⁻ᵀ" if transposed else f"{u}⁻¹",
    power=_unicode_power,
    root=lambda u: f"√{u}" if u.isalnum() else f"√({u})",
    ones=lambda m, n: "𝟏" if n == "1" else f"𝟏({m}×{n})",
    zeros=lambda m, n: "0",
    eye=lambda n: "I",
    norm=lambda u, kind: f"‖{u}‖₁" if kind == "norm1" else f"‖{u}‖",
    bars=lambda u: f"|{u}|",
    call=lambda f, u: f"{f}({u})",
    prime=lambda f, u: f"{f}′({u})",
    differential=lambda u, bare: f"d{u}" if bare else f"d({u})",
    functions=MappingProxyType(
        _ops("@", *_CALLS)
        | {"diagonal": "diag", "expm": "exp", "sinm": "sin", "cosm": "cos"}
        | {"rsum": "rowsum", "csum": "colsum", "rsoftmax": "softmax", "logdet": "ln|det|"}
    ),
)

LATEX = Alphabet(
    id="latex",
    name=latex_name,
    number=_latex_number,
    parens=_latex_parens,
    minus="-",
    times=" ",
    dot=r" \cdot ",
    hadamard=r" \odot ",
    over=r" \oslash ",
    kron=r"\otimes",
    fraction=lambda a, b: rf"\frac{{{a}}}{{{b}}}",
    transpose=lambda u: rf"{u}^{{\top}}",
    inverse=lambda u, transposed: rf"{u}^{{-\top}}" if transposed else rf"{u}^{{-1}}",
    power=_latex_power,
    root=lambda u: rf"\sqrt{{{u}}}",
    ones=lambda m, n: rf"\mathbf{{1}}_{{{m}}}" if n == "1" else rf"\mathbf{{1}}_{{{m} \times {n}}}",
    zeros=lambda m, n: "0",
    eye=lambda n: f"I_{{{n}}}",
    norm=lambda u, kind: rf"\left\|{u}\right\|" + ("_1" if kind == "norm1" else ""),
    bars=lambda u: rf"\left|{u}\right|",
    call=lambda f, u: f + _latex_parens(u),
    prime=lambda f, u: f"{f}'" + _latex_parens(u),
    differential=lambda u, bare: r"\mathrm{d}" + (u if bare else _latex_parens(u)),
    functions=MappingProxyType(
        {n: rf"\mathrm{{{n}}}" for n in ("tr", "sum", "vec", "softmax", "diag")}
        | {"diagonal": r"\mathrm{diag}", "det": r"\det", "expm": r"\exp", "sinm": r"\sin"}
        | {"cosm": r"\cos", "rsum": r"\mathrm{rowsum}", "csum": r"\mathrm{colsum}"}
        | {"rsoftmax": r"\mathrm{softmax}", "logdet": r"\ln\left|\det\right|"}
        | {"logsumexp": r"\mathrm{logsumexp}", "pinv": r"\mathrm{pinv}"}
    ),
)
