"""What a wrong derivative should have been: derived by symgd's own engine, in the author's names.

The declared definitions become a model whose parameter is the name that is differentiated in, and
its derivation's last line is the answer; where there are arrays, `matrices` does the same. Lines
with indices or unknown functions have none.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy as sp

from symgd.derive import derive
from symgd.errors import SymgdError
from symgd.functions import ROWS, function
from symgd.judge.environment.environment import Environment
from symgd.judge.verdicts.matrices import right_in_arrays
from symgd.judge.verdicts.proof import NoProof, Symbolic
from symgd.language.latex.printer import to_latex
from symgd.language.latex.syntax import (
    Absolute,
    Call,
    Derivative,
    Minus,
    Name,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    exchange,
    names_below,
    walk,
)
from symgd.language.latex.vocabulary import FUNCTIONS
from symgd.language.named import from_row
from symgd.models import model
from symgd.trees.scalars import function_name, is_application, rebuild, settle

MOST_DEFINITIONS = 12
# A letter that no formula of a person has.
LETTER = "v{}"


def right_side(env: Environment, left: Any) -> str | None:
    r"""The LaTeX of what `left`, a derivative ∂C/∂w, is; None where the engine has no answer."""
    if isinstance(left, Call) and left.order == 1 and len(left.arguments) == 1:
        left = Derivative(replace(left, order=0), left.arguments)  # σ'(z) is ∂σ(z)/∂z
    if env.shapes.arrays:
        return right_in_arrays(env, left)
    if not isinstance(left, Derivative) or len(left.by) != 1:
        return None
    try:
        return to_latex(_derived(env, left.of, left.by[0]))
    except (NoProof, SymgdError, RecursionError, TypeError, ValueError, KeyError, AttributeError):
        return None


def _derived(env: Environment, of: Any, by: Any) -> Any:
    if not isinstance(by, Name):
        raise NoProof
    symbolic = Symbolic(env)
    by = symbolic.canonical(by)
    letters: dict[Name, sp.Symbol] = {}
    definitions: dict[str, Any] = {}

    def letter(name: Name) -> sp.Symbol:
        """The letter of a name, its definition entered before it."""
        name = symbolic.canonical(name)
        if name in letters:
            return letters[name]
        found = [d for d in env.definitions.get(name.base, ()) if d.name == name]
        if name != by and found:
            enter(name, found[0].body)
        elif name != by and any(symbolic.counts(i) for i in (*name.below, *name.above)):
            raise NoProof
        return letters.setdefault(name, sp.Symbol(LETTER.format(len(letters)), real=True))

    def enter(name: Name, body: Any) -> None:
        inner = {n: letter(n) for n in names_below(body) if _is_value(env, n)}
        if len(letters) > MOST_DEFINITIONS:
            raise NoProof
        new = letters.setdefault(name, sp.Symbol(LETTER.format(len(letters)), real=True))
        definitions[new.name] = symbolic.of(body, inner)

    typed = of
    found = env.functions_of(of.function) if isinstance(of, Call) else []
    if len(found) == 1 and len(found[0].variables) == len(of.arguments):
        of = exchange(found[0].body, dict(zip(found[0].variables, of.arguments, strict=True)))
    cost = of if isinstance(of, Name) else Name(r"\square")
    if isinstance(of, Name):
        letter(of)
    else:
        enter(cost, of)
    if not definitions or by not in letters:
        raise NoProof
    graph = model(definitions, [letters[by].name])
    # The last section is that of the one parameter; what it quotes is left to its own names.
    result = derive(graph).sections[-1].result
    names = {s.name: n for n, s in letters.items()}
    written = {n.function.base for t in env.document.trees for n in walk(t) if isinstance(n, Call)}
    told = _tree(_opened(result, written | set(env.definitions)), names)
    # of what has no name the answer may be told by itself: σ'(t) = σ(t)(1 - σ(t))
    return told if isinstance(of, Name) else exchange(told, {cost: typed})


def _is_value(env: Environment, name: Name) -> bool:
    constant = name.base in ("e", r"\pi") and not env.declared(name.base)
    return not constant and not env.is_function(name)


def _opened(e: Any, written: set[str]) -> Any:
    """An expression with the formulas of functions of the catalogue that the author does not write:
    whoever types 1/(1 + e^{-x}) may have no σ.
    """
    if not e.args:
        return e
    args = tuple(_opened(a, written) for a in e.args)
    row = ROWS.get(function_name(e)) if is_application(e) else None
    if row is None or written & {row.latex, f"\\{row.name}", row.name}:
        return rebuild(e, args)
    return settle(from_row(function(row.name)).at(*args))


def _tree(expr: Any, names: dict[str, Name]) -> Any:
    """The sympy expression as a tree in the author's names."""

    def of(e: Any) -> Any:
        if e.is_Symbol:
            return names[e.name]
        if e.is_Integer:
            return _number(e)
        if e.is_Rational:
            half = Quotient(_number(abs(e.p)), _number(e.q))
            return half if e.p > 0 else Minus(half)
        if e is sp.E or e is sp.pi:
            return Name("e" if e is sp.E else r"\pi")
        if e.is_Add:
            return Sum(tuple(map(of, e.args)))
        if e.is_Mul or (e.is_Pow and e.exp.is_Rational and e.exp < 0):
            return _product(list(sp.Mul.make_args(e)), of)
        if isinstance(e, sp.exp):
            return Power(Name("e"), of(e.args[0]))
        if e.is_Pow:
            return Power(of(e.base), of(e.exp))
        if isinstance(e, sp.Abs):
            return Absolute(of(e.args[0]))
        name = function_name(e) if is_application(e) else type(e).__name__.lower()
        if name not in FUNCTIONS:
            raise NoProof  # what has no name on a page, such as a piecewise expression of SymPy
        head = Name(ROWS[row].latex) if (row := FUNCTIONS[name]) in ROWS else Name(f"\\{name}")
        return Call(head, tuple(map(of, e.args)))

    return of(expr)


def _product(factors: list[Any], of: Any) -> Any:
    """Factors over factors, a minus in front."""
    above, below = [], []
    minus = False
    for f in factors:
        if f.is_Rational and f < 0:
            minus = not minus
            f = -f
        if f == 1:
            continue
        if f.is_Pow and f.exp.is_Rational and f.exp < 0:
            below.append(of(f.base if f.exp == -1 else sp.Pow(f.base, -f.exp, evaluate=False)))
        else:
            above.append(of(f))
    top = _side_by_side(above)
    tree = Quotient(top, _side_by_side(below)) if below else top
    return Minus(tree) if minus else tree


def _side_by_side(items: list[Any]) -> Any:
    if not items:
        return _number(1)
    return items[0] if len(items) == 1 else Product(tuple(items), ("",) * (len(items) - 1))


def _number(n: Any) -> Number:
    value = Fraction(int(n))
    return Number(value) if value >= 0 else Minus(Number(-value))  # type: ignore[return-value]
