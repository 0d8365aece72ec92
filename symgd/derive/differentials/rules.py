"""Rules of differentials: one table, after Magnus and Neudecker, Matrix Differential Calculus.

The first row that answers for E is the rule of the step. A row writes dE in terms of the
differentials of the parts of E that move.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from symgd.derive.differentials.lemmas import derivative
from symgd.errors import NoRuleError
from symgd.trees.arrange import (
    add,
    had,
    inv,
    kron,
    make,
    matrix_power,
    mul,
    neg,
    power,
    scale,
    sub,
    t,
    trace,
)
from symgd.trees.arrays import Function, Node, eye, is_num, is_row, node, num, ones, zeros
from symgd.trees.dims import ONE

Moves = Callable[[Node], bool]
Rewrite = Callable[[Node, Moves], Node | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of `RULES`.

    id         frozen: what readers of JSON key on
    equation   in LaTeX
    because    one plain sentence
    examples   in the language of matrices, over the names of `EXAMPLE_SHAPES`; each is a test
    rewrite    E and what moves → dE in terms of d(part), or None where the rule is not for E
    """

    id: str
    name: str
    equation: str
    because: str
    examples: tuple[str, ...]
    rewrite: Rewrite


# The names that the examples are written in.
EXAMPLE_SHAPES: dict[str, tuple[str, ...]] = {
    "A": ("n", "n"), "B": ("n", "n"), "X": ("n", "n"), "C": ("m", "n"), "Z": ("m", "n"),
    "x": ("n",), "y": ("n",), "b": ("n",), "t": (), "c": (), "k": (),
}  # fmt: skip
# What is assumed of them.
EXAMPLE_WORDS: dict[str, str] = {"k": "int"}
# Those that move.
EXAMPLE_MOVING = frozenset({"X", "Z", "x", "b", "t"})


# -- sums, products, powers and transposes --------------------------------------------------------

_LOG = Function("log")


def d(x: Node) -> Node:
    """dx, not yet taken."""
    return node("d", x)


def inner(a: Node, b: Node) -> Node:
    """⟨A, B⟩ = tr(AᵀB)."""
    if a.is_scalar:
        return mul(a, b)
    if a.is_column:
        return mul(t(a), b)
    if a.rows.number == 1:
        return mul(a, t(b))
    return make("tr", [mul(t(a), b)], None)


def moving(e: Node, moves: Moves) -> list[int]:
    """Where the parts stand that move."""
    return [i for i, a in enumerate(e.args) if moves(a)]


def _with(e: Node, i: int, part: Node) -> Node:
    """The product or Hadamard product with another factor in place i."""
    args = [*e.args[:i], part, *e.args[i + 1 :]]
    return mul(*args) if e.op == "mul" else had(*args)


def sum_(e: Node, moves: Moves) -> Node | None:
    if e.op != "add":
        return None
    return add(*(d(a) for a in e.args if moves(a)))


def broadcast(e: Node, moves: Moves) -> Node | None:
    if e.op != "mul" or len(e.args) != 2 or e.args[0].op != "ones" or e.args[0].is_scalar:
        return None
    return mul(e.args[0], d(e.args[1]))


def constant_factor(e: Node, moves: Moves) -> Node | None:
    where = moving(e, moves)
    if e.op not in ("mul", "had") or len(where) != 1:
        return None
    return _with(e, where[0], d(e.args[where[0]]))


def quotient(e: Node, moves: Moves) -> Node | None:
    """d(u/v) = du/v - (u/v²) dv, u the other factors."""
    where = moving(e, moves)
    if e.op != "mul" or len(where) != 2:
        return None
    below = [i for i in where if e.args[i].op == "power" and is_num(e.args[i].args[1], -1)]
    if len(below) != 1 or not e.args[below[0]].is_scalar:
        return None
    i = below[0]
    v = e.args[i].args[0]
    rest = mul(*(a for k, a in enumerate(e.args) if k != i))
    (k,) = (k for k in where if k != i)
    first = _with(e, k, d(e.args[k]))
    return sub(first, mul(power(v, num(-2)), d(v), rest))


def product(e: Node, moves: Moves) -> Node | None:
    if e.op not in ("mul", "had"):
        return None
    return add(*(_with(e, i, d(e.args[i])) for i in moving(e, moves)))


