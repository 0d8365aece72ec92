r"""What stands behind the name of a function: \log x, \tanh^2 z, \max_j z_j; f(x) or f x.

A function that is built in takes brackets, a group, or what stands side by side; behind a letter
the brackets are its argument where the document, or custom, says that the letter is a function,
and a factor otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symgd.language.latex import brackets
from symgd.language.latex.differentials import upright_ahead
from symgd.language.latex.messages import say
from symgd.language.latex.names import INDICATOR, script_items, signature, word_ahead
from symgd.language.latex.syntax import (
    ONE,
    TWO,
    Absolute,
    Call,
    Derivative,
    Gradient,
    Indicator,
    Listed,
    Matrix,
    Minus,
    Name,
    Norm,
    Number,
    Power,
    Primed,
    Product,
    Quotient,
    Transposed,
)
from symgd.language.latex.tokens import COMMAND, LETTER, NUMBER, Token
from symgd.language.latex.vocabulary import (
    BARE,
    DIFFERENTIALS,
    FUNCTION_LETTERS,
    FUNCTIONS,
    PRINTED,
    PROBABILITIES,
)

if TYPE_CHECKING:
    from symgd.language.latex.grammar import Parser

PAIR = 2
# How many tokens may stand up to the circle of (f \\circ g)(x).
FARTHEST = 8
# After these a function without brackets has its whole argument.
WHOLE = (Quotient, Listed, Matrix, Norm, Absolute)

# Parameters that a function is written with: h_θ(x).
OF_PARAMETERS = frozenset({Name(r"\theta"), Name(r"\phi"), Name(r"\psi")})

# What stands before the base of a name that may be a function which nobody has declared.
CALLED = "function "
STOPS_ARGUMENT = frozenset({r"\frac", r"\sum", r"\prod", r"\nabla", r"\mathbb", *DIFFERENTIALS})


def composed(p: Parser) -> Any:
    r"""f(g(x)) of (f \circ g)(x), and its derivative in x of (f \circ g)'(x); None of others."""
    circles = [t for t in map(p.ahead, range(1, FARTHEST)) if p.text.startswith(r"\circ", t.at)]
    if p.token.text != "(" or not circles:
        return None
    mark, token = p.place, p.take()
    named = [p.operand()] if p.starts_operand else []
    if len(named) == 1 and p.token == circles[0] and p.take() and p.starts_operand:
        named.append(p.operand())
    primes = 0
    if len(named) == PAIR and p.takes(")"):
        while p.takes("'"):
            primes += 1
        if all(isinstance(n, Name) for n in named) and primes <= 1 and p.sees("("):
            inner = brackets.arguments(p, p.take())
            outer = Call(named[0], (Call(named[1], inner, at=token.at),), at=token.at)
            if not primes:
                return outer
            if len(inner) == 1 and isinstance(inner[0], Name):
                return Derivative(outer, inner, at=token.at)
    p.place = mark
    return None


def known_function(p: Parser, token: Token, word: str) -> Any:
    """The function of an upright word, if it is one."""
    if word in p.vocabulary.names | p.vocabulary.functions:
        return None
    word = word.replace("\\_", "_")
    return function(p, token, word) if begins(p, word) else None


def printed_function(p: Parser) -> Any:
    r"""A function that symgd prints in more than one word, with its argument: \ln\Gamma(z)."""
    for texts, name in PRINTED.get(p.token.text, ()):
        behind = p.ahead(len(texts)).text
        same = all(p.ahead(i).text == text for i, text in enumerate(texts))
        if same and behind in ("(", "'") and name not in p.vocabulary.functions:
            token = p.token
            for _ in texts:
                p.take()
            return function(p, token, name)
    return None


def begins(p: Parser, word: str, after: int = 0) -> bool:
    """Whether a word is a function here, `after` tokens ahead of its argument."""
    return word in BARE or (word in FUNCTIONS and p.ahead(after).text in ("(", "[", "'"))


