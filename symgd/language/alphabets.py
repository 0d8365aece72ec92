"""Three alphabets for one grammar: how LaTeX, Unicode and ASCII spell each construct.

The printer knows precedence and order; a `Style` knows letters. ASCII is the language that
`symgd.language` reads back, so nothing in it is implicit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import sympy as sp

from symgd.functions import View
from symgd.functions.relations import RELATIONS
from symgd.trees.names import SUPERSCRIPTS, latex_name, unicode_name

Words: TypeAlias = Mapping[str, str]

# The words between conditions; the formula language has these in every tongue.
ENGLISH_CONDITIONS: Words = {"if": "if", "otherwise": "otherwise", "and": "and", "or": "or"}


@dataclass(frozen=True, slots=True)
class Style:
    """One alphabet. `juxtaposed` alphabets leave out the sign of a product where a reader would."""

    id: str
    name: Callable[[str], str]
    parens: Callable[[str], str]
    minus: str
    times: str
    juxtaposed: bool
    fraction: Callable[[str, str], str]
    power: Callable[[str, str], str]
    root: Callable[[str], str]
    exponential: Callable[[str], str]
    bars: Callable[[str], str]
    total: Callable[[str, str], str]
    partial: Callable[[str, list[str]], str]
    held: Callable[[str, list[str]], str]
    prime: Callable[[str, int, str], str]
    cases: Callable[[list[tuple[str, str]], str, Words], str]
    relations: dict[str, str]
    junction: Callable[[str], str]
    conditions: Words
    functions: Words
    constants: dict[object, str]


def _latex_parens(body: str) -> str:
    """Brackets as tall as what they hold, and no taller than they need be."""
    tall = any(t in body for t in (r"\frac", r"\sqrt", r"\begin", r"\left", "^"))
    return rf"\left({body}\right)" if tall else f"({body})"


def _latex_partial(v: str, names: list[str]) -> str:
    order = f"^{len(names)}" if len(names) > 1 else ""
    if order and len(set(names)) == 1:
        return rf"\frac{{\partial{order} {v}}}{{\partial {names[0]}^{len(names)}}}"
    below = r"\,".join(rf"\partial {n}" for n in names)
    return rf"\frac{{\partial{order} {v}}}{{{below}}}"


def _latex_total(f: str, t: str) -> str:
    if any(c in f for c in "+-=() ^"):
        return rf"\frac{{\partial}}{{\partial {t}}}{_latex_parens(f)}"
    return rf"\frac{{\partial {f}}}{{\partial {t}}}"


def _superscript(base: str, exponent: str) -> str:
    plain = exponent.replace("−", "-")
    if plain.lstrip("-").isdigit():
        return base + plain.translate(SUPERSCRIPTS)
    return f"{base}^{exponent if _is_one(exponent) else f'({exponent})'}"


def _is_one(exponent: str) -> bool:
    """One letter or one number: what needs no brackets in an exponent."""
    return exponent.isdigit() or (len(exponent) == 1 and exponent.isalpha())


def _unicode_fraction(a: str, b: str) -> str:
    return {"1/2": "½", "1/4": "¼", "3/4": "¾"}.get(f"{a}/{b}", f"{a}/{b}")


def _linear_total(f: str, t: str) -> str:
    return f"∂{f}/∂{t}" if all(c not in f for c in "+−·/ ()^") else f"∂/∂{t}({f})"


def _unicode_partial(v: str, names: list[str]) -> str:
    if len(names) == 1:
        return f"∂{v}/∂{names[0]}"
    n = str(len(names)).translate(SUPERSCRIPTS)
    below = f"∂{names[0]}{n}" if len(set(names)) == 1 else "".join(f"∂{x}" for x in names)
    return f"∂{n}{v}/{below}"


_PRIMES = {1: "'", 2: "''", 3: "'''"}


def _latex_cases(branches: list[tuple[str, str]], otherwise: str, words: Words) -> str:
    rows = [rf"{v} & \text{{{words['if']} }} {c}" for v, c in branches]
    rows.append(rf"{otherwise} & \text{{{words['otherwise']}}}")
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


def _unicode_cases(branches: list[tuple[str, str]], otherwise: str, words: Words) -> str:
    told = [f"{v} {words['if']} {c}" for v, c in branches]
    return "{" + "; ".join([*told, f"{otherwise} {words['otherwise']}"]) + "}"


def _ascii_cases(branches: list[tuple[str, str]], otherwise: str, words: Words) -> str:
    return "cases(" + ", ".join([f"{c}: {v}" for v, c in branches] + [otherwise]) + ")"


# head of sympy, by its name → how it is written
_LATEX: Words = View(lambda t: {r.name: r.latex for r in t.elementary})
_UNICODE: Words = View(lambda t: {r.name: r.text for r in t.elementary})
_ASCII: Words = View(lambda t: {r.name: r.name for r in t.elementary})

LATEX = Style(
    id="latex",
    name=latex_name,
    parens=_latex_parens,
    minus="-",
    times=r" \cdot ",
    juxtaposed=True,
    fraction=lambda a, b: rf"\frac{{{a}}}{{{b}}}",
    power=lambda b, e: f"{b}^{e}" if len(e) == 1 else f"{b}^{{{e}}}",
    root=lambda u: rf"\sqrt{{{u}}}",
    exponential=lambda u: f"e^{u}" if len(u) == 1 else f"e^{{{u}}}",
    bars=lambda u: rf"\left|{u}\right|",
    total=_latex_total,
    partial=_latex_partial,
    held=lambda d, names: rf"\left.{d}\right|_{{{', '.join(names)}}}",
    prime=lambda g, n, u: (g + _PRIMES[n] if n in _PRIMES else f"{g}^{{({n})}}") + u,
    cases=_latex_cases,
    relations={r.sign: r.latex for r in RELATIONS},
    junction=lambda word: rf" \text{{ {word} }} ",
    conditions=ENGLISH_CONDITIONS,
    functions=_LATEX,
    constants={sp.pi: r"\pi", sp.E: "e", sp.oo: r"\infty"},
)

UNICODE = Style(
    id="unicode",
    name=unicode_name,
    parens=lambda u: f"({u})",
    minus="−",
    times="·",
    juxtaposed=True,
    fraction=_unicode_fraction,
    power=_superscript,
    root=lambda u: f"√{u}" if u.isalnum() else f"√({u})",
    exponential=lambda u: f"e^{u}" if _is_one(u) else f"e^({u})",
    bars=lambda u: f"|{u}|",
    total=_linear_total,
    partial=_unicode_partial,
    held=lambda d, names: f"({d})|{', '.join(names)}",
    prime=lambda g, n, u: g + _PRIMES.get(n, f"^({n})") + u,
    cases=_unicode_cases,
    relations={r.sign: r.unicode for r in RELATIONS},
    junction=lambda word: f" {word} ",
    conditions=ENGLISH_CONDITIONS,
    functions=_UNICODE,
    constants={sp.pi: "π", sp.E: "e", sp.oo: "∞"},
)

ASCII = Style(
    id="ascii",
    name=str,
    parens=lambda u: f"({u})",
    minus="-",
    times="*",
    juxtaposed=False,
    fraction=lambda a, b: f"{a}/{b}",
    power=lambda b, e: f"{b}**{e}" if e.isalnum() else f"{b}**({e})",
    root=lambda u: f"sqrt({u})",
    exponential=lambda u: f"exp({u})",
    bars=lambda u: f"abs({u})",
    total=lambda f, t: f"D({f}, {t})",
    partial=lambda v, names: f"P({', '.join([v, *names])})",
    held=lambda d, names: d,
    prime=lambda g, n, u: f"{g}{u}",
    cases=_ascii_cases,
    relations={r.sign: r.sign for r in RELATIONS},
    junction=lambda word: f" {word} ",
    conditions=ENGLISH_CONDITIONS,
    functions=_ASCII,
    constants={sp.pi: "pi", sp.E: "e", sp.oo: "oo"},
)


def style_in(style: Style, conditions: Words) -> Style:
    """The alphabet with the words of conditions in another language."""
    return replace(style, conditions=conditions)
