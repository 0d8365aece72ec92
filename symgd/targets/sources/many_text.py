"""The text of an objective of several margins: what stands around the derived lines."""

from __future__ import annotations

MANY = '''
BLOCK = 1 << 18  # numbers of second derivatives that are held at a time


def each({arguments}) -> Any:
    """(the cost, its slopes): of stacks (N, K, 1), a number a sample (N, 1, 1)."""
{first}


def along({arguments}, {direction}: Any) -> Any:
    """The second derivatives times a direction."""
{second}


def cost(margins: Any, labels: Any{letters}) -> Any:
    """The cost, a value a sample."""
    margins, labels = prepared(margins, labels)
    values = each({called})[0]
    return np.array(np.broadcast_to(values, (len(margins), 1, 1)))[:, 0, 0]


def hessian(margins: Any, labels: Any{letters}) -> Any:
    """(g, H): the slopes in K margins, N x K, and all second derivatives, N x K x K."""
    margins, labels = prepared(margins, labels)
    n, k = margins.shape[:2]
    g = np.array(np.broadcast_to(each({called})[1], (n, k, 1)))[:, :, 0]
    ahead = np.eye(k)[:, None, :, None]
    bent = np.broadcast_to(along({called}, ahead), (k, n, k, 1))[..., 0]
    return g, np.moveaxis(bent, 0, 1)


def derivatives(margins: Any, labels: Any{letters}) -> Any:
    """(g, h), N x K each: the slopes and {diagonal}."""
    margins = np.asarray(margins, dtype=np.float64)
    labels = np.asarray(labels).reshape(len(margins), -1)
    step = max(1, BLOCK//margins.shape[1]**2)
    parts = []
    for i in range(0, len(margins), step):
        g, bent = hessian(margins[i:i + step], labels[i:i + step]{passed})
        h = {of_diagonal}
{guard}        parts.append((g, h))
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def predict(margins: Any{link_keywords}) -> Any:
    """{predicts}"""
{prediction}

def init_score(labels: Any, weights: Any = None, margins: int = 0{keywords}) -> Any:
    """The margins of the least weighted cost, one a class or output, to begin from.

    margins: how many there are, where labels do not say.
    By Newton's method, damped until the cost falls; where margins that move together cost the same,
    the shortest of all that are best.
    """
{kept}    found = np.asarray(labels, dtype=np.float64)
    k = margins or ({count})
    found, places = np.unique(found.reshape(len(found), -1), axis=0, return_inverse=True)
    weight = np.bincount(places.ravel(), None if weights is None else np.ravel(weights))
    weight = weight/weight.sum()

    def at(z: Any) -> Any:
        g, bent = hessian(np.tile(z, (len(found), 1)), found{unpacked})
        return float(weight @ value(z)), weight @ g, np.tensordot(weight, bent, 1)

    def value(z: Any) -> Any:
        return cost(np.tile(z, (len(found), 1)), found{unpacked})

    z, damping = np.zeros(k), 1e-8
    best, g, bent = at(z)
    for _ in range(200):
        if np.abs(g).max() < 1e-13 or damping > 1e12:
            break
        z_next = z - np.linalg.solve(bent + damping*np.eye(k), g)
        total = float(weight @ value(z_next))
        if total <= best:
            z, damping = z_next, max(damping*0.1, 1e-8)
            best, g, bent = at(z)
        else:
            damping *= 10.0
    return z


def prepared(margins: Any, labels: Any) -> Any:
    """Both as stacks, N x K x 1 and {shape}, in doubles; ValueError for what they are not."""
    margins = np.asarray(margins, dtype=np.float64)
    labels = np.asarray(labels, dtype=np.float64)
{encoding}

'''

