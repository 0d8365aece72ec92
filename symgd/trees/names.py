"""A name, and how it is written: ASCII `yhat`, Unicode `ŷ`, LaTeX `\\hat{y}`.

A name is `[A-Za-z][A-Za-z0-9_]*` (Untrusted text: nothing else ever becomes a symbol, so nothing
else can reach generated code or a page). Its spelling is read off the name itself:

    part     a Greek word, or letters               alpha → α    w → w    loss → loss
    accent   the end of the part                    yhat → ŷ     xbar → x̄
    index    digits at the end, or after `_`        w1 → w₁      w_2_1 → w_{2,1}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
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


@cache
def latex_name(name: str) -> str:
    """`yhat` → `\\hat{y}`, `w_12` → `w_{12}`, `loss` → `\\mathrm{loss}`."""
    stem, accent, indices = split_name(name)
    body = _latex_stem(stem)
    if accent:
        body = f"{ACCENTS[accent][0]}{{{body}}}"
    if not indices:
        return body
    inner = ",".join(i if i.isdigit() else _latex_stem(i) for i in indices)
    return f"{body}_{inner}" if len(inner) == 1 else f"{body}_{{{inner}}}"


def _latex_stem(stem: str) -> str:
    if stem in GREEK:
        return f"\\{stem}"
    return stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"


@cache
def unicode_name(name: str) -> str:
    """`yhat` → `ŷ`, `w_12` → `w₁₂`, `beta` → `β`."""
    stem, accent, indices = split_name(name)
    body = GREEK.get(stem, stem)
    if accent:
        body += ACCENTS[accent][1]
        body = COMPOSED.get(body, body)
    if not indices:
        return body
    inner = ",".join(GREEK.get(i, i) for i in indices)
    if all(i.isdigit() or (len(i) == 1 and ord(i) in SUBSCRIPTS) for i in indices):
        return body + inner.translate(SUBSCRIPTS).replace(",", "\u2009")
    return f"{body}_{inner}"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the functions and the cost of one model are written.

    functions   name → (LaTeX, Unicode), for example sigmoid → (\\sigma, σ)
    primed      names v whose derivative in their one argument a is written v'(a)
    explicit    (v, a) → the other names that are held where a moves v by more ways than one
    partials    name of a function → the letters of its arguments, of one whose slopes are f_u, f_v
    """

    functions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    primed: frozenset[str] = frozenset()
    explicit: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    partials: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def function(self, name: str, alphabet: Any) -> str:
        if alphabet.id == "ascii":
            return name
        if name in self.functions:
            return self.functions[name][0 if alphabet.id == "latex" else 1]
        if name in alphabet.functions:
            return alphabet.functions[name]
        return latex_name(name) if alphabet.id == "latex" else unicode_name(name)