def function(p: Parser, token: Token, word: str) -> Any:
    r"""\log x, \tanh^2 z_2, \exp(-z), \log\frac{a}{b}, \max_j z_j."""
    name = Name("\\" + word, at=token.at)
    primes, power = 0, None
    while p.sees("^", "_", "'"):
        if p.sees("'") and power is not None:
            p.fail(say("read:prime-behind-power"))
        if p.takes("'"):
            primes += 1
        elif p.takes("_"):
            name = Name(name.base, script_items(p), at=token.at)
        else:
            p.take()
            if p.takes(r"\prime"):
                primes += 1
            else:
                power = p.group_or_atom()
    if p.sees("(", "[", r"\{"):
        opening = p.take()
        arguments = brackets.arguments(p, opening, "(")
    elif bracket_in_group(p):
        p.take()
        arguments = brackets.arguments(p, p.take(), "(")
        p.expect("}")
    elif p.sees("{") and not group_has_argument(p):
        arguments = (p.group_or_atom(),)
    else:
        arguments = (bare_argument(p),)
        if token.text == r"\mathrm" and isinstance(arguments[0], Number):
            arguments = (p.rest_of_term(arguments[0]),)  # \operatorname{erf}4 \cdot w, of SymPy
    if not arguments:
        p.fail(say("read:no-argument"), token)
    call: Any = Call(name, arguments, primes, at=token.at)
    if p.sees("_"):
        call = p.with_scripts(call)
    if power == Minus(ONE) and word in ("sin", "cos", "tan", "tanh", "sinh"):
        p.fail(say("read:inverse-or-power", function=word), token)
    if power is None and p.sees("^"):
        call = p.with_scripts(call)
    return call if power is None else Power(call, power, at=token.at)


def bare_argument(p: Parser) -> Any:
    """The argument of a function without brackets: the names and numbers side by side."""
    if not (p.starts_operand or p.sees("-", "+")):
        p.fail(say("read:no-argument"))
    at = p.token.at
    first = p.factor()
    factors = [first]
    if p.starts_operand and not begins_function(p) and isinstance(first, Call):
        p.ambiguous.add("argument")  # \\log P(w) R
        if p.habits.argument == "first":
            return first
    while (
        (not isinstance(first, WHOLE) and p.token.kind in (LETTER, NUMBER, COMMAND))
        and p.starts_operand
        and not begins_function(p)
    ):
        factors.append(p.factor())
    if len(factors) == 1:
        return first
    return Product(tuple(factors), ("",) * (len(factors) - 1), at=at)


def begins_function(p: Parser) -> bool:
    token = p.token
    name = token.text.removeprefix("\\")
    if token.kind == LETTER:
        return word_ahead(p) is not None or token.text in p.vocabulary.functions
    stops = token.text in STOPS_ARGUMENT or bool(upright_ahead(p))  # \cos x \mathrm{d}x
    return stops or name in BARE or token.text in p.vocabulary.functions


def root(p: Parser, token: Token) -> Any:
    degree: Any = TWO
    if p.sees("["):
        opening = p.take()
        degree = p.sum()
        p.expect("]", opening)
    inner = p.group_or_atom()
    return Power(inner, Quotient(ONE, degree), at=token.at)


def subscripts(name: Name) -> str:
    """C_w, as it stands in a vocabulary."""
    return f"{name.base}_" + ",".join(i.base if isinstance(i, Name) else "" for i in name.below)


