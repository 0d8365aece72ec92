"""Array graph of one group → objectives whose samples meet: survival, and ranking by pairs.

    the model                        its leaves, of the labels y of a group
    d'(log(R e^z) - z)               d_i is 1 at an event, R_ij where j is at risk at that time
    sum(P.*softplus(1z' - z1'))      P_ij is 1 where y_i > y_j

R and P have a number for each pair; what is exported never holds them: the sums over those at risk
grow by one from the last time to the first (Breslow's way with ties), and pairs pass in blocks. It
is the same function, which the tests hold against what is derived from the model.
"""

from __future__ import annotations

from dataclasses import dataclass

from symgd.errors import InputError, ModelError, listing, quote
from symgd.models.arrays import matrix_model
from symgd.programs.arrays.outputs import outputs
from symgd.targets.sources import Asked
from symgd.targets.sources.boosting_many import boosted_many
from symgd.targets.sources.boosting_text import CALLED, HEAD, LIBRARIES
from symgd.targets.sources.group_text import COX, GROUPED, GROUPS_OF, PAIRS, SIZES, TIMES
from symgd.targets.sources.guards import guard_of
from symgd.targets.sources.spelling import commented, wrapped
from symgd.trees.array_graph import MatrixGraph


@dataclass(frozen=True, slots=True)
class Group:
    """A cost of the margins of one group.

    definitions, shapes   the model, as `Model` takes it
    labels                what a label says
    unit                  what a cost is counted by
    text                  how it is computed
    checks                what labels are refused
    """

    definitions: dict[str, str]
    shapes: dict[str, str | tuple[str, str]]
    labels: str
    unit: str
    text: str
    checks: str = ""


GROUPS = {
    "cox": Group(
        {"C": "d'*(log(R*exp(z)) - z)"}, {"z": "n", "d": "n", "R": ("n", "n")},
        "The label is the time of the event, or less the time to which there was none (censored), "
        "as XGBoost's survival:cox has it. d is 1 where it is positive, R[i, j] where |y[j]| is at "
        "least |y[i]|.",
        "event", COX, TIMES,
    ),
    "ranknet": Group(
        {"C": "sum(P.*softplus(ones(n,1)*z' - z*ones(1,n)))"}, {"z": "n", "P": ("n", "n")},
        "The label is how good a sample is. P[i, j] is 1 where y[i] > y[j].",
        "pair", PAIRS,
    ),
}  # fmt: skip
OF_GROUPS = (None, "clip", "unit")


def graph_of(group: Group) -> MatrixGraph:
    """The model of one group."""
    return matrix_model(group.definitions, ["z"], group.shapes)


def group_of(graph: MatrixGraph) -> Group | None:
    """The row whose cost this is, or None."""
    for group in GROUPS.values():
        if set(graph.leaves) == set(group.shapes) and graph.parameters == ("z",):
            other = graph_of(group)
            one = graph.unfold(graph.definitions[graph.cost])
            if one == other.definitions[other.cost]:
                return group
    return None


def boosted_arrays(target: str, graph: MatrixGraph, name: str, asked: Asked) -> tuple[str, str]:
    """(the module, a warning or nothing) of a cost of one group, or of one sample."""
    group = group_of(graph)
    if group is not None:
        return boosted_groups(target, graph, group, name, asked)
    return boosted_many(target, graph, name, asked)


def boosted_groups(
    target: str, graph: MatrixGraph, group: Group, name: str, asked: Asked
) -> tuple[str, str]:
    """(the module, no warning); raises InputError for a guard, ModelError for CatBoost."""
    if target not in GROUPS_OF:
        raise ModelError(
            f"{LIBRARIES[target][0]} hands its objectives samples without their groups; take "
            f"{listing(LIBRARIES[t][0] for t in GROUPS_OF)}."
        )
    if asked.guard not in OF_GROUPS:
        raise InputError(
            f"guard={quote(str(asked.guard))} is of one sample; of groups it is "
            f"{listing(g for g in OF_GROUPS if g)}."
        )
    _, floor = guard_of(asked)
    guard = asked.guard or ("clip" if asked.floor is not None else None)
    statement = {
        None: "", "clip": f"    h = np.maximum(h, {floor!r})\n",
        "unit": "    h = np.ones_like(g)\n",
    }[guard]  # fmt: skip
    words = {"name": name, "call": f"{name}()", "metric_call": f"{name}_metric()"}
    called = {k: v.format(**words) for k, v in CALLED[target].items()}
    text = HEAD.format(
        head=commented(header(graph, group, name, target, guard, floor)),
        imports="", functions="",
    ) + group.text + GROUPED.format(
        unit=group.unit, diagonal="1" if guard == "unit" else "the diagonal of the Hessian",
        guard=statement, checks=group.checks, groups=GROUPS_OF[target],
        library=LIBRARIES[target][0], **words, **called,
    )  # fmt: skip
    return text + (SIZES if target == "xgboost" else ""), ""


def header(
    graph: MatrixGraph, group: Group, name: str, target: str, guard: str | None, floor: float
) -> list[str]:
    library, sign = LIBRARIES[target]
    found = outputs(graph)
    says = {
        None: "none: h is the diagonal of the second derivatives as it is",
        "clip": f"clip: h is the diagonal of the second derivatives, at least {floor!r}",
        "unit": "unit: h is 1",
    }
    told = [
        f"{name}: an objective for {library}, in the margins z of each group of samples.",
        "",
        *(f"    {v} = {e}" for v, e in graph.definitions.items()),
        "",
        "The gradient, as symgd derives it:",
        *(f"    {n} = {e}" for n, e in found.names.items() if n not in graph.definitions),
        f"    d{graph.cost}/dz = {found.gradients['z']}",
        "",
        group.labels,
        "Groups: those of the data, in their order; all samples are one where there are none.",
        "Weights: of samples, each counts so often; one for each group counts for its samples.",
        f"Sign: g = dC/dz, h = d2C/dz2. {sign}",
        f"Guard: {says[guard]}.",
    ]
    return [part for line in told for part in wrapped(line)]
