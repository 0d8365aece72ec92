"""In which order a product of several matrices costs least."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Tree = int | tuple["Tree", "Tree"]


def cheapest(sizes: Sequence[int], known: Callable[[int, int], bool]) -> Tree:
    """How to bracket factors k of sizes[k] by sizes[k + 1]: (0, (1, 2)) is A(BC).

    `known(i, j)`: whether the product of the factors i to j is there already.
    """
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    best: dict[tuple[int, int], Tree] = {(i, i): i for i in range(n)}
    for length in range(2, n + 1):
        for i in range(n - length + 1):
            j = i + length - 1
            found, tree = None, best[i, i]
            for k in range(i, j):
                total = cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
                if found is None or total < found:
                    found, tree = total, (best[i, k], best[k + 1, j])
            assert found is not None
            cost[i, j], best[i, j] = 0 if known(i, j) else found, tree
    return best[0, n - 1]


def ends(tree: Tree) -> tuple[int, int]:
    """The first and the last factor of a bracket."""
    if isinstance(tree, int):
        return tree, tree
    return ends(tree[0])[0], ends(tree[1])[1]