def call_or_name(p: Parser, atom: Any, primes: int) -> Any:
    """f(x), f'(x), E'; a name that takes no argument stays, and a product may follow."""
    if isinstance(atom, Name) and not primes and subscripts(atom) in p.vocabulary.slopes:
        p.ambiguous.add("subscript")
        return Derivative(call_or_name(p, replace(atom, below=()), 0), atom.below, at=atom.at)
    name, power = atom, None
    if isinstance(atom, Power) and isinstance(atom.base, Name):
        declared = signature(atom.base) in p.vocabulary.functions
        listed = p.sees("(") and brackets.commas_ahead(
            p
        )  # f^2(a, b), of a function nobody declares
        if primes or ((declared or listed) and isinstance(atom.exponent, Number)):
            name, power = atom.base, atom.exponent
    if primes and isinstance(name, Name):
        marked = name.base + "'" * primes
        if marked in p.vocabulary.indices | p.vocabulary.names:
            return replace(name, base=marked)
    if isinstance(name, Name) and bracket_in_group(p):
        p.take()  # f{\left(x \right)}, in the manner of SymPy
        inner: Any = Call(name, brackets.arguments(p, p.take()), primes, at=name.at)
        p.expect("}")
        inner = inner if power is None else Power(inner, power, at=name.at)
        return p.with_scripts(inner) if p.sees("_", "^") else inner
    if primes == 1 and prime_transposes(p, name):
        return Transposed(atom, at=p.token.at)
    transposed = isinstance(atom, Transposed) and isinstance(atom.of, Name)
    if not isinstance(name, Name):
        return Primed(atom, primes, at=p.token.at) if primes else atom
    if name == Name("I") and brackets.relates_ahead(p):  # I(z_i = j) is 1 where that holds
        return brackets.indicator(p)
    if (
        (p.sees("(", "[") or (p.sees(r"\{") and name.base == r"\mathbb{1}"))
        and not transposed
        and takes_argument(p, name, primes)
    ):
        opening = p.take()
        arguments = brackets.arguments(p, opening)
        if name.base == INDICATOR and len(arguments) == 1:
            return Indicator(arguments[0], at=name.at)
        call: Any = Call(name, arguments, primes, p.behind_bar, at=name.at)
        if name.base in p.vocabulary.densities:
            call = replace(call, arguments=tuple(map(unprimed, arguments)))
        call = call if power is None else Power(call, power, at=name.at)
        return p.with_scripts(call) if p.sees("_", "^", "'") else call
    if name == Name(r"\theta") and p.sees("("):
        p.ambiguous.add("step")
        if p.habits.step:
            return Call(Name(r"\step", at=name.at), brackets.arguments(p, p.take()), at=name.at)
    if p.sees(".") and p.ahead().text == "(" and not p.sees_low_dot:
        p.take()
        return Call(name, brackets.arguments(p, p.take()), primes, at=name.at)
    may_be_function = p.sees("(") and not transposed and signature(name) not in p.vocabulary.names
    counts = {i.base if isinstance(i, Name) else "" for i in name.below}
    if counts and counts <= p.vocabulary.indices:
        may_be_function = False  # \\phi_j(x_n): the same wherever it stands
    if may_be_function and name.base not in p.vocabulary.names and holds_names_only(p):
        p.ambiguous.add(f"{CALLED}{name.base}")  # h_\\theta(x), N(d_1): nobody multiplies so
    if primes:
        primed = Primed(name, primes, at=name.at)
        return primed if power is None else Power(primed, power, at=name.at)
    return atom


def prime_transposes(p: Parser, name: Any) -> bool:
    """Whether the prime behind a name, or a bracket, is a transpose: X'X, (y - Xb)'(y - Xb)."""
    if not p.vocabulary.transposing or isinstance(name, Number):
        return False
    if isinstance(name, Name) and signature(name) in p.vocabulary.functions:
        return False
    called = isinstance(name, Name) and p.sees("(") and name.base in FUNCTION_LETTERS
    if called and holds_names_only(p):
        return False  # f'(x)
    p.ambiguous.add("prime")
    return p.habits.prime == "transpose"


def group_has_argument(p: Parser) -> bool:
    r"""Whether what stands in the group here is a function: {\pi_\theta}(a \mid s)."""
    depth, i = 0, 0
    while p.ahead(i).kind != "end":
        depth += (p.ahead(i).text == "{") - (p.ahead(i).text == "}")
        i += 1
        if not depth:
            mark, p.place = p.place, p.place + i
            found = p.sees("(") and brackets.bars_ahead(p) % 2 == 1
            p.place = mark
            return found
    return False


def bracket_in_group(p: Parser) -> bool:
    """Whether a group stands here that is one bracket: {(x)}."""
    if not (p.sees("{") and p.ahead().text in ("(", "[")):
        return False
    depth, i = 0, 1
    while p.ahead(i).kind != "end":
        depth += (p.ahead(i).text in ("(", "[")) - (p.ahead(i).text in (")", "]"))
        if not depth:
            return p.ahead(i + 1).text == "}"
        i += 1
    return False


