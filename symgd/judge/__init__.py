r"""A derivation that a person wrote → a verdict a line.

    documents, reading/    a document → rows of mathematics
    latex/                 a row → a statement
    declared/              definitions and assumptions → Environment
    values/                a statement → values of its members at random points
    verdicts/              → Line: proved, sampled, wrong or unknown, and why
    report, pages/         lines → Report, and what shows it

The judge knows no rule of differentiation: a derivative is the difference of values in a hundred
digits, through the declared graph, so that its verdict is independent of every derivation here.
Where notation reads in two ways a line is accused only if every reading accuses it.
"""

from symgd.judge.report import Report
from symgd.judge.verdicts.judge import check
from symgd.judge.verdicts.scopes import check_rows

__all__ = ["Report", "check", "check_rows"]
