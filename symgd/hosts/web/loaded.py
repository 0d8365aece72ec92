"""Which modules the page's questions load, as JSON: run as a process of its own, without numpy.

    python -m symgd.hosts.web.loaded

A site sends these first; what a rarer question needs comes when it is asked.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from symgd.hosts.web.answers import answer
from symgd.hosts.web.deriving import COPIES

LINES: Final = "C = (y - w*x)^2/2\ndC/dw = (y - w*x)*x\n= x*(w*x - y)"
ASKED: Final[tuple[dict[str, Any], ...]] = (
    {"ask": "derive"},
    {"ask": "derive", "activation": "gelu", "loss": "huber(delta=1)", "order": 2},
    {"ask": "derive", "notation": "bishop", "language": "zh", "style": "backprop"},
    {"ask": "derive", "model": "lines", "lines": "C = sqrt(1 + w^2)*log(x)", "parameters": "w"},
    *({"ask": "derive", "language": code} for code in ("de", "fr", "es")),
    {"ask": "derive", "activation": "tanh("},
    {"ask": "numbers", "told": True},
    {"ask": "descend", "epochs": 3, "optimizers": ["sgd(0.5)", "adam(0.1)"]},
    {"ask": "read", "line": "dC/dw = x"},
    {"ask": "check", "text": LINES},
    {"ask": "check", "text": rf"\[{LINES.splitlines()[0]}\]", "kind": "tex"},
    {"ask": "practise", "seed": 3, "moves": ["dC/dw = (yhat - y)*x", "!hint", "!show"]},
    *({"ask": "copy", "as": name} for name in COPIES),
)
PACKAGES: Final = ("symgd", "sympy", "mpmath", "latex2mathml")


def main() -> None:
    """The names, in order."""
    sys.modules["numpy"] = None  # type: ignore[assignment]
    for request in ASKED:
        answer(request)
    found = [n for n, m in sys.modules.items() if m and n.split(".")[0] in PACKAGES]
    print(json.dumps(sorted(found)))


if __name__ == "__main__":
    main()
