"""The constructors of the arranged form: sums, products, powers, transposes, inverses.

Each takes arranged parts and gives an arranged whole: flat, numbers multiplied, equal factors and
like terms collected, scalars before matrices, transposes on the factors, I and 0 and 1 gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, Final

from symgd.trees.arrays import Key, Node, eye, is_num, node, num, ones, zeros
from symgd.trees.dims import ONE, SCALAR, Shape

MINUS_ONE: Final = num(-1)
# The bits of a number that arithmetic makes; a power that would need more stays as it is.
MOST_BITS: Final = 2_000


# -- sums -----------------------------------------------------------------------------------------


def split(term: Node) -> tuple[Fraction, Node]:
    """3·X → (3, X)."""
    if term.op == "num":
        return term.data, num(1)
    if term.op == "mul" and term.args[0].op == "num":
        rest = term.args[1:]
        return term.args[0].data, rest[0] if len(rest) == 1 else node("mul", *rest)
    return Fraction(1), term


def add(*terms: Node) -> Node:
    """t₁ + t₂ + ...: like terms are one term; a term without a sign comes first."""
    shape = terms[0].shape
    table: dict[Key, tuple[Fraction, Node]] = {}
    for t in _flat_terms(terms, Fraction(1)):
        q, rest = split(t)
        key = rest.key
        table[key] = (table[key][0] + q, table[key][1]) if key in table else (q, rest)
    kept = [scale(q, rest) for q, rest in table.values() if q and rest.op != "zeros"]
    kept = [k for k in kept if not is_num(k, 0)]
    if not kept:
        return zeros(*shape)
    if len(kept) == 1:
        return kept[0]
    if split(kept[0])[0] < 0:
        first = next((k for k in kept if split(k)[0] > 0), kept[0])
        kept = [first, *(k for k in kept if k is not first)]
    return node("add", *kept)


def _flat_terms(terms: Iterable[Node], q: Fraction) -> Iterable[Node]:
    """The terms of sums within the sum; of a multiple of one, if it is -1 or 1 times it."""
    for t in terms:
        factor, rest = split(t)
        if rest.op == "add" and abs(factor) == 1:
            yield from _flat_terms(rest.args, q * factor)
        else:
            yield scale(q, t)


def scale(q: Fraction | int, x: Node) -> Node:
    """q·x."""
    if q == 1:
        return x
    if q == 0:
        return zeros(*x.shape)
    p, rest = split(x)
    if rest.op == "num":
        return num(p * q)
    if p * q == 1:
        return rest
    factors = rest.args if rest.op == "mul" and _spreads(rest) else (rest,)
    return node("mul", num(p * q), *factors)


def _spreads(product: Node) -> bool:
    """Whether the factors of a product may join another one: not a chain that is a scalar."""
    return not product.is_scalar or all(a.is_scalar for a in product.args)


def neg(x: Node) -> Node:
    """-x."""
    return scale(-1, x)


def sub(a: Node, b: Node) -> Node:
    """a - b."""
    return add(a, neg(b))


# -- products -------------------------------------------------------------------------------------


def mul(*factors: Node) -> Node:
    """f₁f₂...: the number, the scalars, then the chain of matrices."""
    scalars, chain = _gather(factors)
    shape = (chain[0].rows, chain[-1].cols) if chain else SCALAR
    if any(a.op == "zeros" for a in chain):
        return zeros(*shape)
    chain, more = _chain(chain, shape)
    q, powers = _powers([*scalars, *more])
    if q == 0:
        return zeros(*shape)
    if chain and shape == SCALAR:
        q, powers = _powers([num(q), *powers, _one_chain(chain)])
        chain = []
    if q != 1:
        powers = [num(q), *powers]
    whole = [*powers, *chain]
    if len(whole) == 1:
        return whole[0]
    return node("mul", *whole) if whole else num(1)


def _gather(factors: Iterable[Node]) -> tuple[list[Node], list[Node]]:
    """The scalars and the chain, the products among the factors opened."""
    scalars: list[Node] = []
    chain: list[Node] = []
    for f in factors:
        for a in f.args if f.op == "mul" and _spreads(f) else (f,):
            if not a.is_scalar:
                chain.append(a)
            else:
                scalars.append(a)
    return scalars, chain


def _one_chain(chain: list[Node]) -> Node:
    return chain[0] if len(chain) == 1 else node("mul", *chain)


def _chain(chain: list[Node], shape: Shape) -> tuple[list[Node], list[Node]]:
    """The chain without I, equal neighbours as powers, and the scalars that stood in it."""
    out: list[Node] = []
    scalars: list[Node] = []
    for a in chain:
        if a.op == "eye":
            continue
        _push(out, a)
        _hoist(out, scalars, len(chain))
    if not out and shape != SCALAR and chain:
        out = [eye(shape[0])]
    if len(out) > 1 and out[0].rows == ONE and out[-1].cols == ONE and shape != SCALAR:
        scalars.append(node("mul", *out))
        out = []
    return out, scalars


def _push(out: list[Node], a: Node) -> None:
    """One more factor: X·X is X², X⁻¹·X is I, 1·1ᵀ·1 is n·1."""
    while out:
        last = out[-1]
        x, p = _base(last)
        y, q = _base(a)
        if x == y and x.rows == x.cols:
            out.pop()
            if p + q == 0:
                return
            a = matrix_power(x, p + q)
            continue
        break
    out.append(a)


def _base(a: Node) -> tuple[Node, int]:
    """X⁻² → (X, -2)."""
    if a.op == "mpow":
        x, k = _base(a.args[0])
        return x, k * a.data
    if a.op == "inv":
        x, k = _base(a.args[0])
        return x, -k
    if a.op == "t" and a.args[0].op in ("mpow", "inv"):
        x, k = _base(a.args[0])
        return t(x), k
    return a, 1


def _hoist(out: list[Node], scalars: list[Node], length: int) -> None:
    """xᵀ y inside a longer chain is a scalar."""
    if out and out[-1].cols == ONE:
        start = next((i for i in range(len(out) - 1, -1, -1) if out[i].rows == ONE), None)
        if start is not None and length > len(out) - start and len(out) - start > 1:
            scalars.append(mul(*out[start:]))
            del out[start:]


def _powers(factors: Iterable[Node]) -> tuple[Fraction, list[Node]]:
    """The number in front, and each scalar once with its exponent."""
    q = Fraction(1)
    order: dict[Key, tuple[Node, Node]] = {}
    pending = list(factors)
    while pending:
        f = pending.pop(0)
        if f.op == "num":
            q *= f.data
            continue
        if f.op == "mul" and _spreads(f):
            pending = [*f.args, *pending]
            continue
        base, e = base_exponent(f)
        if base.op == "num" and e.op == "num":
            order.setdefault(f.key, (base, num(0)))
        key = base.key
        order[key] = (base, add(order[key][1], e) if key in order else e)
    kept = []
    for base, e in order.values():
        f = power(base, e)
        if f.op == "num":
            q *= f.data
        else:
            kept.append(f)
    return q, kept


def base_exponent(f: Node) -> tuple[Node, Node]:
    """x² → (x, 2)."""
    return (f.args[0], f.args[1]) if f.op == "power" else (f, num(1))


def power(base: Node, e: Node, data: Any = None) -> Node:
    """base^e, entry by entry."""
    if is_num(e, 1):
        return base
    if is_num(e, 0):
        return ones(*base.shape)
    if base.op == "ones":
        return base
    if base.op == "num" and e.op == "num":
        return _number_power(base, e)
    if base.op == "power" and e.op == "num" and base.args[1].op == "num" and _may_nest(base, e):
        return power(base.args[0], num(base.args[1].data * e.data))
    if base.op == "mul" and e.op == "num" and e.data.denominator == 1:
        scalars = [a for a in base.args if a.is_scalar]
        chain = [a for a in base.args if not a.is_scalar]
        if len(scalars) == len(base.args) or (len(chain) == 1 and scalars):
            return mul(*(power(a, e) for a in base.args))
    if base.op == "had" and e.op == "num" and e.data.denominator == 1:
        return had(*(power(a, e) for a in base.args))
    if base.op == "function" and str(base.data) == "abs" and e.op == "num" and e.data % 2 == 0:
        return power(base.args[0], e)
    return node("power", base, e)


def _may_nest(base: Node, e: Node) -> bool:
    """(u^a)^b is u^(ab) where the root of u was taken first, or no root is taken at all."""
    return base.args[1].data.denominator > 1 or e.data.denominator == 1


def _number_power(base: Node, e: Node) -> Node:
    q, k = base.data, e.data
    bits = abs(k) * max(q.numerator.bit_length(), q.denominator.bit_length())
    if k.denominator == 1 and bits <= MOST_BITS and (q or k > 0):
        return num(q ** int(k))
    return num(1) if q == 1 else node("power", base, e)


def matrix_power(x: Node, k: int) -> Node:
    """X^k: below zero a power of X⁻¹."""
    if k < 0:
        x, k = (t(inv(x.args[0])) if x.op == "t" else inv(x)), -k
    return eye(x.rows) if k == 0 else x if k == 1 else node("mpow", x, data=k)


def mpow(x: Node, data: Any) -> Node:
    """X^k, of a power and of an inverse too."""
    base, p = _base(x)
    q, rest = split(base)
    if q != 1:
        return scale(q ** (p * data), matrix_power(rest, p * data))
    return matrix_power(base, p * data)


def raised(x: Node, k: Node, data: Any = None) -> Node:
    """X^k of a whole k that has a name: of a number that power, of cX the power of c in front."""
    if k.op == "num":
        return matrix_power(x, int(k.data)) if k.data.denominator == 1 else node("raised", x, k)
    if x.op == "eye":
        return x
    scalars = [a for a in x.args if a.is_scalar] if x.op == "mul" else []
    if scalars:
        rest = mul(*(a for a in x.args if not a.is_scalar))
        return mul(*(power(a, k) for a in scalars), raised(rest, k))
    return node("raised", x, k)


def _power_of(e: Node, x: Node) -> Node | None:
    """The j of e = X^j."""
    base, j = e.args if e.op == "raised" else _base(e)
    if base != x:
        return None
    return j if isinstance(j, Node) else num(j)


def draised(x: Node, direction: Node, k: Node, data: Any = None) -> Node:
    """Σ X^i E X^(k-1-i), i from 0 to k - 1: of cX^j it is ck X^(k-1+j)."""
    if direction.op == "zeros":
        return direction
    scalars = [a for a in direction.args if a.is_scalar] if direction.op == "mul" else []
    rest = mul(*(a for a in direction.args if not a.is_scalar)) if scalars else direction
    if rest.op == "eye":
        return mul(k, *scalars, raised(x, add(k, MINUS_ONE)))
    if (power := _power_of(rest, x)) is not None:
        return mul(k, *scalars, raised(x, add(k, power, MINUS_ONE)))
    return mul(*scalars, node("draised", x, rest, k))


def had(*factors: Node, data: Any = None) -> Node:
    """A∘B∘...: equal factors as powers, scalars in front, 1 gone."""
    shape = factors[0].shape
    if shape == SCALAR:
        return mul(*factors)
    scalars: list[Node] = []
    order: dict[Key, tuple[Node, Node]] = {}
    pending = list(factors)
    while pending:
        f = pending.pop(0)
        if f.op == "had":
            pending = [*f.args, *pending]
            continue
        if f.op == "zeros":
            return f
        if f.op == "mul" and f.args[0].is_scalar:
            chain = [a for a in f.args if not a.is_scalar]
            scalars += [a for a in f.args if a.is_scalar]
            pending = [mul(*chain), *pending]
            continue
        if f.op != "ones":
            base, e = base_exponent(f)
            key = base.key
            order[key] = (base, add(order[key][1], e) if key in order else e)
    kept = [p for base, e in order.values() if (p := power(base, e)).op != "ones"]
    if not kept:
        return mul(*scalars, ones(*shape))
    whole = kept[0] if len(kept) == 1 else node("had", *kept)
    return mul(*scalars, whole) if scalars else whole


# -- transposes, inverses -------------------------------------------------------------------------


def t(x: Node, data: Any = None) -> Node:
    """xᵀ: onto the factors of a product, and gone where x is symmetric."""
    if x.is_symmetric:
        return x
    if x.op == "t":
        return x.args[0]
    if x.op in ("ones", "zeros"):
        return (ones if x.op == "ones" else zeros)(x.cols, x.rows)
    if x.op == "mpow":
        return matrix_power(t(x.args[0]), x.data)
    if x.op == "raised":
        return raised(t(x.args[0]), x.args[1])
    if x.op == "mul":
        scalars = [a for a in x.args if a.is_scalar]
        chain = [t(a) for a in reversed(x.args) if not a.is_scalar]
        return node("mul", *scalars, *chain) if len(scalars) + len(chain) > 1 else chain[0]
    if x.op == "rsum" and x.args[0].op == "t":
        return node("csum", x.args[0].args[0])
    if x.op == "csum" and x.args[0].op == "t":
        return node("rsum", x.args[0].args[0])
    if x.op in _INWARD:
        inner = [t(a) if not a.is_scalar else a for a in x.args]
        if sum(a.weight for a in inner) <= sum(a.weight for a in x.args):
            return _INWARD[x.op](*inner, data=x.data)
    return node("t", x)


def inv(x: Node, data: Any = None) -> Node:
    """x⁻¹."""
    if x.op == "inv":
        return x.args[0]
    if x.op == "eye":
        return x
    if x.is_scalar:
        return power(x, MINUS_ONE)
    if x.op == "mpow":
        return mpow(inv(x.args[0]), x.data)
    if x.op == "raised":
        return raised(x.args[0], neg(x.args[1]))
    if x.op == "t":
        return t(inv(x.args[0]))
    if x.op == "mul":
        scalars = [a for a in x.args if a.is_scalar]
        chain = [a for a in x.args if not a.is_scalar]
        if all(a.rows == a.cols for a in chain) and (scalars or len(chain) > 1):
            return mul(*(power(s, MINUS_ONE) for s in scalars), *(inv(a) for a in reversed(chain)))
        if scalars:
            return mul(*(power(s, MINUS_ONE) for s in scalars), inv(mul(*chain)))
    if x.op == "diag":
        return node("diag", power(x.args[0], MINUS_ONE))
    return node("inv", x)


def _same(op: str) -> Callable[..., Node]:
    return lambda x, data: node(op, x, data=data)


# xᵀ of these is taken of the parts instead, if that is no longer
_INWARD: Final[dict[str, Callable[..., Node]]] = {
    "add": lambda *args, data: add(*args),
    "had": had,
    "power": power,
    "function": _same("function"),
    "inv": inv,
    "pinv": _same("pinv"),
    "mpow": mpow,
    "raised": raised,
    "expm": _same("expm"),
}
