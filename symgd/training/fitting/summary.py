"""The table of a fit, as statistics packages print one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symgd.errors import listing
from symgd.training.fitting.solve import Solution
from symgd.training.fitting.statistics import Statistics

WIDTH = 78
# errors       how it is said
COVARIANCE = {
    "expected": "s²(JᵀJ)⁻¹, expected information",
    "observed": "observed information",
    "robust": "robust, the sandwich HC0",
}


def summary(
    title: str, found: Solution, of: Statistics, entries: Sequence[str], level: float, errors: Any
) -> str:
    """The table: what was fitted and how well, and a line a parameter."""
    word = of.information(errors)
    se = of.errors(errors)
    with np.errstate(all="ignore"):
        ratios = of.theta / se
    chances = of.chance(ratios)
    limits = of.intervals(level, errors)
    alike = of.kind == "squares"
    left = [
        ("Method:", found.method),
        ("Converged:", "yes" if found.converged else "no"),
        ("Parameters:", str(len(entries))),
        ("Covariance:", COVARIANCE[word]),
    ]
    right = [
        ("No. Observations:", f"{of.samples}"),
        ("Df Residuals:", f"{of.freedom}"),
        ("Log-Likelihood:", f"{of.log_likelihood:.5g}"),
        ("AIC:", f"{of.aic:.5g}"),
        ("BIC:", f"{of.bic:.5g}"),
        ("Cost:", f"{found.cost:.6g}"),
    ]
    if alike:
        right.append(("Residual s:", f"{of.sigma:.6g}"))
    left += [("", "")] * (len(right) - len(left))
    lines = [title.center(WIDTH).rstrip(), "=" * WIDTH]
    for (a, b), (c, d) in zip(left, right, strict=True):
        lines.append(f"{a:<12}{b:<34}{c:<18}{d:>14}".rstrip())
    letter = "t" if of.is_student else "z"
    tail = (1 - level) / 2
    width = max(12, *(len(e) + 1 for e in entries))
    head = ["coef", "std err", letter, f"P>|{letter}|", f"[{tail:.4g}", f"{1 - tail:.4g}]"]
    lines += ["=" * WIDTH, " " * width + _row(head), "-" * WIDTH]
    for row in zip(entries, of.theta, se, ratios, chances, limits, strict=True):
        entry, theta, error, ratio, chance, (low, high) = row
        cells = [_short(theta), _short(error), _ratio(ratio), f"{chance:.3f}", _short(low),
                 _short(high)]  # fmt: skip
        lines.append(f"{entry:<{width}}" + _row(cells))
    lines.append("=" * WIDTH)
    if not found.converged:
        lines.append(f"Not converged: {found.why}.")
    if of.is_student and of.freedom <= 0:
        lines.append("No more residuals than parameters: they do not tell s², nor errors.")
    elif np.isnan(se).any():
        lines.append("Some direction of the parameters changes nothing: their errors are unknown.")
    if of.at_ends:
        lines.append(
            f"At an end of the domain: {listing(of.at_ends)}. Errors are of parameters inside."
        )
    lines.append(
        "s² is estimated from the residuals; t has their degrees of freedom."
        if of.is_student
        else "s is given." if alike
        else "The cost, summed, is taken as -log L; where it is none, take errors='robust'."
    )  # fmt: skip
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "".join(f"{c:>11}" for c in cells)


def _ratio(value: float) -> str:
    """Three decimals where they fit."""
    return f"{value:.3f}" if not abs(value) >= 1e6 else f"{value:.3e}"


def _short(value: float) -> str:
    """Four decimals where that shows it, else four digits."""
    size = abs(value)
    return f"{value:.4f}" if size == 0 or 0.001 <= size < 1e5 else f"{value:.3e}"


__all__ = ["summary"]
