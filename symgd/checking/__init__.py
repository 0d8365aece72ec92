r"""A derivation that a person wrote → a verdict a line.

    text → tokens → statements (cursor, grammar, atoms, names, derivatives, statements) → syntax
    definitions and assumptions → World (declarations, ranges, shapes)
    a statement → values of its members at random points (points, lookup, evaluator, sampling)
    → Line (judge; rounding, proof, slips) → Report

The judge knows no rule of differentiation: a derivative is the difference of values in a hundred
digits, through the declared graph, so that its verdict is independent of every derivation here.
Where notation reads in two ways a line is accused only if every reading accuses it.
"""

from symgd.checking.judge import check
from symgd.checking.report import Report
from symgd.checking.sorting import check_rows

__all__ = ["Report", "check", "check_rows"]
