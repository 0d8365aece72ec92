"""Rules of differentials: one table, after Magnus and Neudecker, Matrix Differential Calculus.

The first row that answers for E is the rule of the step. A row writes dE in terms of the
differentials of the parts of E that move.
"""

from __future__ import annotations

from symgd.derive.differentials import operations as ops
from symgd.derive.differentials import structure as st
from symgd.derive.differentials.lemmas import derivative
from symgd.derive.differentials.rule import Moves, Rule
from symgd.errors import NoRuleError
from symgd.trees.arrays import Node

# fmt: off
RULES: tuple[Rule, ...] = (
    Rule("d_sum", "sum rule", r"\mathrm{d}(U + V) = \mathrm{d}U + \mathrm{d}V",
         "A sum changes by the changes of its terms.",
         ("X + A - X'", "2*x + b - y"), st.sum_),
    Rule("d_broadcast", "bias broadcast", r"\mathrm{d}(\mathbf{1} b^{\top}) = \mathbf{1}\,\mathrm{d}b^{\top}",
         "A row that is added to every row changes every row.",
         ("ones(m,1)*b'", "ones(m,1)*x'"), st.broadcast),
    Rule("d_constant_factor", "constant factors", r"\mathrm{d}(A U B) = A\,\mathrm{d}U\,B",
         "What does not move stays where it stands.",
         ("A*X*B", "3*X'*A", "t*A", "A.*X", "x'*y/c"), st.constant_factor),
    Rule("d_quotient", "quotient rule", r"\mathrm{d}\frac{u}{v} = \frac{\mathrm{d}u}{v} - \frac{u}{v^2}\,\mathrm{d}v",
         "The numerator moves, and the denominator against it.",
         ("x/(1 + t^2)", "(t + 1)/(x'*x)", "Z/norm2(Z)"), st.quotient),
    Rule("d_product", "product rule", r"\mathrm{d}(U V) = \mathrm{d}U\,V + U\,\mathrm{d}V",
         "Every factor moves, one at a time.",
         ("X*A*X'", "x'*X*x", "X.*X'.*A", "t*X", "x*x'"), st.product),
    Rule("d_transpose", "transpose", r"\mathrm{d}(U^{\top}) = (\mathrm{d}U)^{\top}",
         "The transpose is linear.",
         ("tanh(Z)'", "Z'"), st.transpose),
    Rule("d_norm_squared", "squared Frobenius norm", r"\mathrm{d}\|U\|^2 = 2\langle U, \mathrm{d}U\rangle",
         "The sum of squares moves by twice each entry.",
         ("norm2(x)^2", "norm2(A*X - B)^2"), st.norm_squared),
    Rule("d_sqrt", "square root", r"\mathrm{d}\sqrt{U} = \tfrac{1}{2}\,\mathrm{d}U \oslash \sqrt{U}",
         "The power rule for the exponent 1/2.",
         ("sqrt(x'*x)", "sqrt(exp(Z))"), st.root),
    Rule("d_reciprocal", "reciprocal", r"\mathrm{d}\frac{1}{u} = -\frac{\mathrm{d}u}{u^2}",
         "The power rule for the exponent -1.",
         ("1/(1 + t^2)", "1./exp(x)"), st.reciprocal),
    Rule("d_power", "power rule", r"\mathrm{d}(U^{\odot k}) = k\,U^{\odot(k-1)} \odot \mathrm{d}U",
         "The exponent comes down, and one less of it remains.",
         ("X.^3", "(x'*x)^2", "exp(x).^c", "norm2(x)^3"), st.power_rule),
    Rule("d_general_power", "general power", r"\mathrm{d}(u^v) = v u^{v-1}\,\mathrm{d}u + u^v \ln u\,\mathrm{d}v",
         "Base and exponent move, one at a time.",
         ("(1 + t^2)^t", "exp(y).^x"), st.general_power),
    Rule("d_matrix_power", "matrix power", r"\mathrm{d}(U^k) = \sum_i U^i\,\mathrm{d}U\,U^{k-1-i}",
         "Each of the k factors moves, one at a time.",
         ("X^3", "(A*X)^2", "X^2"), st.matrix_power_rule),
    Rule("d_log_softmax", "logarithm of the softmax", r"\mathrm{d}\ln\mathrm{softmax}(u) = \mathrm{d}u - \mathbf{1}\,\mathrm{softmax}(u)^{\top}\mathrm{d}u",
         "ln softmax(u) is u less the log-sum-exp of u, so nothing is divided.",
         ("log(softmax(x))", "log(rsoftmax(Z))"), ops.log_softmax),
    Rule("d_entrywise", "elementwise function", r"\mathrm{d}f(U) = f'(U) \odot \mathrm{d}U",
         "Each entry moves by its own slope; f' is the lemma of the scalar engine.",
         ("exp(X)", "tanh(A*x)", "sin(t)", "relu(Z)", "sigmoid(Z)", "log(exp(x))", "abs(x)", "gelu(Z)"),
         ops.entrywise(derivative)),
    Rule("d_softmax", "softmax", r"\mathrm{d}s = s \odot \mathrm{d}u - s\,(s^{\top}\mathrm{d}u)",
         "Each share moves by its logit, less the mean move of all logits.",
         ("softmax(x)", "softmax(A*x)"), ops.of("softmax", ops.softmax)),
    Rule("d_rsoftmax", "softmax of each row", r"\mathrm{d}S = S \odot \left(\mathrm{d}U - \mathrm{rowsum}(S \odot \mathrm{d}U)\,\mathbf{1}^{\top}\right)",
         "In each row a share moves by its logit, less the mean move of the logits.",
         ("rsoftmax(Z)", "rsoftmax(C*X)"), ops.of("rsoftmax", ops.rsoftmax)),
    Rule("d_logsumexp", "log-sum-exp", r"\mathrm{d}\,\mathrm{logsumexp}(u) = \mathrm{softmax}(u)^{\top}\mathrm{d}u",
         "The gradient of the log-sum-exp is the softmax.",
         ("logsumexp(x)", "logsumexp(A*x)"), ops.of("logsumexp", ops.logsumexp)),
    Rule("d_trace", "trace", r"\mathrm{d}\,\mathrm{tr}(U) = \mathrm{tr}(\mathrm{d}U)",
         "The trace is linear.", ("tr(A*X)", "tr(X)"), ops.linear("tr")),
    Rule("d_entries", "sum of the entries", r"\mathrm{d}\,\mathrm{sum}(U) = \mathrm{sum}(\mathrm{d}U)",
         "A sum of entries is linear.", ("sum(Z)", "sum(X*x)"), ops.linear("sum")),
    Rule("d_row_sums", "row sums", r"\mathrm{d}(U \mathbf{1}) = \mathrm{d}U\,\mathbf{1}",
         "Sums of rows are linear.", ("rsum(Z)",), ops.linear("rsum")),
    Rule("d_column_sums", "column sums", r"\mathrm{d}(\mathbf{1}^{\top} U) = \mathbf{1}^{\top}\,\mathrm{d}U",
         "Sums of columns are linear.", ("csum(Z)",), ops.linear("csum")),
    Rule("d_diag", "diagonal matrix", r"\mathrm{d}\,\mathrm{diag}(u) = \mathrm{diag}(\mathrm{d}u)",
         "Laying a column on the diagonal is linear.", ("diag(x)",), ops.linear("diag")),
    Rule("d_diagonal", "diagonal of a matrix", r"\mathrm{d}\,\mathrm{diag}(U) = \mathrm{diag}(\mathrm{d}U)",
         "Taking the diagonal is linear.", ("diag(X*A)",), ops.linear("diagonal")),
    Rule("d_vec", "vec", r"\mathrm{d}\,\mathrm{vec}(U) = \mathrm{vec}(\mathrm{d}U)",
         "Stacking the columns is linear.", ("vec(Z)",), ops.linear("vec", "mat")),
    Rule("d_inverse", "inverse", r"\mathrm{d}(U^{-1}) = -U^{-1}\,\mathrm{d}U\,U^{-1}",
         "From U U⁻¹ = I: what U does, its inverse undoes on both sides.",
         ("inv(X)", "inv(A + t*B)"), ops.of("inv", ops.inverse)),
    Rule("d_pinv", "pseudoinverse", r"\mathrm{d}U^{+} = -U^{+}\mathrm{d}U\,U^{+} + U^{+}U^{+\top}\mathrm{d}U^{\top}(I - UU^{+}) + (I - U^{+}U)\,\mathrm{d}U^{\top}U^{+\top}U^{+}",
         "Golub and Pereyra 1973, where the rank does not change.",
         ("pinv(Z)",), ops.of("pinv", ops.pseudoinverse)),
    Rule("d_determinant", "determinant", r"\mathrm{d}\det U = \det U\,\mathrm{tr}(U^{-1}\,\mathrm{d}U)",
         "Jacobi's formula.", ("det(X)", "det(A + t*B)"), ops.of("det", ops.determinant)),
    Rule("d_log_determinant", "log-determinant", r"\mathrm{d}\ln|\det U| = \mathrm{tr}(U^{-1}\,\mathrm{d}U)",
         "Jacobi's formula, over the determinant.", ("logdet(X)", "logdet(X'*X)"), ops.of("logdet", ops.log_determinant)),
    Rule("d_norm2", "Frobenius norm", r"\mathrm{d}\|U\| = \langle U, \mathrm{d}U\rangle / \|U\|",
         "The root of the sum of squares.", ("norm2(x - y)", "norm2(A*X)"), ops.of("norm2", ops.norm2)),
    Rule("d_norm1", "1-norm", r"\mathrm{d}\|U\|_1 = \langle \mathrm{sign}\,U, \mathrm{d}U\rangle",
         "Each entry moves by its sign; at 0 we take 0.", ("norm1(x)", "norm1(A*X)"), ops.of("norm1", ops.norm1)),
    Rule("d_kron", "Kronecker product", r"\mathrm{d}(U \otimes V) = \mathrm{d}U \otimes V + U \otimes \mathrm{d}V",
         "Each factor moves, one at a time.", ("kron(A,X)", "kron(x,X)"), ops.kronecker),
    Rule("d_matrix_function", "function of a matrix", r"\mathrm{d}f(U) = L_f(U, \mathrm{d}U)",
         "The Fréchet derivative; f'(U) dU where dU commutes with U.", ("expm(X)", "sinm(t*A)", "cosm(X)"), ops.matrix_function),
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
