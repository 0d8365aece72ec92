"""A softmax, its logarithm, and the log-sum-exp of the same → lines: by the same exponentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from symgd.programs.arrays.entries import LOG
from symgd.programs.arrays.lines import Ref, Size
from symgd.trees.arrays import Node, node

if TYPE_CHECKING:
    from symgd.programs.arrays.plan import Planner

# a softmax and the log-sum-exp of the same
TOTALS: Final = {"softmax": "logsumexp", "rsoftmax": "rlogsumexp"}
SHARES_OF: Final = {total: share for share, total in TOTALS.items()}


def shares(p: Planner, at: Node) -> Ref:
    """A softmax; by the way its logarithm, where that is needed too."""
    x, size = p.real_of(at.args[0]), p.size(at)
    log = node("function", at, data=LOG)
    if log.key in p.known or not p.entries.uses(log):
        return with_total(p, at, x, size)
    ref = p.line("{out}", [], size)
    p.known[log.key] = ref
    total = node("logsumexp", at.args[0])
    if at.op == "softmax" and p.entries.uses(total) and total.key not in p.known:
        whole = p.line("{out}", [], size)
        code = "h.softmax_log_and_total({0}, {1}, {2})"
        p.known[total.key] = p.line(code, [x, ref, whole], None)
        return whole
    return p.line(f"h.{at.op}_and_log({{0}}, {{1}}, {{out}})", [x, ref], size)


def with_total(p: Planner, at: Node, x: Ref, size: Size) -> Ref:
    """A softmax; by the way the log-sum-exp, where that is needed too.

    Of what lies transposed by columns.
    """
    total = node(TOTALS[at.op], at.args[0])
    wanted = p.entries.uses(total) and total.key not in p.known
    if at.op == "softmax":
        if not wanted:
            return p.line("h.softmax({0}, {out})", [x], size)
        ref = p.line("{out}", [], size)
        p.known[total.key] = p.line("h.softmax_and_total({0}, {1})", [x, ref], None)
        return ref
    turned = x.turned and not x.block
    word, x, size = ("csoftmax", x.T, size[::-1]) if turned else ("rsoftmax", x, size)
    if wanted:
        ref = p.line("{out}", [], size)
        code = f"h.{word}_and_total({{0}}, {{1}}, {{out}})"
        column = p.size(total)
        p.known[total.key] = p.line(code, [x, ref], column)
    else:
        ref = p.line(f"h.{word}({{0}}, {{out}})", [x], size)
    return ref.T if turned else ref


def total(p: Planner, at: Node) -> Ref:
    """A log-sum-exp, by the softmax where that is needed too."""
    share = node(SHARES_OF[at.op], at.args[0])
    if p.entries.uses(share) and share.key not in p.known and not p.careful:
        p.of(share)
        if at.key in p.known:
            return p.known[at.key]
    if at.op == "logsumexp":
        return p.whole("h.log_sum({0})", at, True)
    return p.whole("h.log_rsum({0}, {out})", at, fresh=False)
