"""What one statement says: of which kind it is, and which name it is about."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from symgd.functions import ROWS, Activation
from symgd.judge.environment.chance import is_another
from symgd.judge.environment.declarations import (
    declare,
    moment_of,
    orthogonality,
    symmetry,
)
from symgd.judge.environment.dependence import bases_in
from symgd.judge.environment.lexicon import is_logarithm
from symgd.judge.trouble import Misfit, NotUnderstood
from symgd.judge.values.agreement import agree
from symgd.judge.values.points import INFINITESIMAL, number_of, summed_to
from symgd.judge.values.sampling import Sampler
from symgd.language.latex.names import is_built_in, signature
from symgd.language.latex.statements import Statement
from symgd.language.latex.syntax import (
    Big,
    Call,
    Derivative,
    Gradient,
    Integral,
    Interval,
    Limit,
    Listed,
    Matrix,
    Members,
    Minus,
    Name,
    Number,
    Power,
    Primed,
    Relation,
    Sum,
    Transposed,
    names_below,
    walk,
)
from symgd.language.latex.vocabulary import FUNCTIONS


def is_of_numbers(said: Statement) -> bool:
    r"""Whether a row says which numbers a vector has: two of them are two vectors."""
    last = said.members[-1]
    last = last.of if isinstance(last, Transposed) else last
    return isinstance(last, Listed | Matrix) and not any(True for _ in names_below(last))


def of_another_kind(known: Statement, said: Statement) -> bool:
    r"""Whether f(x) = \sin x stands below f(x) = x^2: no slip makes one of the other."""
    if not isinstance(said.members[0], Call) or len(said.members) != len(known.members):
        return False
    kinds = [
        {n.function.base if isinstance(n, Call) else n.base
         for n in walk(s.members[-1]) if isinstance(n, Call | Power)
         and (isinstance(n, Call) or n.base == Name("e"))}
        for s in (known, said)
    ]  # fmt: skip
    return kinds[0] != kinds[1]


def is_of_a_case(said: Statement) -> bool:
    """Whether the text compares what is worked out: Σ_k w_k x_k + b > 0, and not x > 0."""
    comparing = (
        not said.continues and bool(said.signs) and set(said.signs) <= {"<", ">", "<=", ">="}
    )
    return comparing and not all(isinstance(m, Name | Number | Minus) for m in said.members)


def solved_for(member: Any) -> Iterator[str]:
    """What an equation with 0 may be solved for: of a derivative, the letters that it is in."""
    if isinstance(member, Derivative):
        yield from (b for by in member.by for b in bases_in(by))
    else:
        found = (member.by if isinstance(member, Gradient) else None) or member
        if not is_at_numbers(found):
            yield from set(bases_in(found)) - bound_in(found)


def is_at_numbers(tree: Any) -> bool:
    """Whether this is f(1): that it is 0 says something of f, and not which function f is."""
    return isinstance(tree, Call) and all(number_of(a) is not None for a in tree.arguments)


def bound_in(tree: Any) -> set[str]:
    """The letters that stand for no value outside of a formula: the x of lim f(x), ∫ f(x) dx."""
    nodes = list(walk(tree))
    limits = {n.by.base for n in nodes if isinstance(n, Limit)}
    run = {i.base for n in nodes if isinstance(n, Big) for i in n.indices}
    moved = {n.by.base for n in nodes if isinstance(n, Integral)}
    return limits | run | moved


def bounded(said: Statement) -> set[str]:
    """The letters that an assumption bounds, each with what is said of it: `W_[1][] in`.

    None where it is about a value, as in f'(x) > 0.
    """
    # x > 0 and, further down, x < 0: the later holds. Where x lies and its size are two facts.
    if set(said.signs) == {"sim"}:
        return {f"{b} sim" for b in sampled(said.members[0])}
    kind = "in" if set(said.signs) == {"in"} else "<"
    names = {f"{_name_key(m)} {kind}" for m in said.members if isinstance(m, Name)}
    plain = all(isinstance(m, Name | Number | Minus | Members | Interval) for m in said.members)
    return names if plain else set()


def sampled(left: Any) -> list[str]:
    """The letters of x ~ p and of (x, y) ~ p."""
    names = left.of if isinstance(left, Listed) else (left,)
    return [n.base for n in names if isinstance(n, Name)]


def is_derivative(said: Statement) -> bool:
    """Whether a statement says what a derivative is: no text defines that of what is known."""
    left = said.members[0]
    return any(isinstance(n, Derivative | Gradient | Primed) for n in walk(left)) or (
        isinstance(left, Call) and bool(left.order)
    )


def is_of_one_number(said: Statement) -> bool:
    r"""Whether several letters are one number: the weights are equal at $u = v = 0$."""
    *names, number = said.members
    plain = len(names) > 1 and all(isinstance(m, Name) for m in names)
    return plain and set(said.signs) == {"="} and not any(True for _ in names_below(number))


def is_of_a_point(said: Statement) -> bool:
    r"""Whether L(H_{12}) = 1/8 says what a function is at one thing, and not what it is."""
    left = said.members[0]
    if not isinstance(left, Call) or not left.values or set(said.signs) != {"="}:
        return False
    inside = {n for m in said.members[1:] for n in names_below(m)}
    return all(
        isinstance(a, Name) and a not in inside
        and any(isinstance(i, Number) for i in (*a.below, *a.above)) for a in left.values
    )  # fmt: skip


def value_of(said: Statement) -> tuple[Name, Any] | None:
    """(w, 0.5) of w = 0.5: a number for a letter, or an array of numbers."""
    if said.continues or said.signs != ("=",) or not isinstance(said.members[0], Name):
        return None
    name, number = said.members
    entries = [x for row in number.rows for x in row] if isinstance(number, Matrix) else [number]
    return None if None in map(number_of, entries) else (name, number)


def assumed_letter(said: Statement, declared: Collection[str]) -> str | None:
    """The letter of which an equation says what it is like: Kᵀ = K, sum(y) = 1."""
    if said.signs != ("=",) or said.continues:
        return None
    left, right = said.members
    relation = Relation(left, "=", right)
    if isinstance(left, Name):  # A = Aᵀ
        base, kind = symmetry(relation), ""
    elif (moment := moment_of(left, right)) is not None:
        base, kind = moment.base, f"{left.kind} "
    else:
        total = summed_to(relation)
        base = symmetry(relation) or orthogonality(relation)
        base = base or (total and total[0]) or _law_of(relation, declared)
        kind = ""
    return None if base is None or _is_declared(base, declared) else kind + base


def _is_declared(base: str, declared: Collection[str]) -> bool:
    return any(key.startswith(f"{base}[") for key in declared)


def _law_of(relation: Relation, declared: Collection[str]) -> str | None:
    r"""A letter of c^2 + s^2 = 1 or \epsilon^2 = 0, where nothing says what the letters are."""
    if number_of(relation.right) is None or not isinstance(relation.left, Sum | Power):
        return None
    nodes = list(walk(relation.left))
    if not all(isinstance(n, Sum | Power | Name | Number | Minus) for n in nodes):
        return None
    letters = [n.base for n in nodes if isinstance(n, Name)]
    power = any(isinstance(n, Power) and number_of(n.exponent) == 2 for n in nodes)
    known = any(_is_declared(b, declared) for b in letters)
    law = len(set(letters)) > 1 or bool(set(letters) & (INFINITESIMAL | {"i"}))
    return letters[0] if law and power and not known else None


def declares(said: Statement) -> str | None:
    """The key that a statement may declare: its left side, if that is a name or a call."""
    if said.continues or not said.signs or said.signs[0] != "=":
        return None
    key = _key(said)
    return None if key is None or _says_of_itself(said, key) else key


def stated_left(said: Statement) -> Any:
    """The left side of a statement; of log p(x) what stands in the logarithm."""
    left = said.members[0]
    return left.arguments[0] if is_logarithm(left) else left


def stated_name(said: Statement) -> Name:
    """The name that a statement declares."""
    left = stated_left(said)
    found = left.function if isinstance(left, Call) else left
    assert isinstance(found, Name)
    return found


def is_word(base: str) -> bool:
    """Whether a function goes by a word, as rank does."""
    return len(base) > 1 and base.isalpha()


def _key(said: Statement) -> str | None:
    left = said.members[0]
    if is_logarithm(left):
        left = left.arguments[0]
        if isinstance(left, Name) and isinstance(said.members[-1], Name):
            return None  # \\log x = y: y is what is new, if anything is
    if isinstance(left, Call):
        # \tanh is known, \tanh_{\mathrm{LeCun}} is somebody's own, and so is ELU with its α.
        if left.order or (
            is_built_in(left.function) and not (_has_parameter(said) or _sets_parameter(said))
        ):
            return None
        if not all(isinstance(a, Name | Number | Power) for a in left.values):
            return None
        left = left.function
    if not isinstance(left, Name):
        return None
    return _name_key(left)


def _name_key(name: Name) -> str:
    below = ",".join(_item(i) for i in name.below)
    above = ",".join(_item(i) for i in name.above)
    return f"{signature(name)}[{below}][{above}]"


def _has_parameter(said: Statement) -> bool:
    """Whether a known function is declared with the letters of its parameters: ELU(z) with α."""
    return 0 < len(_free(said)) <= _count_of_parameters(said.members[0])


def _sets_parameter(said: Statement) -> bool:
    """Whether a known function is declared with a number for its parameter: LReLU(z) with 0.1."""
    call, body = said.members[0], said.members[-1]
    if _count_of_parameters(call) != 1 or _free(said) or len(said.members) != 2:
        return False
    sampler = Sampler(declare([], [], [said.text]))
    for number in {n for n in walk(body) if isinstance(n, Number)}:
        given = replace(call, arguments=(*call.arguments, number))
        try:
            trials = sampler.trials([given, body], [])
        except (NotUnderstood, Misfit):
            continue
        if trials and all(agree(t.values[0], t.values[1], t.digits) for t in trials):
            return True
    return False


def _count_of_parameters(call: Call) -> int:
    row = ROWS.get(FUNCTIONS[call.function.base.removeprefix("\\")])
    return len(row.parameters) if isinstance(row, Activation) else 0


def _free(said: Statement) -> set[Name]:
    """The letters of a body that are no arguments of the function it declares."""
    letters = {n for n in names_below(said.members[-1]) if n.base not in ("e", r"\pi")}
    return letters - set(said.members[0].values)


def _item(item: Any) -> str:
    if isinstance(item, Number):
        return str(item.value)
    return item.base if isinstance(item, Name) else repr(item)


def _says_of_itself(said: Statement, key: str) -> bool:
    """E' = ..., and a left side that stands on the right as well: an update, or a claim."""
    left = said.members[0]
    left_call = stated_left(said)
    name = stated_name(said)
    last = said.members[-1]
    if isinstance(left, Name) and isinstance(last, Name) and last.base == left.base and left.below:
        return True  # H_ij = H_ji
    for member in said.members[1:]:
        for node in walk(member):
            calls = isinstance(node, Call) and isinstance(left_call, Call)
            same = calls and node.function == name
            if same and (is_word(name.base) or not is_another(node, left_call)):
                return True  # σ(z) = 1 - σ(-z), rank(A) = rank(z)
            if (
                isinstance(node, Primed | Derivative | Gradient)
                and node is member
                and (isinstance(left, Name) and left.base == "E")
            ):
                return True
            if node == name and not (isinstance(left, Call) and not is_logarithm(left)):
                return True
    return False
