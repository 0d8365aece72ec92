"""The judge of gradients that people wrote in Python, as users call it."""

from __future__ import annotations

from symgd.api.arguments import (
    FORMULA,
    LIST,
    NAMES,
    NUMBER,
    TABLE,
    TEXT,
    Argument,
    is_askable,
    takes,
)
from symgd.judge import code

# What it is not, and why, is said where it is looked into; a list and its like are neither.
CODE = Argument(
    "a function, or a text such as losses.py:gradient",
    lambda v: is_askable(v) and not isinstance(v, list | tuple | dict | set),
    plain=FORMULA.plain,
)

check_gradient = takes(
    function=CODE,
    of=FORMULA,
    wrt=TEXT | NAMES,
    activation=FORMULA,
    arguments=NAMES.or_none,
    constants=TABLE.or_none,
    guard=TEXT.or_none,
    reduction=TEXT,
    seconds=NUMBER,
    labels=LIST.or_none,
)(code.check_gradient)
check_gradient.__module__ = __name__  # where a pickle finds it

__all__ = ["check_gradient"]
