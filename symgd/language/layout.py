"""What the layout of an expression turns on: what goes below a line, beside it, or in brackets."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symgd.trees.scalars import D, P, Prime

LONGEST_DECIMAL = 18


def is_reciprocal(f: Any) -> bool:
    """Whether the factor belongs below the line: a power with a negative exponent, or 1/n."""
    if f.is_Rational:
        return bool(f.p == 1 and f.q > 1)
    if not f.is_Pow or f.base is sp.E:
        return False
    e = f.exp
    return bool(e.is_negative if e.is_Number else e.is_Mul and e.args[0].is_negative)


def stands_apart(f: Any, below: list[Any]) -> bool:
    """Factors that go beside a fraction, not above its line: derivatives, cases, and sums of
    fractions over the same denominator, as in 1/v·(1 - 1/v)."""
    if isinstance(f, D | P | Prime | sp.Piecewise):
        return True
    if not f.is_Add:
        return False
    bases = {b.base if b.is_Pow else b for b in below}
    inner = (g for t in f.args for g in (t.args if t.is_Mul else (t,)) if is_reciprocal(g))
    return any((g.base if g.is_Pow else g) in bases for g in inner)


def is_cases(f: Any) -> bool:
    return isinstance(f, sp.Piecewise)


def has_index_form(f: Any) -> bool:
    """Functions whose square is written on the name: tanh²(z), but σ(z)²."""
    return isinstance(f, sp.sin | sp.cos | sp.tan | sp.sinh | sp.cosh | sp.tanh)


def terminates(q: int) -> bool:
    """Whether p/q has finitely many decimals: q = 2^i 5^j."""
    for p in (2, 5):
        while q % p == 0:
            q //= p
    return q == 1


def decimal(p: int, q: int) -> str:
    """p/q in decimals, where they end; cut off with … where they are too many."""
    places = 0
    while (p * 10**places) % q:
        places += 1
    digits = str(p * 10**places // q).rjust(places + 1, "0")
    shown = f"{digits[:-places]}.{digits[-places:]}"
    return shown if len(shown) <= LONGEST_DECIMAL else f"{p / q:.12g}\u2026"


def end_word(body: str, end: int) -> str:
    """The run of letters at one end of a body."""
    letters = "".join(c if c.isalpha() and ord(c) < 0x250 else " " for c in body).split(" ")
    return letters[end]