CLASSES = """\
    n, k = margins.shape
    if labels.size == n*k and k > 1:
{one_each}        return margins[:, :, None], labels.reshape(n, k, 1)
    if labels.size != n:
        raise ValueError(f"labels has {labels.size} numbers; {n} samples of {k} margins have "
                         f"{n} classes or {n*k} labels.")
    labels = labels.reshape(n)
    bad = labels[~np.isin(labels, np.arange(k))]
    if bad.size:
        raise ValueError(f"labels holds {bad[0]!r}; classes are 0 to {k - 1}.")
    return margins[:, :, None], (labels[:, None] == np.arange(k)).astype(np.float64)[:, :, None]
"""
ONE_EACH = """\
        rows = labels.reshape(n, k)
        if not (np.isin(rows, [0.0, 1.0]).all() and (rows.sum(1) == 1.0).all()):
            raise ValueError("labels holds a row that is not one 1 among 0.")
"""
NUMBERS = """\
    n = len(margins)
    if labels.size != n:
        raise ValueError(f"labels has {labels.size} numbers; {n} samples have {n}.")
    return margins[:, :, None], labels.reshape(n, 1, 1)
"""

PAIR = '''
class {name}:
    """The objective of {library}: (g, h), each times the weight of its sample.

    As `{native}`, or as `{estimator}`.
    """

    def __init__(self{keywords}) -> None:
        self.letters: Any = {stored}

    def __call__(self, first: Any, second: Any, sample_weight: Any = None) -> Any:
        margins, labels, weight = arguments(first, second, sample_weight)
        g, h = derivatives(margins, labels, **self.letters)
        return (g, h) if weight is None else (g*weight[:, None], h*weight[:, None])
'''

CATBOOST = '''
class {name}{base}:
    """The objective of CatBoost, as `CatBoost({{"loss_function": {call}, ...}})`.

    CatBoost climbs: it asks for the slopes of minus the loss and all of their second derivatives,
    (-g, -H), of one sample at a time.
    """

    def __init__(self{keywords}) -> None:
        self.letters: Any = {stored}

    def calc_ders_multi(self, approxes: Any, targets: Any, weight: Any) -> Any:
        g, bent = hessian(np.array([list(approxes)]), np.array([targets]), **self.letters)
        g, bent = g[0], bent[0]
{guard}        weight = 1.0 if weight is None else float(weight)
        return (-weight*g).tolist(), (-weight*bent).tolist()


class {name}_metric{metric_base}:
    """The weighted mean of the cost, as its "eval_metric": {metric_call}."""

    def __init__(self{keywords}) -> None:
        self.letters: Any = {stored}

    def is_max_optimal(self) -> bool:
        return False

    def evaluate(self, approxes: Any, target: Any, weight: Any) -> Any:
        costs = cost(np.transpose(approxes), {transposed}, **self.letters)
        weight = np.ones_like(costs) if weight is None else np.asarray(weight, dtype=np.float64)
        return float(np.dot(costs, weight)), float(weight.sum())

    def get_final_error(self, error: Any, weight: Any) -> Any:
        return error/(weight + 1e-38)
'''

# A class of CatBoost's is told from others by what it is an heir of, and has no types.
IMPORTED = """
if TYPE_CHECKING:

    class MultiTargetCustomObjective: ...

    class MultiTargetCustomMetric: ...

else:
    from catboost import MultiTargetCustomMetric, MultiTargetCustomObjective

"""

BEGUN = {
    "xgboost": "data.set_base_margin(numpy.tile(s, (n, 1))) with s = init_score(labels, weights), "
               "of the data that are predicted too.",
    "lightgbm": "Dataset(..., init_score=numpy.tile(s, (n, 1))) with s = init_score(labels, "
                "weights), which LightGBM leaves out again: predictions are "
                "predict(booster.predict(x, raw_score=True) + s).",
    "catboost": "Pool(..., baseline=numpy.tile(s, (n, 1))) with s = init_score(labels, weights), "
                "which CatBoost leaves out again: predictions are "
                'predict(model.predict(x, prediction_type="RawFormulaVal") + s).',
}  # fmt: skip
