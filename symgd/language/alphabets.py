"""How LaTeX, Unicode and the language itself spell each construct: alphabets, as data.

The printer knows precedence and order; an `Alphabet` knows letters. ASCII is the language that
`symgd.language` reads back, so nothing in it is implicit. What arrays spell otherwise stands in
`arrays.alphabets`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pkgutil import resolve_name
from typing import Any, Final, TypeAlias

import sympy as sp

from symgd.functions import View
from symgd.functions.relations import RELATIONS
from symgd.trees import notation
from symgd.trees.names import SUPERSCRIPTS, latex_name, unicode_name

Words: TypeAlias = Mapping[str, str]

# The words between conditions; the formula language has these in every tongue.
ENGLISH_CONDITIONS: Words = {"if": "if", "otherwise": "otherwise", "and": "and", "or": "or"}
LONGEST_DECIMAL: Final = 18
# What stands high on a name, in LaTeX or in Unicode.
RAISED: Final = notation.RAISED | notation.MARKS | {"^"}


@dataclass(frozen=True, slots=True)
class Alphabet:
    """One way to spell formulas.

    name        a name
    constants   constant of sympy → its letter
    functions   function, or operation of arrays → its name
    decimal     (p, q) → p/q in decimals, None where it is written as a fraction
    stacked     whether a fraction stands one above the other, which makes brackets needless
    between     (left, right) → the sign between two factors
    power       (base, exponent); entrywise, the same entry by entry
    root        (radicand, whether it is one name or number)
    prime       (function, order, arguments in their brackets)
    partial     (name, the names it is derived by)
    fixed       (derivative, the names held fixed)
    cases       (branches, otherwise, the words between them)
    junction    and, or → what stands between conditions
    inverse     (matrix, whether transposed)
    norm        (matrix, norm1 or norm2)
    ones zeros  (rows, columns)
    differential  (matrix, whether it is a name)
    index       (name, index of a general layer)
    member      (family, index); brackets, around what has no name; over_all, the sum over an index;
                (index, last, body) in over_first, the sum from 0 on
    slope_in    (function, the letters that it is differentiated in): f_xy
    unit        the letter of e_2, which is 1 in its place and else 0
    """

    id: str
    name: Callable[[str], str]
    constants: Mapping[object, str]
    functions: Words
    decimal: Callable[[int, int], str | None]
    parens: Callable[[str], str]
    bars: Callable[[str], str]
    minus: str
    times: str
    between: Callable[[str, str], str]
    stacked: bool
    fraction: Callable[[str, str], str]
    power: Callable[[str, str], str]
    root: Callable[[str, bool], str]
    exponential: Callable[[str], str]
    prime: Callable[[str, int, str], str]
    # -- derivatives, cases and conditions
    total: Callable[[str, str, bool], str]
    partial: Callable[[str, list[str]], str]
    fixed: Callable[[str, list[str]], str]
    cases: Callable[[list[tuple[str, str]], str, Words], str]
    relations: Words
    junction: Callable[[str], str]
    conditions: Words
    # -- arrays
    hadamard: str
    over: str
    kron: Callable[[str, str], str]
    entrywise: Callable[[str, str], str]
    transpose: Callable[[str], str]
    inverse: Callable[[str, bool], str]
    norm: Callable[[str, str], str]
    ones: Callable[[str, str], str]
    zeros: Callable[[str, str], str]
    eye: Callable[[str], str]
    commutation: Callable[[str, str], str]
    differential: Callable[[str, bool], str]
    index: Callable[[str, str], str]
    member: Callable[[str, str], str]
    brackets: Callable[[str], str]
    unit: str
    over_all: Callable[[str, str], str]
    over_first: Callable[[str, str, str], str]
    slope_in: Callable[[str, list[str]], str]

    @property
    def is_language(self) -> bool:
        """Whether what is written is read back, so that nothing may be left out."""
        return self.id == "ascii"

    def __reduce__(self) -> Any:
        """By where the nearest of the alphabets below stands, and what this one has of its own."""
        places = {place: resolve_name(place) for place in PLACES}
        place = min(places, key=lambda p: len(self._others(places[p])))
        return _alphabet, (place, self._others(places[place]))

    def _others(self, base: Alphabet) -> dict[str, Any]:
        """The fields that are not those of another alphabet."""
        names = (f.name for f in fields(self))
        return {n: v for n in names if (v := getattr(self, n)) is not getattr(base, n)}


# Where alphabets stand, to be pickled by.
PLACES: Final = tuple(
    f"{place}:{name}"
    for place, names in (
        ("symgd.language.alphabets", ("LATEX", "UNICODE", "ASCII")),
        ("symgd.language.arrays.alphabets", ("LATEX", "UNICODE", "LANGUAGE")),
    )
    for name in names
)


def _alphabet(place: str, others: dict[str, Any]) -> Alphabet:
    base: Alphabet = resolve_name(place)
    return replace(base, **others) if others else base


def alphabet_in(alphabet: Alphabet, conditions: Words) -> Alphabet:
    """The alphabet with the words of conditions in another language."""
    return replace(alphabet, conditions=conditions)


# -- numbers --------------------------------------------------------------------------------------


def terminates(q: int) -> bool:
    """Whether p/q has finitely many decimals: q = 2^i 5^j."""
    for p in (2, 5):
        while q % p == 0:
            q //= p
    return q == 1


def decimal(p: int, q: int) -> str:
    """p/q in decimals, where they end; cut off with … where they are too many."""
    digits = exact_decimal(p, q)
    return digits if len(digits) <= LONGEST_DECIMAL else f"{p / q:.12g}\u2026"


def exact_decimal(p: int, q: int) -> str:
    """p/q in decimals, which end."""
    places = 0
    while (p * 10**places) % q:
        places += 1
    digits = str(p * 10**places // q).rjust(places + 1, "0")
    return f"{digits[: len(digits) - places]}.{digits[len(digits) - places :]}".rstrip(".")


def _decimal_as_typed(p: int, q: int) -> str | None:
    """1.702 stays a decimal, and 1/2 and 2/3 stay fractions."""
    return decimal(p, q) if q % 5 == 0 and terminates(q) else None


def _latex_decimal(p: int, q: int) -> str | None:
    body = _decimal_as_typed(p, q)
    return body and body.replace("\u2026", r"\ldots ")


# -- products -------------------------------------------------------------------------------------


def latex_between(left: str, right: str) -> str:
    """The sign between two factors in LaTeX: none where a reader needs none."""
    if right[0].isdigit() or r"\partial" in left + right:
        return r" \cdot "
    if left.endswith("}") and right.startswith(r"\frac") and left.startswith(r"\frac"):
        return r" \cdot "
    wordy = left.startswith(r"\mathrm") or right.startswith((r"\mathrm", r"\ln", r"\max"))
    return r"\," if wordy and not right.startswith("(") else " "


# A name whose index has no low letters: w_in, δ_y.
_LOW_WORD = re.compile(r"_[^\s·/()]*\Z")


# A power whose exponent has no high letters: e^z, p^g.
_HIGH_WORD = re.compile(r"\^[^\s·/()\[\]∘]*\Z")


def unicode_between(left: str, right: str) -> str:
    """The sign between two factors in a terminal: none where a reader needs none."""
    if right[0].isdigit() or right[0] in "½¼¾" or "∂" in left + right or "/" in left + right:
        return "·"
    if _LOW_WORD.search(left) or _HIGH_WORD.search(left):
        return "·"  # the end of x_b, and of e^z, would run into what follows it
    glued = right.startswith("(") or left.endswith(")") or left[-1] in "½¼¾"
    words = len(_word_at(left, -1)) > 1 or len(_word_at(right, 0)) > 1
    return "·" if words and not (glued or left[-1].isdigit()) else ""


def _word_at(body: str, end: int) -> str:
    """The run of letters at one end of a body."""
    letters = "".join(c if c.isalpha() and ord(c) < 0x250 else " " for c in body).split(" ")
    return letters[end]


def _unicode_fraction(a: str, b: str) -> str:
    return {"1/2": "½", "1/4": "¼", "3/4": "¾"}.get(f"{a}/{b}", f"{a}/{b}")


# -- brackets and powers --------------------------------------------------------------------------


def _parens(body: str) -> str:
    return f"({body})"


def _latex_parens(body: str) -> str:
    """Brackets as tall as what they hold, and no taller than they need be."""
    tall = any(t in body for t in (r"\frac", r"\sqrt", r"\begin", r"\left", "^"))
    return rf"\left({body}\right)" if tall else f"({body})"


def _is_one(exponent: str) -> bool:
    """One letter or one number: what needs no brackets in an exponent."""
    return exponent.isdigit() or (len(exponent) == 1 and exponent.isalnum())


def superscript(number: str) -> str | None:
    """A whole number written high."""
    plain = number.replace("−", "-")
    return plain.translate(SUPERSCRIPTS) if plain.lstrip("-").isdigit() else None


def _unicode_power(base: str, exponent: str) -> str:
    above = f"^{exponent}" if _is_one(exponent) else f"^({exponent})"
    return base + (superscript(exponent) or above)


def ascii_exponent(e: str) -> str:
    """An exponent, in brackets unless it is one word."""
    return e if e.isalnum() else f"({e})"


# -- derivatives ----------------------------------------------------------------------------------


def _latex_partial(v: str, names: list[str]) -> str:
    order = f"^{len(names)}" if len(names) > 1 else ""
    if order and len(set(names)) == 1:
        high = "^" in names[0] or names[0].endswith("'")
        below = rf"\left({names[0]}\right)" if high else names[0]
        return rf"\frac{{\partial{order} {v}}}{{\partial {below}^{len(names)}}}"
    below = r"\,".join(rf"\partial {n}" for n in names)
    return rf"\frac{{\partial{order} {v}}}{{{below}}}"


def _latex_total(f: str, t: str, is_one: bool) -> str:
    if not is_one or any(c in f for c in "+-=() ^"):
        return rf"\frac{{\partial}}{{\partial {t}}}{_latex_parens(f)}"
    return rf"\frac{{\partial {f}}}{{\partial {t}}}"


def _unicode_total(f: str, t: str, is_one: bool) -> str:
    bare = is_one and f[0].isalpha() and all(c not in f for c in "+−·/ ()^")
    return f"∂{f}/∂{t}" if bare else f"∂/∂{t}({f})"


def _unicode_partial(v: str, names: list[str]) -> str:
    if len(names) == 1:
        return f"∂{v}/∂{names[0]}"
    n = str(len(names)).translate(SUPERSCRIPTS)
    one = names[0] if RAISED.isdisjoint(names[0]) else f"({names[0]})"
    below = f"∂{one}{n}" if len(set(names)) == 1 else "".join(f"∂{x}" for x in names)
    return f"∂{n}{v}/{below}"


def prime(mark: str, many: str) -> Callable[[str, int, str], str]:
    """g'(u), g''(u), g'''(u), and g^(4)(u) as `many` says it."""
    return lambda g, n, u: g + (mark * n if n <= 3 else many.format(n)) + u


# -- cases ----------------------------------------------------------------------------------------


def _latex_cases(branches: list[tuple[str, str]], otherwise: str, words: Words) -> str:
    rows = [rf"{v} & \text{{{words['if']} }} {c}" for v, c in branches]
    rows.append(rf"{otherwise} & \text{{{words['otherwise']}}}")
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"


def _unicode_cases(branches: list[tuple[str, str]], otherwise: str, words: Words) -> str:
    rows = [f"{v} {words['if']} {c}" for v, c in branches]
    return "{" + "; ".join([*rows, f"{otherwise} {words['otherwise']}"]) + "}"


def _ascii_cases(branches: list[tuple[str, str]], otherwise: str, words: Words) -> str:
    return "cases(" + ", ".join([f"{c}: {v}" for v, c in branches] + [otherwise]) + ")"


# -- indices --------------------------------------------------------------------------------------

# The index of a general layer, written low: l+1.
_LOWERED = str.maketrans("l+-0123456789", "ₗ₊₋₀₁₂₃₄₅₆₇₈₉")


def _low(base: str, index: str) -> str:
    return base + index.translate(_LOWERED)


# Sizes that have a small letter: 𝟏ₘ, but 𝟏(n₁).
_LOW_LETTERS = str.maketrans("aehijklmnoprstuvx0123456789", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₀₁₂₃₄₅₆₇₈₉")


def _small(size: str) -> str:
    """The size written low, or nothing where it cannot be."""
    low = size.translate(_LOW_LETTERS)
    return low if low != size and (len(size) == 1 or size.isdigit()) else ""


def _low_member(base: str, index: str) -> str:
    """qₖ, or q[kk] where the index has no low letters."""
    low = index.translate(_LOW_LETTERS)
    return (
        f"{base}[{index}]" if any(a == b for a, b in zip(low, index, strict=True)) else base + low
    )


def _latex_member(base: str, index: str) -> str:
    """q_{k}, and of a name that has an index already q_{1,k}."""
    body, mark, inside = base.partition("_{")
    if mark and inside.endswith("}") and inside.count("{") == inside.count("}") - 1:
        return f"{body}_{{{inside[:-1]},{index}}}"
    return f"{base}_{{{index}}}" if "_" not in base else f"{{{base}}}_{{{index}}}"


# -- functions ------------------------------------------------------------------------------------

# head of sympy, by its name → how it is written
_LATEX: Words = View(lambda t: {r.name: r.latex for r in t.elementary})
_UNICODE: Words = View(lambda t: {r.name: r.text for r in t.elementary})
_ASCII: Words = View(lambda t: {r.name: r.name for r in t.elementary})

# -- the alphabets --------------------------------------------------------------------------------

LATEX = Alphabet(
    id="latex",
    name=latex_name,
    constants={sp.pi: r"\pi", sp.E: "e", sp.oo: r"\infty"},
    functions=_LATEX,
    decimal=_latex_decimal,
    parens=_latex_parens,
    bars=lambda u: rf"\left|{u}\right|",
    minus="-",
    times=r" \cdot ",
    between=latex_between,
    stacked=True,
    fraction=lambda a, b: rf"\frac{{{a}}}{{{b}}}",
    power=lambda b, e: f"{b}^{e}" if len(e) == 1 else f"{b}^{{{e}}}",
    root=lambda u, single: rf"\sqrt{{{u}}}",
    exponential=lambda u: f"e^{u}" if len(u) == 1 else f"e^{{{u}}}",
    prime=prime("'", "^{{({})}}"),
    total=_latex_total,
    partial=_latex_partial,
    fixed=lambda d, names: rf"\left.{d}\right|_{{{', '.join(names)}}}",
    cases=_latex_cases,
    relations={r.sign: r.latex for r in RELATIONS},
    junction=lambda word: rf" \text{{ {word} }} ",
    conditions=ENGLISH_CONDITIONS,
    hadamard=r" \odot ",
    over=r" \oslash ",
    kron=lambda a, b: rf"{a} \otimes {b}",
    entrywise=lambda b, e: rf"{b}^{{\odot {e}}}",
    transpose=lambda u: rf"{u}^{{\top}}",
    inverse=lambda u, transposed: rf"{u}^{{-\top}}" if transposed else rf"{u}^{{-1}}",
    norm=lambda u, kind: rf"\left\|{u}\right\|" + ("_1" if kind == "norm1" else ""),
    ones=lambda m, n: rf"\mathbf{{1}}_{{{m}}}" if n == "1" else rf"\mathbf{{1}}_{{{m} \times {n}}}",
    zeros=lambda m, n: "0",
    eye=lambda n: f"I_{{{n}}}",
    commutation=lambda m, n: f"K_{{{m} {n}}}",
    differential=lambda u, bare: r"\mathrm{d}" + (u if bare else _latex_parens(u)),
    index=lambda base, i: f"{base}_{{{i}}}",
    member=_latex_member,
    brackets=lambda body: rf"\left[{body}\right]",
    unit=r"\mathbf{e}",
    over_all=lambda i, body: rf"\sum_{{{i}}} {body}",
    over_first=lambda i, last, body: rf"\sum_{{{i}=0}}^{{{last}}} {body}",
    slope_in=lambda f, letters: rf"{f}_{{{' '.join(letters)}}}",
)

UNICODE = Alphabet(
    id="unicode",
    name=unicode_name,
    constants={sp.pi: "π", sp.E: "e", sp.oo: "∞"},
    functions=_UNICODE,
    decimal=_decimal_as_typed,
    parens=_parens,
    bars=lambda u: f"|{u}|",
    minus="−",
    times="·",
    between=unicode_between,
    stacked=False,
    fraction=_unicode_fraction,
    power=_unicode_power,
    root=lambda u, single: f"√{u}" if single else f"√({u})",
    exponential=lambda u: f"e^{u}" if _is_one(u) else f"e^({u})",
    prime=prime("'", "^({})"),
    total=_unicode_total,
    partial=_unicode_partial,
    fixed=lambda d, names: f"({d})|{', '.join(names)}",
    cases=_unicode_cases,
    relations={r.sign: r.unicode for r in RELATIONS},
    junction=lambda word: f" {word} ",
    conditions=ENGLISH_CONDITIONS,
    hadamard=" ⊙ ",
    over=" ⊘ ",
    kron=lambda a, b: f"{a} ⊗ {b}",
    entrywise=lambda b, e: f"{b}^∘{superscript(e) or f'({e})'}",
    transpose=lambda u: f"{u}ᵀ",
    inverse=lambda u, transposed: f"{u}⁻ᵀ" if transposed else f"{u}⁻¹",
    norm=lambda u, kind: f"‖{u}‖₁" if kind == "norm1" else f"‖{u}‖",
    ones=lambda m, n: f"𝟏{_small(m) or f'({m})'}" if n == "1" else f"𝟏({m}×{n})",
    zeros=lambda m, n: "0",
    eye=lambda n: f"I{_small(n) or f'_({n})'}",
    commutation=lambda m, n: (
        f"K{_small(m) + _small(n)}" if _small(m) and _small(n) else f"K_({m} {n})"
    ),
    differential=lambda u, bare: f"d{u}" if bare else f"d({u})",
    index=_low,
    member=_low_member,
    brackets=lambda body: f"[{body}]",
    unit="𝐞",
    over_all=lambda i, body: f"{_low_member('Σ', i)} {body}",
    over_first=lambda i, last, body: f"Σ({i} = 0 … {last}) {body}",
    slope_in=lambda f, letters: f"{f}_{''.join(letters)}",
)

ASCII = Alphabet(
    id="ascii",
    name=str,
    constants={sp.pi: "pi", sp.E: "e", sp.oo: "oo"},
    functions=_ASCII,
    decimal=lambda p, q: None,
    parens=_parens,
    bars=lambda u: f"abs({u})",
    minus="-",
    times="*",
    between=lambda left, right: "*",
    stacked=False,
    fraction=lambda a, b: f"{a}/{b}",
    power=lambda b, e: f"{b}**{ascii_exponent(e)}",
    root=lambda u, single: f"sqrt({u})",
    exponential=lambda u: f"exp({u})",
    prime=lambda g, n, u: "Prime(" * n + g + u + ")" * n,
    total=lambda f, t, _: f"D({f}, {t})",
    partial=lambda v, names: f"P({', '.join([v, *names])})",
    fixed=lambda d, names: d,
    cases=_ascii_cases,
    relations={r.sign: r.sign for r in RELATIONS},
    junction=lambda word: f" {word} ",
    conditions=ENGLISH_CONDITIONS,
    hadamard=".*",
    over="./",
    kron=lambda a, b: f"kron({a},{b})",
    entrywise=lambda b, e: f"{b}.^{ascii_exponent(e)}",
    transpose=lambda u: f"{u}'",
    inverse=lambda u, transposed: f"inv({u})'" if transposed else f"inv({u})",
    norm=lambda u, kind: f"{kind}({u})",
    ones=lambda m, n: f"ones({m},{n})",
    zeros=lambda m, n: f"0*ones({m},{n})",
    eye=lambda n: f"eye({n})",
    commutation=lambda m, n: f"commutation({m},{n})",
    differential=lambda u, bare: f"d({u})",
    index=_low,
    member=lambda base, i: f"{base}[{i}]",
    brackets=lambda body: f"[{body}]",
    unit="e",
    over_all=lambda i, body: f"sum({i}, {body})",
    over_first=lambda i, last, body: f"sum({i}, 0, {last}, {body})",
    slope_in=lambda f, letters: f"{f}_{''.join(letters)}",
)
