"""The signs of the values of a program: which are nowhere below 0, and which nowhere above."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symgd.functions.primitives import (
    EXPM1,
    LOG1P,
    LOG1PEXP,
    LOGCOSH,
    SECH2,
    SIGMOID,
    XMLOG1P,
    XMTANH,
)
from symgd.programs.guard import head_of
from symgd.programs.program import Program
from symgd.trees.domain import REAL
from symgd.verify.evaluate import constant


class Signs:
    """1 or -1: a value is nowhere below, or above, 0. None: it may be either."""

    def __init__(self, made: Program | None = None) -> None:
        self.known: dict[Any, int | None] = {}
        leaves, domains = ((), {}) if made is None else (made.leaves, made.graph.domains)
        for s in leaves:
            d = domains.get(s, REAL)
            ends = (min(d.members), max(d.members)) if d.members else (d.low, d.high)
            if d.kind == "counts" or (ends[0] is not None and ends[0] >= 0):
                self.known[s] = 1
            elif ends[1] is not None and ends[1] <= 0:
                self.known[s] = -1

    def learn(self, s: Any, e: Any) -> None:
        self.known[s] = self(e)

    def __call__(self, e: Any) -> int | None:
        if e.is_Symbol:
            return self.known.get(e)
        if e.is_Number or not e.free_symbols:
            value = constant(e)  # sympy's assumptions contradict each other about 0/0
            return -1 if value < 0 else 1 if value >= 0 else None
        if e.is_Add:
            signs = {self(t) for t in e.args}
            return signs.pop() if len(signs) == 1 else None
        if e.is_Mul:
            out: int | None = 1
            rest = [*e.args]
            for f in e.args:
                if f in rest and rest.count(f) % 2 == 0:
                    continue
                sign = self(f)
                if sign is None:
                    return None
                out = sign * out if out is not None else None
            return out
        if e.is_Pow and e.base is not sp.E:
            if e.exp.is_Integer and int(e.exp) % 2 == 0:
                return 1
            if e.exp.is_Integer:
                return self(e.base)
            return 1
        if isinstance(e, sp.Piecewise):
            signs = {self(v) for v, _ in e.args}
            return signs.pop() if len(signs) == 1 else None
        if isinstance(e, sp.Max | sp.Min):
            signs = {self(a) for a in e.args}
            wanted = 1 if isinstance(e, sp.Max) else -1
            return wanted if wanted in signs else signs.pop() if len(signs) == 1 else None
        head = head_of(e)
        if head in POSITIVE:
            return 1
        return self(e.args[0]) if head in ODD else None


POSITIVE = frozenset({
    sp.exp, sp.cosh, sp.Abs, sp.acos, sp.acosh, sp.erfc, sp.trigamma,
    SIGMOID, LOG1PEXP, LOGCOSH, SECH2, XMLOG1P,
})  # fmt: skip
ODD = frozenset({
    sp.sinh, sp.tanh, sp.asinh, sp.atan, sp.asin, sp.atanh, sp.erf, sp.sign, EXPM1, LOG1P, XMTANH,
})  # fmt: skip


__all__ = ["Signs"]