def transpose(e: Node, moves: Moves) -> Node | None:
    return t(d(e.args[0])) if e.op == "t" else None


def norm_squared(e: Node, moves: Moves) -> Node | None:
    """d‖U‖² = 2⟨U, dU⟩."""
    if e.op != "power" or e.args[0].op != "norm2" or not is_num(e.args[1], 2):
        return None
    (u,) = e.args[0].args
    return scale(2, inner(u, d(u)))


def root(e: Node, moves: Moves) -> Node | None:
    if e.op != "power" or not is_num(e.args[1], Fraction(1, 2)):
        return None
    return scale(Fraction(1, 2), had(power(e.args[0], num(Fraction(-1, 2))), d(e.args[0])))


def reciprocal(e: Node, moves: Moves) -> Node | None:
    if e.op != "power" or not is_num(e.args[1], -1):
        return None
    return neg(had(power(e.args[0], num(-2)), d(e.args[0])))


def _stretch(k: Node, u: Node) -> Node:
    """A scalar exponent as a factor of what it raises."""
    return mul(k, ones(*u.shape)) if k.is_scalar and not u.is_scalar else k


def power_rule(e: Node, moves: Moves) -> Node | None:
    if e.op != "power" or moves(e.args[1]):
        return None
    u, k = e.args
    less = add(k, _stretch(num(-1), k))
    return had(_stretch(k, u), power(u, less), d(u))


def general_power(e: Node, moves: Moves) -> Node | None:
    """d(u^v) = v u^(v-1) du + u^v ln(u) dv."""
    if e.op != "power":
        return None
    u, v = e.args
    terms = []
    if moves(u):
        terms.append(had(_stretch(v, u), power(u, add(v, _stretch(num(-1), v))), d(u)))
    if moves(v):
        terms.append(had(e, log(u), _stretch(d(v), u)))
    return add(*terms)


def log(u: Node) -> Node:
    """ln u, entry by entry."""
    return node("function", u, data=_LOG)


def matrix_power_rule(e: Node, moves: Moves) -> Node | None:
    """d(X^k) = Σ X^i dX X^(k-1-i)."""
    if e.op != "mpow":
        return None
    x, k = e.args[0], e.data
    return add(*(mul(matrix_power(x, i), d(x), matrix_power(x, k - 1 - i)) for i in range(k)))


def named_power_rule(e: Node, moves: Moves) -> Node | None:
    """d(X^k) = Σ X^i dX X^(k-1-i), k a name, which is linear in dX; raises NoRuleError where k moves."""
    if e.op == "draised" and moving(e, moves) == [1]:
        x, direction, k = e.args
        return node("draised", x, d(direction), k)
    if e.op != "raised":
        return None
    x, k = e.args
    if moves(k):
        raise NoRuleError(
            f"The exponent of {e} is a whole number, which nothing is differentiated in; leave "
            f"{', '.join(sorted(k.names))} out of the parameters."
        )
    return node("draised", x, d(x), k)


# -- traces, determinants, norms, inverses, softmax and their like --------------------------------


def of(op: str, rule: Callable[[Node, Node], Node]) -> Rewrite:
    """The rule for op(U): from U and the whole."""

    def rewrite(e: Node, moves: Moves) -> Node | None:
        return rule(e.args[0], e) if e.op == op else None

    return rewrite


def of_family(e: Node, moves: Moves) -> Node | None:
    """d(X_k) = (dX)_k, also as it is written, as a column."""
    if e.op == "t" and is_row(e.args[0]):
        return t(make("part", [d(e.args[0].args[0])], e.args[0].data))
    return make("part", [d(e.args[0])], e.data) if e.op == "part" else None


def linear(*ops: str) -> Rewrite:
    """d op(U) = op(dU)."""

    def rewrite(e: Node, moves: Moves) -> Node | None:
        return make(e.op, [d(e.args[0])], e.data) if e.op in ops else None

    return rewrite


def entrywise(derivative: Callable[[Function, Node], Node]) -> Rewrite:
    """d f(U) = f'(U)∘dU."""

    def rewrite(e: Node, moves: Moves) -> Node | None:
        if e.op != "function":
            return None
        return had(derivative(e.data, e.args[0]), d(e.args[0]))

    return rewrite


