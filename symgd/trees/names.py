"""A name, and how it is written: ASCII `yhat`, Unicode `ŷ`, LaTeX `\\hat{y}`.

A name is `[A-Za-z][A-Za-z0-9_]*` (Untrusted text: nothing else ever becomes a symbol, so nothing
else can reach generated code or a page). Its spelling is read off the name itself:

    part     a Greek word, or letters               alpha → α    w → w    loss → loss
    accent   the end of the part                    yhat → ŷ     xbar → x̄
    index    digits at the end, or after `_`        w1 → w₁      w_2_1 → w_{2,1}   w_ji → w_{ji}

That is how a name is written where nobody says how; `Spelling.names` says it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

import sympy as sp

from symgd.errors import FormulaError, quote

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
LONGEST_NAME = 40

# name      Unicode
GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "upsilon": "υ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Sigma": "Σ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
}

# what people type for a Greek letter, where its own name is a word of their language
SHORT = {"lam": "lambda", "eps": "epsilon"}
# An index of these letters alone is several indices, w_{ji}; so are the layers' own, W_{xh}
COUNTING = frozenset("ijklmnt")
LAYERED = frozenset({"xh", "hh", "hy", "hx", "ih", "ho"})
# and one of these is a word: w_in
WORDS = frozenset({"in", "lim", "mint", "kit", "jit", "init", "tilt", "limit", "mini"})

# suffix    LaTeX        the Unicode combining mark
ACCENTS = {
    "hat": (r"\hat", "\u0302"),
    "bar": (r"\bar", "\u0304"),
    "tilde": (r"\tilde", "\u0303"),
}
COMPOSED = {"y\u0302": "ŷ", "a\u0302": "â", "z\u0302": "ẑ", "y\u0304": "ȳ", "a\u0303": "ã"}
SUBSCRIPTS = str.maketrans("0123456789aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
SUPERSCRIPTS = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")


@cache
def symbol(name: str) -> sp.Symbol:
    """The one symbol of a name: real, so that |u|' is sign(u)u' and √u² is |u|."""
    if not NAME.match(name) or len(name) > LONGEST_NAME:
        raise FormulaError(
            f"{quote(name)} is not a name; a name is a letter followed by at most "
            f"{LONGEST_NAME - 1} letters, digits or underscores."
        )
    return sp.Symbol(name, real=True)


def split_name(name: str) -> tuple[str, str, tuple[str, ...]]:
    """`what_hat_1` → (stem, accent, indices)."""
    head, *indices = name.split("_")
    indices = [i for i in indices if i]
    if indices and indices[0] in ACCENTS:
        head, indices = head + indices[0], indices[1:]
    digits = re.fullmatch(r"([A-Za-z]+)([0-9]+)", head)
    if digits:
        head, indices = digits[1], [digits[2], *indices]
    for suffix in ACCENTS:
        if head.endswith(suffix) and head != suffix:
            return head.removesuffix(suffix), suffix, tuple(indices)
    return head, "", tuple(indices)


def latex_name(name: str) -> str:
    """`yhat` → `\\hat{y}`, `w_12` → `w_{12}`, `loss` → `\\mathrm{loss}`."""
    return dress(*split_name(name))[0]


def unicode_name(name: str) -> str:
    """`yhat` → `ŷ`, `w_12` → `w₁₂`, `beta` → `β`."""
    return dress(*split_name(name))[1]


@cache
def dress(
    stem: str, accent: str = "", indices: tuple[str, ...] = (), bold: bool = False
) -> tuple[str, str]:
    """The parts of a name in LaTeX and in Unicode."""
    latex, text = (_bold(stem) if bold else None) or (_latex_stem(stem), _unicode_stem(stem))
    if accent:
        latex = f"{ACCENTS[accent][0]}{{{latex}}}"
        text += ACCENTS[accent][1]
        text = COMPOSED.get(text, text)
    if not indices:
        return latex, text
    inner = ",".join(i if _counts(i) else _latex_stem(i) for i in indices)
    low = f"_{inner}" if len(inner) == 1 else f"_{{{inner}}}"
    return latex + low, text + _low(indices)


def spellings(name: str) -> tuple[str, str]:
    """How a function is written by its own name, in LaTeX and in Unicode."""
    return (name if len(name) == 1 else rf"\mathrm{{{name}}}".replace("_", r"\_"), name)


def _latex_stem(stem: str) -> str:
    stem = SHORT.get(stem, stem)
    if stem in GREEK:
        return f"\\{stem}"
    return stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"


def _unicode_stem(stem: str) -> str:
    return GREEK.get(SHORT.get(stem, stem), stem)


def _bold(stem: str) -> tuple[str, str] | None:
    """𝐖, 𝛉: a letter in bold, and nothing for a word."""
    letter = _unicode_stem(stem)
    if len(letter) > 1:
        return None
    kind, _, word = unicodedata.name(letter).partition(" LETTER ")
    case = kind.rpartition(" ")[2]
    known = unicodedata.lookup(f"MATHEMATICAL BOLD {case} {word}")
    command = "boldsymbol" if kind.startswith("GREEK") else "mathbf"
    return rf"\{command}{{{_latex_stem(stem)}}}", known


def _counts(index: str) -> bool:
    """Whether an index is a number, or letters each of which counts: ji, xh, and not in."""
    if index.isdigit() or len(index) == 1 or index in LAYERED:
        return True
    if index[:-1].isdigit():
        return index[-1] in COUNTING  # a row and the place in it: 2k
    return set(index) <= COUNTING and index not in WORDS


def _low(indices: tuple[str, ...]) -> str:
    if all(_counts(i) and all(ord(c) in SUBSCRIPTS for c in i) for i in indices):
        return ",".join(indices).translate(SUBSCRIPTS).replace(",", "\u2009")
    between = "_" if any(len(i) > 1 and not _counts(i) for i in indices) else ","
    return "_" + between.join(map(_unicode_stem, indices))


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the functions and the cost of one model are written.

    functions   name → (LaTeX, Unicode), for example sigmoid → (\\sigma, σ)
    primed      names v whose derivative in their one argument a is written v'(a)
    explicit    (v, a) → the other names that are held where a moves v by more ways than one
    partials    name of a function → the letters of its arguments, of one whose slopes are f_u, f_v
    names       name → (LaTeX, Unicode), of each that is not written as its letters say
    layer       how the number of a general layer stands: W_l, W^{(l)}
    nabla       whether the slope of the cost in an array is ∇_W C
    digits      of a number that was computed
    typed       number → whether it was typed as a decimal
    errors      name v → how ∂C/∂v is called, where it is δ; `cost` is the C
    """

    functions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    primed: frozenset[str] = frozenset()
    explicit: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    partials: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    layer: str = "low"
    nabla: bool = False
    digits: int = 4
    typed: Mapping[Fraction, bool] = field(default_factory=dict)
    errors: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    cost: str = ""

    def name(self, name: str, alphabet: Any) -> str:
        """A name as this model writes it."""
        own = self.names.get(name) if alphabet.id != "ascii" else None
        return alphabet.name(name) if own is None else own[0 if alphabet.id == "latex" else 1]

    def function(self, name: str, alphabet: Any) -> str:
        if alphabet.id == "ascii":
            return name
        if name in self.functions:
            return self.functions[name][0 if alphabet.id == "latex" else 1]
        if name in alphabet.functions:
            return alphabet.functions[name]
        return latex_name(name) if alphabet.id == "latex" else unicode_name(name)
