"""The text of an objective of groups of samples: survival, and ranking by pairs."""

from __future__ import annotations

COX = '''
def of_group(z: Any, y: Any, w: Any) -> Any:
    """(the cost of one group, its slopes, the diagonal of its second derivatives).

    From the last time to the first the sum over those at risk grows by one, so that all of them
    are one pass: log S_k at each event, then the sums of w/S and of w/S^2 up to each time.
    """
    order = np.argsort(-np.fabs(y), kind="stable")
    back = np.argsort(order, kind="stable")
    z, y, w = z[order], y[order], w[order]
    late = -np.fabs(y)
    first, last = np.searchsorted(late, late), np.searchsorted(late, late, side="right") - 1
    with np.errstate(all="ignore"):
        share = z + np.log(w)
        risk = np.logaddexp.accumulate(share)[last]
        event = np.where(y > 0.0, np.log(w), -np.inf)
        once = np.logaddexp.accumulate((event - risk)[::-1])[::-1][first]
        twice = np.logaddexp.accumulate((event - 2.0*risk)[::-1])[::-1][first]
        met = np.exp(share + once)
        g = met - np.where(y > 0.0, w, 0.0)
        h = np.maximum(met - np.exp(2.0*share + twice), 0.0)
        terms = np.where((y > 0.0) & (w > 0.0), w*(risk - z), 0.0)
    return float(terms.sum()), g[back], h[back]


def counted(y: Any, w: Any) -> float:
    """The events, by their weights."""
    return float(w[y > 0.0].sum())


def predict(margins: Any) -> Any:
    """The hazard beside that of z = 0: e^z."""
    return np.exp(np.asarray(margins, dtype=np.float64))
'''

PAIRS = '''
def of_group(z: Any, y: Any, w: Any) -> Any:
    """(the cost of one group, its slopes, the diagonal of its second derivatives).

    A pair i, j with y_i > y_j counts w_i*w_j times; so many rows of pairs at a time as hold a
    million numbers.
    """
    total, g, h = 0.0, np.zeros(z.shape), np.zeros(z.shape)
    step = max(1, (1 << 20)//max(1, z.size))
    for i in range(0, z.size, step):
        rows = slice(i, i + step)
        ahead = z[rows, None] - z[None, :]
        weight = np.where(y[rows, None] > y[None, :], w[rows, None]*w[None, :], 0.0)
        e = np.exp(-np.fabs(ahead))
        wrong = weight*np.where(ahead < 0.0, 1.0, e)/(1.0 + e)
        bend = weight*e/(1.0 + e)**2
        total += float((weight*(np.maximum(-ahead, 0.0) + np.log1p(e))).sum())
        g[rows] -= wrong.sum(1)
        g += wrong.sum(0)
        h[rows] += bend.sum(1)
        h += bend.sum(0)
    return total, g, h


def counted(y: Any, w: Any) -> float:
    """The pairs with different labels, by their weights."""
    order = np.argsort(y, kind="stable")
    before = np.concatenate(([0.0], np.cumsum(w[order])))
    return float((w[order]*before[np.searchsorted(y[order], y[order])]).sum())


def predict(margins: Any) -> Any:
    """The margins themselves: the higher, the further ahead."""
    return np.array(margins, dtype=np.float64)
'''

GROUPED = '''

def cost(margins: Any, labels: Any, groups: Any = None, weights: Any = None) -> float:
    """The cost of all groups, for each {unit}."""
    total, count = 0.0, 0.0
    for part, z, y, w in by_group(margins, labels, groups, weights):
        total += of_group(z, y, w)[0]
        count += counted(y, w)
        del part
    return total/count if count else 0.0


def derivatives(margins: Any, labels: Any, groups: Any = None, weights: Any = None) -> Any:
    """(g, h): the slopes of the summed cost and {diagonal}."""
    g, h = np.zeros(np.shape(margins)), np.zeros(np.shape(margins))
    for part, z, y, w in by_group(margins, labels, groups, weights):
        _, g[part], h[part] = of_group(z, y, w)
{guard}    return g, h


def init_score(labels: Any, weights: Any = None) -> float:
    """0: a cost of differences is the same wherever all margins begin."""
    return 0.0


def by_group(margins: Any, labels: Any, groups: Any, weights: Any) -> Any:
    """(place, margins, labels, weights) of each group; `groups` are their sizes, in order."""
    z, y = (np.asarray(u, dtype=np.float64).ravel() for u in (margins, labels))
    sizes = np.asarray([z.size] if groups is None else groups, dtype=np.int64)
    if y.size != z.size or sizes.sum() != z.size:
        raise ValueError(f"{{z.size}} margins, {{y.size}} labels, groups of {{sizes.sum()}}.")
    w = np.ones(z.size) if weights is None else np.asarray(weights, dtype=np.float64).ravel()
    if w.size == sizes.size != z.size:
        w = np.repeat(w, sizes)
{checks}    ends = np.cumsum(sizes)
    for begin, end in zip((ends - sizes).tolist(), ends.tolist(), strict=True):
        part = slice(begin, end)
        yield part, z[part], y[part], w[part]


class {name}:
    """The objective of {library}: (g, h) of all groups.

    As `{native}`, or as `{estimator}`.

    groups: how many samples each has, in their order; those of the data where they have some, and
    one of all where they have none.
    """

    def __init__(self, *, groups: Any = None) -> None:
        self.groups = None if groups is None else np.asarray(groups, dtype=np.int64)

    def __call__(self, first: Any, second: Any, sample_weight: Any = None) -> Any:
        margins, labels, weight, groups = arguments(first, second, sample_weight)
        return derivatives(margins, labels, self.groups if groups is None else groups, weight)


class {name}_metric:
    """The cost for each {unit}, as `{metric}`."""

    def __init__(self, *, groups: Any = None) -> None:
        self.groups = None if groups is None else np.asarray(groups, dtype=np.int64)
        self.__name__ = "{name}"

    def __call__(self, first: Any, second: Any, sample_weight: Any = None) -> Any:
        margins, labels, weight, groups = arguments(first, second, sample_weight)
        value = cost(margins, labels, self.groups if groups is None else groups, weight)
        return {reported}


def arguments(first: Any, second: Any, weight: Any) -> Any:
    """(margins, labels, weights or None, groups or None), from either way of calling."""
    if not hasattr(second, "get_label"):
        return second, first, None if weight is None else np.asarray(weight, dtype=np.float64), None
    weight = second.get_weight()
    weight = None if weight is None or not len(weight) else np.asarray(weight, dtype=np.float64)
    return first, second.get_label(), weight, {groups}
'''
# library → the sizes of the groups of its data
GROUPS_OF = {
    "xgboost": "sizes_of(second)",
    "lightgbm": "second.get_group()",
}
SIZES = '''

def sizes_of(data: Any) -> Any:
    """The sizes of the groups of a DMatrix, or None."""
    ends = np.asarray(data.get_uint_info("group_ptr"), dtype=np.int64)
    return np.diff(ends) if ends.size > 1 else None
'''
TIMES = """\
    if not ((y != 0.0) & np.isfinite(y)).all():
        raise ValueError("labels holds a time that is 0 or none; a time of censoring is negative.")
"""
