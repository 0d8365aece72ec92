r"""Derivatives as people write them: productions that take the parser.

    \frac{\partial C}{\partial w}    \frac{d}{dz} f      \frac{\partial^2 C}{\partial w \partial b}
    dC/dw    \partial C / \partial w    \partial_w C    \nabla_w C    \nabla^2 C    \mathbf{D} f

How far an operator reaches over factors side by side is a habit (`grammar.Habits`).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from symgd.errors import FormulaError
from symgd.language.latex import brackets, relations
from symgd.language.latex.differentials import upright_ahead
from symgd.language.latex.messages import say
from symgd.language.latex.names import is_index
from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Differential,
    Fixed,
    Gradient,
    Listed,
    Name,
    Number,
    Power,
    Primed,
    Quotient,
    Relation,
    Transposed,
    names_below,
    product,
)
from symgd.language.latex.tokens import COMMAND, END, LETTER, SIGN, Token
from symgd.language.latex.vocabulary import BARE, DIFFERENTIALS, RELATIONS

if TYPE_CHECKING:
    from symgd.language.latex.grammar import Parser

HALF = say("note:partial-missing")
MOST_ORDER = 4
MOST_POWER = 8
# Behind these a minus is a sign, and begins no term.
SIGNED = frozenset({"^", "_", "*", "/", r"\cdot", r"\times", r"\odot"})


def fraction(p: Parser, token: Token) -> Any:
    r"""\frac{a}{b}, or a derivative where both begin with the same d."""
    mark = p.place
    found = derivative_fraction(p, token)
    if found is not None:
        return found
    p.place = mark
    found = half_derivative(p, token)
    if found is not None:
        return found
    p.place = mark
    p.fractions += 1
    top = p.group_or_atom()
    bottom = p.group_or_atom()
    p.fractions -= 1
    return Quotient(top, bottom, at=token.at)


def derivative_fraction(p: Parser, token: Token) -> Any:
    if is_differential(p) and p.ahead().text == "{":
        p.take()  # \\frac d{dm}
        return operator_fraction(p, token, 1)
    if not p.takes("{"):
        return None
    if not differential(p):
        return None
    order = order_of(p)
    if p.takes("{"):  # \partial{L} and \d{}
        of = None if p.sees("}") else p.sum()
        p.expect("}")
        if of is not None and not p.sees("}"):
            return None
    else:
        of = None if p.sees("}") else p.sum()
    if not p.takes("}"):
        return None
    return operator_fraction(p, token, order, of)


def half_derivative(p: Parser, token: Token) -> Any:
    r"""\frac{u}{\partial w} and \frac{\partial u}{w}: a derivative of which one ∂ was forgotten."""
    over, under = (_opens_with_differential(p, i) for i in (0, _behind_group(p)))
    if over == under or not p.sees("{"):
        return None
    try:
        opening = p.take()
        if over:
            p.take()
        of = p.sum()
        p.expect("}", opening)
        opening = p.token
        p.expect("{")
        by = denominator(p, "}") if under else variables_of(p.operand())
        p.expect("}", opening)
    except FormulaError:
        return None
    if by is None or len(by) != 1 or not isinstance(by[0], Name) or not isinstance(of, Name | Call):
        return None
    p.notes.append(HALF)
    return Derivative(of, by, at=token.at)


def _opens_with_differential(p: Parser, after: int) -> bool:
    r"""Whether a group with a single \partial at its front stands so many tokens ahead."""
    return p.ahead(after).text == "{" and p.ahead(after + 1).text == r"\partial" and (
        p.ahead(after + 2).text not in ("_", "^", "}")
    )  # fmt: skip


def _behind_group(p: Parser) -> int:
    """How many tokens the group takes that stands here."""
    depth, i = 0, 0
    while p.ahead(i).kind != END:
        depth += (p.ahead(i).text == "{") - (p.ahead(i).text == "}")
        i += 1
        if not depth:
            break
    return i


def operator_fraction(p: Parser, token: Token, order: int, of: Any = None) -> Any:
    """The denominator of a derivative, and what the operator works on."""
    if not p.takes("{"):
        return None
    by = denominator(p, "}")
    if by is None or not p.takes("}"):
        return None
    if len(by) != order:
        by = squares_as_names(by)  # ∂/∂σ² is in the variance
    if len(by) != order:
        return None
    if of is not None:
        return Derivative(of, by, at=token.at)
    return operator_on(p, lambda f: Derivative(f, by, at=token.at), token)


def differential(p: Parser) -> bool:
    r"""Takes a d, a ∂ or an upright d."""
    if taken := upright_ahead(p):
        for _ in range(taken):
            p.take()
        return True
    if p.sees(r"\mathbf") and p.ahead(2).text in DIFFERENTIALS:
        for _ in range(4):
            p.take()
        return True
    return p.takes("d", r"\partial", r"\d", r"\delta") if is_differential(p) else False


def is_differential(p: Parser) -> bool:
    if p.sees(r"\delta"):
        # δL/δw, but not δ_i and not δ^l.
        return p.ahead().text not in ("_", "^", "}", "(", "/") and (
            r"\delta" not in p.vocabulary.names
        )
    if p.sees("d") and p.ahead().text == "_":
        return False  # d_1 is a letter
    return p.sees("d", r"\partial", r"\d")


def order_of(p: Parser) -> int:
    """The 2 of ∂²."""
    if not p.takes("^"):
        return 1
    power = p.group_or_atom()
    if not isinstance(power, Number) or not 1 <= power.value <= MOST_ORDER:
        p.fail(say("read:order"))
    return int(power.value)


def denominator(p: Parser, closing: str) -> tuple[Any, ...] | None:
    """dw, ∂w∂b, dw²: the names, each as often as it is differentiated in."""
    by: list[Any] = []
    while not p.sees(closing):
        if p.sees("{") and p.ahead().text in DIFFERENTIALS:
            # {dw}_{1} is dw_1.
            p.take()
            p.take()
            name = p.operand()
            if not p.takes("}"):
                return None
            names = variables_of(p.with_scripts(name))
            if names is None:
                return None
            by.extend(names)
            continue
        if not differential(p):
            return None
        if p.takes("{"):
            name = p.operand() if not p.sees("}") else None
            if not p.takes("}"):
                return None
            if name is None:  # \d{} t
                name = p.operand()
            if p.takes("^"):
                name = Power(name, p.group_or_atom())
        elif p.takes("("):
            name = p.sum()
            if not p.takes(")"):
                return None
            name = p.with_scripts(name)
            if not _is_variable(name):
                by.append(name)  # ∂C/∂(‖a - y‖²)
                continue
        else:
            name = p.operand()
        names = variables_of(name)
        if names is None:
            return None
        by.extend(names)
    return tuple(by) or None


def operator(p: Parser) -> Any:
    """∇, ∂_w, D, and dC/dw on one line, if one of them stands here; else None, untouched."""
    token = p.token
    if token.kind == COMMAND and token.text == r"\nabla":
        return nabla(p, token)
    if token.kind == COMMAND and token.text in (r"\mathbf", r"\mathrm", r"\mathcal"):
        base = p.ahead(2).text if p.ahead().text == "{" else p.ahead().text
        if base in p.vocabulary.operators:
            for _ in range(4 if p.ahead().text == "{" else 2):
                p.take()
            return operator_on(p, lambda f: Derivative(f, (Name(base),), at=token.at), token)
    if token.text in p.vocabulary.operators and token.kind == LETTER:
        p.take()
        return operator_on(p, lambda f: Derivative(f, (Name(token.text),), at=token.at), token)
    if token.text in (r"\partial", "d", r"\d", r"\mathrm"):
        return inline(p, token)
    if token.text == "D" and token.kind == LETTER and "D" not in (
        p.vocabulary.names | p.vocabulary.functions
    ):  # fmt: skip
        return of_euler(p, token)
    return None


def of_euler(p: Parser, token: Token) -> Any:
    """D_x f(x) and Dx[f(x)], in the manner of Euler; None, untouched, for another D."""
    mark = p.place
    p.take()
    low = p.takes("_")
    if not low and not p.adjacent(0):
        p.place = mark
        return None
    by = p.token
    if by.kind != LETTER or not by.text.islower() or not (p.ahead().text == "[" or (
        low and p.ahead().text in ("(", "[", r"\left")
    )):  # fmt: skip
        p.place = mark
        return None
    p.take()
    name = Name(by.text, at=by.at)
    return operator_on(p, lambda f: Derivative(f, (name,), at=token.at), token)


def inline(p: Parser, token: Token) -> Any:
    """∂C/∂w, dC/dw, ∂_w C."""
    mark = p.place
    found = None
    try:
        found = inline_derivative(p, token)
    except FormulaError:
        if token.text == r"\partial" and slash_ahead(p):
            raise
    if found is None:
        p.place = mark
        if token.text == r"\partial":
            return lone(p, token)
    return found


def lone(p: Parser, token: Token) -> Any:
    r"""\partial A, in the manner of Minka: the differential of A.

    In a fraction it is a slip of the pen: the other ∂ is missing.
    """
    p.take()
    if p.fractions or p.sees("_", "^", "/") or not p.starts_operand:
        p.fail(say("read:stray-partial"), token)
    return Differential(p.operand(), at=token.at)


def inline_derivative(p: Parser, token: Token) -> Any:
    if token.text in ("d", r"\mathrm") and not slash_ahead(p):
        return None
    if not differential(p):
        return None
    if token.text == r"\partial" and p.sees("_"):
        p.take()
        by = variables_below(p)
        return operator_on(p, lambda f: Derivative(f, by, at=token.at), token)
    order = order_of(p)
    of = None if p.sees("/") else p.operand()
    if not p.takes("/") or not differential(p):
        return None
    bracket = p.sees("(")
    name = p.group_or_atom() if p.sees("{") else p.operand()
    names = (name,) if bracket and not _is_variable(name) else variables_of(name)
    while names is not None and len(names) < order and is_differential(p):
        differential(p)  # \partial^2 F / \partial x \partial y
        more = variables_of(p.operand())
        names = None if more is None else (*names, *more)
    if names is None or len(names) != order:
        return None
    if of is None:
        return operator_on(p, lambda f: Derivative(f, names, at=token.at), token)
    return Derivative(of, names, at=token.at)


def begins(p: Parser) -> bool:
    r"""Whether \frac{\partial... or \frac{d... stands here."""
    inner = p.ahead(2)
    if inner.text == r"\mathrm":
        inner = p.ahead(4 if p.ahead(3).text == "{" else 3)
    return p.sees(r"\frac") and inner.text in DIFFERENTIALS


def slash_ahead(p: Parser) -> bool:
    """Whether a slash and another d come before the next sign at this depth."""
    depth, i = 0, 1
    while True:
        here = p.ahead(i)
        if here.kind == "end" or (depth == 0 and here.text in ("+", "-", "=", ",", "&")):
            return False
        if here.text in ("(", "{", "["):
            depth += 1
        elif here.text in (")", "}", "]"):
            depth -= 1
            if depth < 0:
                return False
        elif depth == 0 and here.text == "/":
            return p.ahead(i + 1).text in ("d", r"\partial", r"\d", r"\mathrm")
        i += 1


def variables_below(p: Parser) -> tuple[Any, ...]:
    """The names in the subscript of ∇ or ∂."""
    opening = p.token
    if not p.takes("{"):
        return (p.atom(),)
    names = [p.operand()]
    while p.takes(","):
        names.append(p.operand())
    p.expect("}", opening)
    return tuple(names)


def nabla(p: Parser, token: Token) -> Any:
    p.take()
    order, by = 1, None
    while p.sees("_", "^"):
        if p.take().text == "_":
            items = variables_below(p)
            by = items[0] if len(items) == 1 else items
        else:
            power = p.group_or_atom()
            order = int(power.value) if isinstance(power, Number) else 1
    if not (p.starts_operand or p.sees("-")):
        return Gradient(None, by, order, at=token.at)
    return operator_on(p, lambda f: Gradient(f, by, order, at=token.at), token)


def up_to_function(p: Parser, first: Any) -> Any:
    r"""The u (u - v)^2 of u (u - v)^2 \sin(v)."""
    factors = [first]
    while True:
        mark = p.place
        p.times()
        if not p.starts_operand or begins(p) or begins_function(p):
            p.place = mark
            return product(*factors)
        factors.append(p.factor())


def begins_function(p: Parser) -> bool:
    """Whether a built-in function, or a power of e, stands here."""
    if p.sees("e") and p.ahead().text == "^":
        return True
    return p.token.text.removeprefix("\\") in BARE or p.sees(r"\mathrm")


def operator_on(p: Parser, make: Any, token: Token) -> Any:
    """The operator on what it reaches: a bracket, a factor, or the factors side by side."""
    mark = p.place
    if token.text != r"\nabla" and p.takes(r"\cdot", "*", r"\times") and not p.starts_operand:
        p.place = mark  # else \frac{\partial}{\partial w} \cdot u is the derivative of u
    signed = p.sees("-", "+")
    if not (p.starts_operand or signed):
        return make(None)
    if sum_ahead(p):
        p.ambiguous.add("sum")
        if p.habits.reach == "sum":
            return make(p.sum())
    if signed:
        # \\frac{d}{dx} -x^2; in brackets it may be the operator d/dx - x².
        p.ambiguous |= {"operator"} if p.bars else set()
        return make(p.signed_product())
    bracket = p.token.kind == SIGN and p.token.text in "(["
    first = p.factor()
    signs = p.token.text in (r"\cdot", "*", r"\times") or p.sees_low_dot
    if not (p.starts_operand or signs):
        return make(first)
    if _is_of_itself(make(first)):
        return make(p.rest_of_term(first))
    p.ambiguous |= {"reach", "first", "plain"}
    if p.habits.reach == "plain":
        return make(up_to_function(p, first))
    if p.habits.reach == "far":
        return make(p.rest_of_term(first))
    if p.habits.reach == "first" or bracket or token.text == r"\nabla":
        return make(first)
    return make(p.run_after(first))


def _is_of_itself(made: Any) -> bool:
    r"""Whether a gradient is that of its own variable: nobody means (\nabla_x x^T) A x."""
    if not isinstance(made, Gradient):
        return False
    of = made.of.of if isinstance(made.of, Transposed) else made.of
    return of is not None and of == made.by


def sum_ahead(p: Parser) -> bool:
    """Whether more terms follow at this depth, behind the first."""
    depth, i = 0, 1
    while p.ahead(i - 1).kind != END:
        token = p.ahead(i)
        if token.text in ("(", "{", "["):
            depth += 1
        elif token.text in (")", "}", "]"):
            depth -= 1
        elif depth == 0 and token.text in ("+", "-") and p.ahead(i - 1).text not in SIGNED:
            return True
        if depth < 0 or (depth == 0 and token.text in RELATIONS):
            return False
        i += 1
    return False


def fixed(p: Parser, derivative: Any) -> Any:
    """What stands behind the bar of a derivative: the names that are held."""
    bar = p.take()
    if not isinstance(derivative, Derivative | Gradient):
        p.fail(say("read:bar-subscript"), bar)
    opening = p.take()
    items = []
    braced = p.takes("{")
    stacked = braced and p.takes("{")  # \\substack
    while True:
        item = p.operand()
        items.append(relations.relation_after(p, item) if p.at_relation else item)
        if not (braced and p.takes(",", "\\\\")):
            break
    if stacked:
        p.expect("}", opening)
    if braced:
        p.expect("}", opening)
    cases = [i for i in items if _compares_indices(p, i)]
    p.conditions += cases  # |_{i = j} is a condition on the line
    items = [i for i in items if i not in cases]
    if cases and not items:
        return derivative
    whole = items[0] if len(items) == 1 else None
    if isinstance(whole, Listed) and not all(isinstance(v, Name) for v in whole.of):
        return Fixed(derivative, (), whole.of, at=derivative.at)  # |_{(0, 1)}
    if not all(isinstance(i, Name) or _is_value(i) for i in items):
        p.fail(say("read:held-names"), opening)
    return Fixed(derivative, tuple(items), at=derivative.at)


def taken_at(p: Parser, before: Any) -> bool:
    """Whether a bracket behind a derivative is read as the point where it is taken."""
    one = isinstance(before, Derivative) and len(set(before.by)) == 1
    if not (one and p.sees("(") and isinstance(before.by[0], Name)):
        return False
    p.ambiguous.add("at")
    called = isinstance(before.of, Name) and before.of.base in p.vocabulary.functions
    if called:
        p.ambiguous.add("called")
    return p.habits.at == "point" or (called and p.habits.at == "call")


def at_values(p: Parser, before: Any) -> bool:
    r"""Whether values of all arguments stand behind it: \partial f/\partial x (1, 0)."""
    of = before.of if isinstance(before, Derivative) else None
    return isinstance(of, Name | Call) and p.sees("(") and brackets.commas_ahead(p)


def at_point(p: Parser, derivative: Any) -> Any:
    """df/dx (3); as a call, the slope of f(x, θ) in θ at an x that does not move: df/dθ (x)."""
    by = derivative.by[0]
    if p.habits.at == "call":
        inner = brackets.bracketed(p)
        held = tuple(dict.fromkeys(n for n in names_below(inner) if n != by))
        slope = replace(derivative, of=Call(derivative.of, (inner,), at=derivative.at))
        return Fixed(slope, held, at=derivative.at) if held else slope
    here = Relation(by, "=", brackets.bracketed(p), at=derivative.at)
    return Fixed(derivative, (here,), at=derivative.at)


def _is_value(item: Any) -> bool:
    return isinstance(item, Relation) and item.sign == "=" and isinstance(item.left, Name)


def _compares_indices(p: Parser, item: Any) -> bool:
    r"""Whether this is i = j or i \neq j of two letters that run."""
    return (
        isinstance(item, Relation)
        and item.sign in ("=", "!=")
        and all(is_index(s) and s.base in p.vocabulary.indices for s in (item.left, item.right))
    )


def _is_variable(tree: Any) -> bool:
    """w, w² or wᵀ, and no expression."""
    return isinstance(getattr(tree, "base", tree), Name | Transposed | str)


def variables_of(name: Any) -> tuple[Any, ...] | None:
    """w, w² or W^T of a denominator as names to differentiate in; None for what is no name."""
    if isinstance(name, Power) and isinstance(name.base, Name):
        times = name.exponent
        if isinstance(times, Number) and times.value.denominator == 1 and times.value < MOST_POWER:
            return (name.base,) * int(times.value)
        return (name,)
    if isinstance(name, Power) and isinstance(name.exponent, Number) and name.base != Name("e"):
        return (name.base,) * int(name.exponent.value)
    if isinstance(name, Primed) and isinstance(name.of, Name):
        return (name.of,)  # ∂β∂β' in the manner of the econometricians
    return (name,) if name is not None and not isinstance(name, Number) else None


def squares_as_names(by: tuple[Any, ...]) -> tuple[Any, ...]:
    """σ, σ as the one name σ²."""
    if len(by) > 1 and len(set(by)) == 1 and isinstance(by[0], Name):
        return (Power(by[0], Number(Fraction(len(by))), at=by[0].at),)
    return by
