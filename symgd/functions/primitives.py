"""Functions that the machine has and the page has not: each right to the last bits everywhere.

A formula that is good on paper cancels or overflows in floating point: log(1 + e^u) is inf at
u = 710 and 0 at u = -40, u - tanh u keeps no digit at u = 10⁻⁶. A primitive is the same function
under one name, and each backend spells it in a way that does not. `stable` puts them in.

Their names begin with an underscore, as no name of a user's can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symgd.trees.scalars import Expr


@dataclass(frozen=True, slots=True)
class Primitive:
    """A function of one argument: `formula` is what it means, `because` what goes wrong there.

    `safe` is an argument at which it cannot fail, where it can: by its own nature, or in a quick
    form by an exponential that overflows. `numpy` is its word in numpy, C and `math`, which have
    few of them.
    """

    name: str
    formula: Callable[[Any], Expr]
    because: str
    safe: str = ""
    numpy: str = ""


SIGMOID, LOG1PEXP, LOGCOSH, SECH2 = "_sigmoid", "_log1pexp", "_logcosh", "_sech2"
LOG1P, EXPM1, LOG1MEXP = "_log1p", "_expm1", "_log1mexp"
XMLOG1P, XMTANH, J1 = "_xmlog1p", "_xmtanh", "_j1"

# fmt: off
PRIMITIVES: tuple[Primitive, ...] = (
    Primitive(SIGMOID, lambda u: 1/(1 + sp.exp(-u)), "1 - σ(u) is σ(-u) where σ(u) rounds to 1", "0.0"),
    Primitive(LOG1PEXP, lambda u: sp.log(1 + sp.exp(u)), "e^u overflows at 710, and is lost in 1 + e^u", "0.0"),
    Primitive(LOGCOSH, lambda u: sp.log(sp.cosh(u)), "cosh u overflows at 711, and rounds to 1 near 0", "0.0"),
    Primitive(SECH2, lambda u: 1 - sp.tanh(u)**2, "tanh u rounds to 1 from 19 on", "0.0"),
    Primitive(LOG1P, lambda u: sp.log(1 + u), "1 + u loses the digits of a small u", "0.0", "log1p"),
    Primitive(EXPM1, lambda u: sp.exp(u) - 1, "e^u is 1 and little more near 0", "0.0", "expm1"),
    Primitive(LOG1MEXP, lambda u: sp.log(1 - sp.exp(-u)), "for u > 0: e^-u is lost in 1 - e^-u, or near 1", "1.0"),
    Primitive(XMLOG1P, lambda u: u - sp.log(1 + u), "near 0 it is u²/2, the difference of two near u", "0.0"),
    Primitive(XMTANH, lambda u: u - sp.tanh(u), "near 0 it is u³/3, the difference of two near u"),
    Primitive(J1, lambda u: (sp.sin(u) - u*sp.cos(u))/u**2, "near 0 it is u/3, from two near u; 0 at 0"),
)
# fmt: on

BY_NAME: Mapping[str, Primitive] = {p.name: p for p in PRIMITIVES}
