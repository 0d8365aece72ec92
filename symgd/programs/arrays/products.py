"""Products of matrices → lines: bracketed where they are cheapest, by BLAS or a solve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from symgd.programs.arrays.chains import Tree, cheapest, ends
from symgd.programs.arrays.lines import Ref
from symgd.programs.arrays.recognise import inverted
from symgd.trees.arrays import Node, node

if TYPE_CHECKING:
    from symgd.programs.arrays.plan import Planner


def product_of(p: Planner, chain: Sequence[Node]) -> Ref:
    """A product of matrices, bracketed where it is cheapest."""
    if len(chain) == 1:
        return p.of(chain[0])
    product = node("mul", *chain)
    if product.key in p.known:
        return p.known[product.key]
    if product.mirror in p.known and not product.is_scalar:
        return p.known[product.mirror].T
    found = gram(p, chain)
    if found is not None:
        return found
    sizes = [p.size(chain[0])[0], *(p.size(a)[1] for a in chain)]

    def known(i: int, j: int) -> bool:
        part = node("mul", *chain[i : j + 1])
        return part.key in p.known or part.mirror in p.known

    return bracketed(p, chain, cheapest(sizes, known))


def bracketed(p: Planner, chain: Sequence[Node], tree: Tree) -> Ref:
    if isinstance(tree, int):
        return p.of(chain[tree])
    first, last = ends(tree)
    part = node("mul", *chain[first : last + 1])
    if part.key in p.known:
        return p.known[part.key]
    if part.mirror in p.known and not part.is_scalar:
        return p.known[part.mirror].T
    ref = two(p, chain, *tree)
    p.known[part.key] = ref
    return ref


def two(p: Planner, chain: Sequence[Node], left: Tree, right: Tree) -> Ref:
    """One product of two: by BLAS, by a solve, or a scaling by a diagonal."""
    a = chain[left] if isinstance(left, int) else None
    b = chain[right] if isinstance(right, int) else None
    if a is not None and a.op == "diag":
        return p.binary("multiply", bracketed(p, chain, right), p.of(a.args[0]))
    if b is not None and b.op == "diag":
        return p.binary("multiply", bracketed(p, chain, left), p.of(b.args[0]).T)
    if a is not None and solved(p, a):
        y = bracketed(p, chain, right)
        return p.line("np.linalg.solve({0}, {1})", [p.of(inverted(a)), y], y.size, fresh=True)
    if b is not None and solved(p, b):
        y = bracketed(p, chain, left)
        inner = p.of(inverted(b)).T
        return p.line("np.linalg.solve({0}, {1})", [inner, y.T], y.size[::-1], fresh=True).T
    x = real(p, chain, left)
    y = real(p, chain, right)
    if node("mul", *chain[ends((left, right))[0] : ends((left, right))[1] + 1]).is_scalar:
        return p.line("h.dot({0}, {1})", [x.T, y], None)
    size = x.size[0], y.size[1]
    if x.size[1] == 1:
        return p.binary("multiply", x, y)
    if p.is_long(size):
        return p.line("np.matmul({0}, {1}, out={out})", [y.T, x.T], size[::-1]).T
    return p.line("np.matmul({0}, {1}, out={out})", [x, y], size)


def real(p: Planner, chain: Sequence[Node], tree: Tree) -> Ref:
    """A factor of a product in its whole size."""
    first, last = ends(tree)
    size = p.size(chain[first])[0], p.size(chain[last])[1]
    return p.full(bracketed(p, chain, tree), size)


def solved(p: Planner, a: Node) -> bool:
    """Whether A⁻¹y is a solve: where A⁻¹ itself is not needed."""
    inner = a.args[0] if a.op == "t" else a
    return inner.op == "inv" and inner.key not in p.inverses and inner.key not in p.known


def gram(p: Planner, chain: Sequence[Node]) -> Ref | None:
    """Xᵀ diag(s) X, of an X of several columns."""
    if (
        len(chain) != 3
        or node("mul", *chain).is_scalar
        or chain[1].op != "diag"
        or chain[0].key != chain[2].mirror
    ):
        return None
    x, s = p.of(chain[2]), p.of(chain[1].args[0])
    n = x.size[1]
    return p.line("h.weighted_gram({0}, {1}, {out})", [x, s], (n, n))