def _all(u: Node, s: Node) -> Node:
    """A scalar in every entry."""
    return mul(s, ones(*u.shape)) if not u.is_scalar else s


def _across(u: Node, column: Node) -> Node:
    """A column in every column."""
    return mul(column, ones(ONE, u.cols))


def log_softmax(e: Node, moves: Moves) -> Node | None:
    """d ln softmax(u) = du - ⟨softmax(u), du⟩ 1."""
    if e.op != "function" or e.data.name != "log" or e.data.order:
        return None
    s = e.args[0]
    if s.op == "softmax":
        (u,) = s.args
        return sub(d(u), _all(u, inner(s, d(u))))
    if s.op == "rsoftmax":
        (u,) = s.args
        return sub(d(u), _across(u, make("rsum", [had(s, d(u))], None)))
    return None


def softmax(u: Node, s: Node) -> Node:
    return sub(had(s, d(u)), mul(inner(s, d(u)), s))


def rsoftmax(u: Node, s: Node) -> Node:
    return had(s, sub(d(u), _across(u, make("rsum", [had(s, d(u))], None))))


def logsumexp(u: Node, e: Node) -> Node:
    return inner(node("softmax", u), d(u))


def rlogsumexp(u: Node, e: Node) -> Node:
    return make("rsum", [had(node("rsoftmax", u), d(u))], None)


def largest(u: Node, e: Node) -> Node:
    return inner(node("peak", u), d(u))


def place_of_largest(u: Node, e: Node) -> Node:
    return zeros(*u.shape)


def product_of_entries(u: Node, e: Node) -> Node:
    return mul(e, inner(power(u, num(-1)), d(u)))


def inverse(u: Node, e: Node) -> Node:
    return neg(mul(e, d(u), e))


def pseudoinverse(u: Node, p: Node) -> Node:
    """Where the rank stays (Golub and Pereyra, 1973)."""
    left = sub(eye(u.rows), mul(u, p))
    right = sub(eye(u.cols), mul(p, u))
    return add(
        neg(mul(p, d(u), p)),
        mul(p, t(p), t(d(u)), left),
        mul(right, t(d(u)), t(p), p),
    )


def determinant(u: Node, e: Node) -> Node:
    return mul(e, trace(mul(inv(u), d(u))))


def log_determinant(u: Node, e: Node) -> Node:
    return trace(mul(inv(u), d(u)))


def norm2(u: Node, e: Node) -> Node:
    return mul(power(e, num(-1)), inner(u, d(u)))


def norm1(u: Node, e: Node) -> Node:
    return inner(node("function", u, data=Function("sign")), d(u))


def kronecker(e: Node, moves: Moves) -> Node | None:
    if e.op != "kron":
        return None
    a, b = e.args
    terms = [kron(d(a), b)] if moves(a) else []
    terms += [kron(a, d(b))] if moves(b) else []
    return add(*terms)


def matrix_function(e: Node, moves: Moves) -> Node | None:
    """d exp(U) = L(U, dU); e^U dU where the two commute, as they do in U = tA."""
    if e.op not in DERIVED:
        return None
    (u,) = e.args
    commuting = _commuting(u, moves)
    if commuting is not None:
        return mul(commuting, matrix_derivative(e.op, u))
    return node("frechet", u, d(u), data=e.op)


#  function    its derivative, as (factor, function)
DERIVED = {"expm": (1, "expm"), "sinm": (1, "cosm"), "cosm": (-1, "sinm")}


def matrix_derivative(op: str, u: Node) -> Node:
    """exp'(U) = exp(U), sin'(U) = cos(U), cos'(U) = -sin(U)."""
    q, f = DERIVED[op]
    return mul(num(q), node(f, u))


def _commuting(u: Node, moves: Moves) -> Node | None:
    """For U = tA, where only the scalar t moves: d(U)."""
    if u.op != "mul":
        return None
    scalars = [a for a in u.args if a.is_scalar]
    chain = [a for a in u.args if not a.is_scalar]
    if any(moves(a) for a in chain) or not scalars:
        return None
    return mul(d(mul(*scalars)), *chain)


# -- the table ------------------------------------------------------------------------------------

