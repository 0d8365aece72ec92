"""Every word that a generated kernel uses."""

from __future__ import annotations

from math import acos, acosh, asin, asinh, atan, atanh, cos, fabs, inf, nan, sin, sqrt, tan

from symgd.targets.numba.bits import interleaved, plus, select
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
from symgd.targets.numba.flags import lowered, raised, two_sum
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

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cos",
    "cosh",
    "density",
    "erf",
    "erfc",
    "erfc_of_root",
    "exp",
    "expm1",
    "fabs",
    "inf",
    "interleaved",
    "j1",
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
    "power",
    "raised",
    "sech2",
    "sech2_half",
    "sech2_log1pexp",
    "select",
    "sigmoid",
    "sigmoid_minus",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "tanh_half",
    "tanh_log1pexp",
    "two_sum",
    "unless",
    "whole",
    "xmlog1p",
    "xmtanh",
]