def takes_argument(p: Parser, name: Name, primes: int) -> bool:
    """Whether name(...) is a value of name, and not a product."""
    key = signature(name)
    if primes or p.declaring:
        return True
    if bracket_mentions(p, name.base):
        return False  # h(1 - h) and \\sigma(1 - \\sigma) are products
    if key in p.vocabulary.functions and of_another_count(p, name, key):
        return False  # γ_ij(x_i - m) is a product beside γ_j(x)
    if key in p.vocabulary.functions or name.base in p.vocabulary.densities:
        return True
    if name.base == INDICATOR and name.below:
        return False  # 1_m (a + b): a column of ones
    if brackets.commas_ahead(p) or name.base == INDICATOR:
        return True
    if brackets.bars_ahead(p) % 2 or (name.base in PROBABILITIES and brackets.relates_ahead(p)):
        return True  # f(x | \theta), P(O = o)
    if key in p.vocabulary.names:
        return not name.above and holds_names_only(p)
    if is_word(name.base):
        return True  # \operatorname{foo}(2x) is a function that nobody has declared
    of_parameter = len(name.below) == 1 and name.below[0] in OF_PARAMETERS
    return (
        key in FUNCTION_LETTERS
        or (not name.below and name.base in p.vocabulary.functions)
        or (of_parameter and name.base in FUNCTION_LETTERS)  # h_θ(x): nobody multiplies so
    )


def of_another_count(p: Parser, name: Name, key: str) -> bool:
    """Whether the function of that name is declared with another number of subscripts."""
    counts = {c for c in p.vocabulary.counted if c.startswith(key) and c[len(key) :].isdigit()}
    mine = f"{key}{len(name.below)}"
    return bool(name.below and counts) and mine not in counts and not holds_names_only(p)


def unprimed(tree: Any) -> Any:
    """The s' of p(s' | s) as a letter of its own."""
    if isinstance(tree, Primed) and isinstance(tree.of, Name):
        return replace(tree.of, base=tree.of.base + "'" * tree.order)
    return tree


def is_word(base: str) -> bool:
    """Whether a base is of several upright letters: nobody multiplies by foo."""
    return len(base) > 1 and base[0].isalpha() and base.isalnum()


def shows_variables(p: Parser, before: Any) -> bool:
    """Whether a list in brackets stands behind a derivative, which it is taken at."""
    derived = isinstance(before, Derivative | Gradient)
    return derived and p.sees("(") and brackets.commas_ahead(p) and holds_variables(p)


def holds_variables(p: Parser) -> bool:
    """Whether the bracket holds names, and squares of names, only."""
    mark, ok = p.place, True
    p.take()
    try:
        while ok and not p.sees(")"):
            item = p.operand() if p.starts_operand else None
            base = item.base if isinstance(item, Power) else item
            ok = isinstance(base, Name) and (p.sees(")") or p.takes(",", ";"))
    except ValueError:
        ok = False
    p.place = mark
    return ok


def holds_names_only(p: Parser) -> bool:
    r"""Whether the bracket holds names and commas: J(\theta) shows on what J depends."""
    mark, ok = p.place, True
    p.take()
    try:
        while ok and not p.sees(")", "]"):
            item = p.operand() if p.starts_operand else None
            ok = isinstance(item, Name) and (p.sees(")", "]") or p.takes(",", ";"))
        # J(w)ᵀ shows a variable; δ(a)ᵀ is a product.
        ok = ok and p.ahead().text != "^"
    except ValueError:
        ok = False
    p.place = mark
    return ok


def bracket_mentions(p: Parser, base: str) -> bool:
    """Whether the bracket that opens here holds the bare letter itp."""
    depth, i = 0, 0
    while p.ahead(i).kind != "end":
        text = p.ahead(i).text
        depth += (text in ("(", "[")) - (text in (")", "]"))
        if i and depth == 0:
            return False
        if (
            text == base
            and p.ahead(i + 1).text not in ("(", "_", "^", "'", "[")
            and not p.in_subscript(i)
        ):
            return True
        i += 1
    return False