# fmt: off
RULES: tuple[Rule, ...] = (
    Rule("d_sum", "sum rule", r"\mathrm{d}(U + V) = \mathrm{d}U + \mathrm{d}V",
         "A sum changes by the changes of its terms.",
         ("X + A - X'", "2*x + b - y"), sum_),
    Rule("d_broadcast", "bias broadcast", r"\mathrm{d}(\mathbf{1} b^{\top}) = \mathbf{1}\,\mathrm{d}b^{\top}",
         "A row that is added to every row changes every row.",
         ("ones(m,1)*b'", "ones(m,1)*x'"), broadcast),
    Rule("d_constant_factor", "constant factors", r"\mathrm{d}(A U B) = A\,\mathrm{d}U\,B",
         "What does not move stays where it stands.",
         ("A*X*B", "3*X'*A", "t*A", "A.*X", "x'*y/c"), constant_factor),
    Rule("d_quotient", "quotient rule", r"\mathrm{d}\frac{u}{v} = \frac{\mathrm{d}u}{v} - \frac{u}{v^2}\,\mathrm{d}v",
         "The numerator moves, and the denominator against it.",
         ("x/(1 + t^2)", "(t + 1)/(x'*x)", "Z/norm2(Z)"), quotient),
    Rule("d_product", "product rule", r"\mathrm{d}(U V) = \mathrm{d}U\,V + U\,\mathrm{d}V",
         "Every factor moves, one at a time.",
         ("X*A*X'", "x'*X*x", "X.*X'.*A", "t*X", "x*x'"), product),
    Rule("d_member", "one of a family", r"\mathrm{d}(U_k) = (\mathrm{d}U)_k",
         "What a family has for k moves as the family does there.", ("(A*x)[1]", "(C*X)[2]"), of_family),
    Rule("d_transpose", "transpose", r"\mathrm{d}(U^{\top}) = (\mathrm{d}U)^{\top}",
         "The transpose is linear.",
         ("tanh(Z)'", "Z'"), transpose),
    Rule("d_norm_squared", "squared Frobenius norm", r"\mathrm{d}\|U\|^2 = 2\langle U, \mathrm{d}U\rangle",
         "The sum of squares moves by twice each entry.",
         ("norm2(x)^2", "norm2(A*X - B)^2"), norm_squared),
    Rule("d_sqrt", "square root", r"\mathrm{d}\sqrt{U} = \tfrac{1}{2}\,\mathrm{d}U \oslash \sqrt{U}",
         "The power rule for the exponent 1/2.",
         ("sqrt(x'*x)", "sqrt(exp(Z))"), root),
    Rule("d_reciprocal", "reciprocal", r"\mathrm{d}\frac{1}{u} = -\frac{\mathrm{d}u}{u^2}",
         "The power rule for the exponent -1.",
         ("1/(1 + t^2)", "1./exp(x)"), reciprocal),
    Rule("d_power", "power rule", r"\mathrm{d}(U^{\odot k}) = k\,U^{\odot(k-1)} \odot \mathrm{d}U",
         "The exponent comes down, and one less of it remains.",
         ("X.^3", "(x'*x)^2", "exp(x).^c", "norm2(x)^3"), power_rule),
    Rule("d_general_power", "general power", r"\mathrm{d}(u^v) = v u^{v-1}\,\mathrm{d}u + u^v \ln u\,\mathrm{d}v",
         "Base and exponent move, one at a time.",
         ("(1 + t^2)^t", "exp(y).^x"), general_power),
    Rule("d_matrix_power", "matrix power", r"\mathrm{d}(U^k) = \sum_i U^i\,\mathrm{d}U\,U^{k-1-i}",
         "Each of the k factors moves, one at a time.",
         ("X^3", "(A*X)^2", "X^2"), matrix_power_rule),
    Rule("d_named_power", "matrix power", r"\mathrm{d}(U^k) = \sum_{i=0}^{k-1} U^i\,\mathrm{d}U\,U^{k-1-i}",
         "Each of the k factors moves, one at a time; below 0 the sum is that from k to -1, less.",
         ("X^k", "(A*X)^k", "X^(k-3)", "dpower(A, X, k)"), named_power_rule),
    Rule("d_log_softmax", "logarithm of the softmax", r"\mathrm{d}\ln\mathrm{softmax}(u) = \mathrm{d}u - \mathbf{1}\,\mathrm{softmax}(u)^{\top}\mathrm{d}u",
         "ln softmax(u) is u less the log-sum-exp of u, so nothing is divided.",
         ("log(softmax(x))", "log(rsoftmax(Z))"), log_softmax),
    Rule("d_entrywise", "elementwise function", r"\mathrm{d}f(U) = f'(U) \odot \mathrm{d}U",
         "Each entry moves by its own slope; f' is the lemma of the scalar engine.",
         ("exp(X)", "tanh(A*x)", "sin(t)", "relu(Z)", "sigmoid(Z)", "log(exp(x))", "abs(x)", "gelu(Z)"),
         entrywise(derivative)),
    Rule("d_softmax", "softmax", r"\mathrm{d}s = s \odot \mathrm{d}u - s\,(s^{\top}\mathrm{d}u)",
         "Each share moves by its logit, less the mean move of all logits.",
         ("softmax(x)", "softmax(A*x)"), of("softmax", softmax)),
    Rule("d_rsoftmax", "softmax of each row", r"\mathrm{d}S = S \odot \left(\mathrm{d}U - \mathrm{rowsum}(S \odot \mathrm{d}U)\,\mathbf{1}^{\top}\right)",
         "In each row a share moves by its logit, less the mean move of the logits.",
         ("rsoftmax(Z)", "rsoftmax(C*X)"), of("rsoftmax", rsoftmax)),
    Rule("d_logsumexp", "log-sum-exp", r"\mathrm{d}\,\mathrm{logsumexp}(u) = \mathrm{softmax}(u)^{\top}\mathrm{d}u",
         "The gradient of the log-sum-exp is the softmax.",
         ("logsumexp(x)", "logsumexp(A*x)"), of("logsumexp", logsumexp)),
    Rule("d_rlogsumexp", "log-sum-exp of each row", r"\mathrm{d}\,\mathrm{logsumexp}(U) = \mathrm{rowsum}(\mathrm{softmax}(U) \odot \mathrm{d}U)",
         "In each row the gradient of the log-sum-exp is the softmax.",
         ("rlogsumexp(Z)", "rlogsumexp(C*X)"), of("rlogsumexp", rlogsumexp)),
    Rule("d_family", "family", r"\mathrm{d}[U_k]_k = [\mathrm{d}U_k]_k",
         "A family moves by what each of its members does.", ("stack(i, (X*Z[i])')",), linear("stack")),
    Rule("d_sum_over", "sum over an index", r"\mathrm{d}\textstyle\sum_k U_k = \sum_k \mathrm{d}U_k",
         "A sum over an index is a sum.", ("sum(i, X*Z[i])", "sum(i, x[i]^2*y)"), linear("sumover")),
    Rule("d_triangle", "triangle", r"\mathrm{d}\,\mathrm{lower}(u) = \mathrm{lower}(\mathrm{d}u)",
         "Laying a column below the diagonal is linear, and so is reading it off.",
         ("below(X)", "lower(below(X), n)"), linear("lower", "below", "place")),
    Rule("d_max", "largest entry", r"\mathrm{d}\max U = \langle \mathrm{peak}(U), \mathrm{d}U \rangle",
         "The largest entry alone moves it; where several are the largest, each has its share.",
         ("max(x)", "max(C*X)"), of("max", largest)),
    Rule("d_peak", "place of the largest entry", r"\mathrm{d}\,\mathrm{peak}(U) = 0",
         "Where the largest entry stands does not change nearby; at a tie we take 0.",
         ("peak(x)", "peak(C*X)"), of("peak", place_of_largest)),
    Rule("d_prod", "product of the entries", r"\mathrm{d}\,\mathrm{prod}(U) = \mathrm{prod}(U)\,\langle 1 \oslash U, \mathrm{d}U \rangle",
         "Each factor moves, one at a time.", ("prod(x)", "prod(A*x)"), of("prod", product_of_entries)),
    Rule("d_trace", "trace", r"\mathrm{d}\,\mathrm{tr}(U) = \mathrm{tr}(\mathrm{d}U)",
         "The trace is linear.", ("tr(A*X)", "tr(X)"), linear("tr")),
    Rule("d_entries", "sum of the entries", r"\mathrm{d}\,\mathrm{sum}(U) = \mathrm{sum}(\mathrm{d}U)",
         "A sum of entries is linear.", ("sum(Z)", "sum(X*x)"), linear("sum")),
    Rule("d_row_sums", "row sums", r"\mathrm{d}(U \mathbf{1}) = \mathrm{d}U\,\mathbf{1}",
         "Sums of rows are linear.", ("rsum(Z)",), linear("rsum")),
    Rule("d_column_sums", "column sums", r"\mathrm{d}(\mathbf{1}^{\top} U) = \mathbf{1}^{\top}\,\mathrm{d}U",
         "Sums of columns are linear.", ("csum(Z)",), linear("csum")),
    Rule("d_diag", "diagonal matrix", r"\mathrm{d}\,\mathrm{diag}(u) = \mathrm{diag}(\mathrm{d}u)",
         "Laying a column on the diagonal is linear.", ("diag(x)",), linear("diag")),
    Rule("d_diagonal", "diagonal of a matrix", r"\mathrm{d}\,\mathrm{diag}(U) = \mathrm{diag}(\mathrm{d}U)",
         "Taking the diagonal is linear.", ("diag(X*A)",), linear("diagonal")),
    Rule("d_vec", "vec", r"\mathrm{d}\,\mathrm{vec}(U) = \mathrm{vec}(\mathrm{d}U)",
         "Stacking the columns is linear.", ("vec(Z)",), linear("vec", "mat")),
    Rule("d_inverse", "inverse", r"\mathrm{d}(U^{-1}) = -U^{-1}\,\mathrm{d}U\,U^{-1}",
         "From U U⁻¹ = I: what U does, its inverse undoes on both sides.",
         ("inv(X)", "inv(A + t*B)"), of("inv", inverse)),
    Rule("d_pinv", "pseudoinverse", r"\mathrm{d}U^{+} = -U^{+}\mathrm{d}U\,U^{+} + U^{+}U^{+\top}\mathrm{d}U^{\top}(I - UU^{+}) + (I - U^{+}U)\,\mathrm{d}U^{\top}U^{+\top}U^{+}",
         "Golub and Pereyra 1973, where the rank does not change.",
         ("pinv(Z)",), of("pinv", pseudoinverse)),
    Rule("d_determinant", "determinant", r"\mathrm{d}\det U = \det U\,\mathrm{tr}(U^{-1}\,\mathrm{d}U)",
         "Jacobi's formula.", ("det(X)", "det(A + t*B)"), of("det", determinant)),
    Rule("d_log_determinant", "log-determinant", r"\mathrm{d}\ln|\det U| = \mathrm{tr}(U^{-1}\,\mathrm{d}U)",
         "Jacobi's formula, over the determinant.", ("logdet(X)", "logdet(X'*X)"), of("logdet", log_determinant)),
    Rule("d_norm2", "Frobenius norm", r"\mathrm{d}\|U\| = \langle U, \mathrm{d}U\rangle / \|U\|",
         "The root of the sum of squares.", ("norm2(x - y)", "norm2(A*X)"), of("norm2", norm2)),
    Rule("d_norm1", "1-norm", r"\mathrm{d}\|U\|_1 = \langle \mathrm{sign}\,U, \mathrm{d}U\rangle",
         "Each entry moves by its sign; at 0 we take 0.", ("norm1(x)", "norm1(A*X)"), of("norm1", norm1)),
    Rule("d_kron", "Kronecker product", r"\mathrm{d}(U \otimes V) = \mathrm{d}U \otimes V + U \otimes \mathrm{d}V",
         "Each factor moves, one at a time.", ("kron(A,X)", "kron(x,X)"), kronecker),
    Rule("d_matrix_function", "function of a matrix", r"\mathrm{d}f(U) = L_f(U, \mathrm{d}U)",
         "The Fréchet derivative; f'(U) dU where dU commutes with U.", ("expm(X)", "sinm(t*A)", "cosm(X)"), matrix_function),
)
# fmt: on

BY_ID = {r.id: r for r in RULES}


def first(e: Node, moves: Moves) -> tuple[Rule, Node]:
    """The first rule that answers for dE, and its answer; raises NoRuleError."""
    for r in RULES:
        out = r.rewrite(e, moves)
        if out is not None:
            return r, out
    raise NoRuleError(
        f"No rule differentiates {e.data if e.op == 'function' else e.op} in {e}; write it in "
        "operations of the language of matrices."
    )
