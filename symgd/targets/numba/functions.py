"""Every word that a generated kernel uses."""

from __future__ import annotations

from collections.abc import Callable
from math import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    ceil,
    cos,
    fabs,
    floor,
    inf,
    nan,
    sin,
    sqrt,
    tan,
)

from symgd.functions.special import BODIES
from symgd.targets.numba.bits import doubles, interleaved, plus, select, singles
from symgd.targets.numba.domains import nonzero, unless, whole
from symgd.targets.numba.exponential import (
    cosh,
    exp,
    expm1,
    sech2,
    sech2_half,
    sech2_log1pexp,
    sigmoid,
    sigmoid_minus,
    sinh,
    tanh,
    tanh_half,
    tanh_log1pexp,
)
from symgd.targets.numba.flags import lowered, put_back, raised, taken, two_sum
from symgd.targets.numba.gamma import digamma, lgamma, polygamma, trigamma
from symgd.targets.numba.logarithm import log, log1mexp, log1p, log1pexp, logcosh, xmlog1p
from symgd.targets.numba.special import (
    density,
    erf,
    erfc,
    erfc_of_root,
    j1,
    maximum,
    minimum,
    power,
    sign,
    xmtanh,
)
from symgd.targets.numba.sums import log_of_product, square


def __getattr__(name: str) -> Callable[..., object]:
    from symgd.targets.numba.printed import special

    if name in BODIES:
        return special(name)
    raise AttributeError(name)


__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "ceil",
    "cos",
    "cosh",
    "density",
    "digamma",
    "doubles",
    "erf",
    "erfc",
    "erfc_of_root",
    "exp",
    "expm1",
    "fabs",
    "floor",
    "inf",
    "interleaved",
    "j1",
    "lgamma",
    "log",
    "log1mexp",
    "log1p",
    "log1pexp",
    "log_of_product",
    "logcosh",
    "lowered",
    "maximum",
    "minimum",
    "nan",
    "nonzero",
    "plus",
    "polygamma",
    "power",
    "put_back",
    "raised",
    "sech2",
    "sech2_half",
    "sech2_log1pexp",
    "select",
    "sigmoid",
    "sigmoid_minus",
    "sign",
    "sin",
    "singles",
    "sinh",
    "sqrt",
    "square",
    "taken",
    "tan",
    "tanh",
    "tanh_half",
    "tanh_log1pexp",
    "trigamma",
    "two_sum",
    "unless",
    "whole",
    "xmlog1p",
    "xmtanh",
    *BODIES,
]
