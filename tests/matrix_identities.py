"""Identities of matrix calculus with their sources: what symgd must find, and how short.

Gradients have the shape of what they are in; a Jacobian has a row for each output and a column for
each input, vec by columns. `expected` is the published form, or worked out by hand; the tests hold
each against differences too.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """d expr / d wrt == expected. `shapes` as "X:m,n w:n c:"."""

    id: str
    expr: str
    shapes: str
    wrt: str
    expected: str
    kind: str = "gradient"
    assume: dict[str, str] = field(default_factory=dict)
    structure: str = ""
    source: str = ""


COOKBOOK = "Petersen and Pedersen, The Matrix Cookbook, 2012"
MAGNUS = "Magnus and Neudecker, Matrix Differential Calculus, chapter 9"
HAND = "by hand"

# fmt: off
CASES = (
    # -- quadratic forms, traces ------------------------------------------------------------------
    Case("bilinear", "a'*X*b", "a:m X:m,n b:n", "X", "a*b'", source=f"{COOKBOOK}, 70"),
    Case("bilinear transposed", "a'*X'*b", "a:n X:m,n b:m", "X", "b*a'", source=f"{COOKBOOK}, 71"),
    Case("diagonal bilinear", "a'*X*a", "a:n X:n,n", "X", "a*a'", source=f"{COOKBOOK}, 72"),
    Case("cubic in the middle", "(B*x + b)'*C*(D*x + d)", "B:m,n C:m,m D:m,n x:n b:m d:m", "x",
         "B'*C*(D*x + d) + D'*C'*(B*x + b)", source=f"{COOKBOOK}, 78"),
    Case("quadratic in the matrix", "b'*X'*D*X*c", "b:n X:m,n D:m,m c:n", "X",
         "D'*X*b*c' + D*X*c*b'", source=f"{COOKBOOK}, 82"),
    Case("affine under a form", "(X*b + c)'*D*(X*b + c)", "X:m,n b:n c:m D:m,m", "X",
         "(D + D')*(X*b + c)*b'", source=f"{COOKBOOK}, 83"),
    Case("weighted residual in A", "(x - A*s)'*W*(x - A*s)", "x:m A:m,n s:n W:m,m", "A",
         "-2*W*(x - A*s)*s'", assume={"W": "sym"}, source=f"{COOKBOOK}, 88"),
    Case("sandwich", "tr(A*X*B)", "A:k,m X:m,n B:n,k", "X", "A'*B'", source=f"{COOKBOOK}, 101"),
    Case("trace of a square", "tr(X^2*B)", "X:n,n B:n,n", "X", "(X*B + B*X)'", source=f"{COOKBOOK}, 107"),
    Case("two sandwiches", "tr(A*X*B*X)", "A:n,m X:m,n B:n,m", "X", "A'*X'*B' + B'*X'*A'", source=f"{COOKBOOK}, 114"),
    Case("frobenius by trace", "tr(X'*X)", "X:m,n", "X", "2*X", source=f"{COOKBOOK}, 115"),
    Case("gram between", "tr(B'*X'*C*X*B)", "B:n,k X:m,n C:m,m", "X", "C'*X*B*B' + C*X*B*B'", source=f"{COOKBOOK}, 116"),
    Case("four factors", "tr(A*X*B*X'*C)", "A:k,m X:m,n B:n,n C:m,k", "X", "A'*C'*X*B' + C*A*X*B", source=f"{COOKBOOK}, 118"),
    Case("residual squared", "tr((A*X*b + c)*(A*X*b + c)')", "A:k,m X:m,n b:n c:k", "X", "2*A'*(A*X*b + c)*b'", source=f"{COOKBOOK}, 119"),
    Case("kronecker trace", "tr(kron(X,X))", "X:n,n", "X", "2*tr(X)*eye(n)", source=f"{COOKBOOK}, 120"),
    Case("kronecker with a constant", "tr(kron(A,X))", "A:m,m X:n,n", "X", "tr(A)*eye(n)", source=HAND),
    Case("power trace", "tr(A*X^3)", "A:n,n X:n,n", "X", "(A*X^2 + X*A*X + X^2*A)'", source=f"{COOKBOOK}, 122"),
    Case("inverse trace", "tr(A*inv(X)*B)", "A:n,n X:n,n B:n,n", "X", "-(inv(X)*B*A*inv(X))'", source=f"{COOKBOOK}, 124"),
    Case("inverse gram", "tr(inv(X'*C*X)*A)", "X:m,n C:m,m A:n,n", "X",
         "-C*X*inv(X'*C*X)*(A + A')*inv(X'*C*X)", assume={"C": "spd"}, source=f"{COOKBOOK}, 125"),
    Case("ratio of grams", "tr(inv(X'*C*X)*(X'*B*X))", "X:m,n C:m,m B:m,m", "X",
         "-2*C*X*inv(X'*C*X)*X'*B*X*inv(X'*C*X) + 2*B*X*inv(X'*C*X)", assume={"C": "spd", "B": "sym"}, source=f"{COOKBOOK}, 126"),
    Case("sine of a matrix", "tr(sinm(X))", "X:n,n", "X", "cosm(X)'", source=f"{COOKBOOK}, 128"),
    Case("exponential of a matrix", "tr(expm(A*X))", "A:n,m X:m,n", "X", "A'*expm(A*X)'", source=HAND),
    # -- determinants -----------------------------------------------------------------------------
    Case("determinant of a product", "det(A*X*B)", "A:n,n X:n,n B:n,n", "X", "det(A*X*B)*inv(X)'", source=f"{COOKBOOK}, 51"),
    Case("log gram", "logdet(X'*X)", "X:m,n", "X", "2*pinv(X)'", source=f"{COOKBOOK}, 55"),
    Case("log gram, by the inverse", "logdet(X'*X)", "X:m,n", "X", "2*X*inv(X'*X)", source=f"{COOKBOOK}, 55"),
    Case("determinant of the inverse", "logdet(inv(X))", "X:n,n", "X", "-inv(X)'", source=HAND),
    Case("determinant plus identity", "logdet(eye(n) + X*X')", "X:n,m", "X", "2*inv(eye(n) + X*X')*X", source=HAND),
    Case("determinant in a scalar", "det(eye(n) + t*A)", "A:n,n t:", "t", "det(eye(n) + t*A)*tr(inv(eye(n) + t*A)*A)", source=f"{COOKBOOK}, 46"),
    Case("symmetric determinant", "det(X)", "X:n,n", "X", "det(X)*(2*inv(X) - inv(X).*eye(n))", structure="symmetric", source=f"{COOKBOOK}, 141"),
    Case("symmetric log-determinant", "logdet(X)", "X:n,n", "X", "2*inv(X) - inv(X).*eye(n)", structure="symmetric", source=f"{COOKBOOK}, 141"),
    Case("diagonal trace", "tr(A*X)", "A:n,n X:n,n", "X", "A.*eye(n)", structure="diagonal", source=f"{COOKBOOK}, 142"),
    Case("fisher information of a wishart", "nu*logdet(S)/2 - tr(inv(V)*S)/2", "nu: S:n,n V:n,n", "S",
         "0.5*(nu*inv(S) - inv(V))", assume={"S": "spd", "V": "spd"}, source=HAND),
    # -- inverses, powers, scalars ------------------------------------------------------------
    Case("inverse in a scalar", "tr(inv(A + t*B))", "A:n,n B:n,n t:", "t", "-tr(inv(A + t*B)*B*inv(A + t*B))", source=f"{COOKBOOK}, 59"),
    Case("bilinear of the inverse", "a'*inv(X)*b", "a:n X:n,n b:n", "X", "-inv(X)'*a*b'*inv(X)'", source=f"{COOKBOOK}, 61"),
    Case("slope of an inverse", "inv(eye(n) + t*A)", "A:n,n t:", "t", "-inv(eye(n) + t*A)*A*inv(eye(n) + t*A)", "slope", source=f"{COOKBOOK}, 59"),
    Case("slope of a flow", "expm(t*A)", "A:n,n t:", "t", "A*expm(t*A)", "slope", source=HAND),
    Case("slope of a path", "t^2*A + t*B", "A:m,n B:m,n t:", "t", "2*t*A + B", "slope", source=HAND),
    Case("scalar chain", "exp(-t^2)*sin(t)", "t:", "t", "exp(-t^2)*(cos(t) - 2*t*sin(t))", source=HAND),
    Case("power of an exponent", "a^b", "a: b:", "b", "a^b*log(a)", assume={"a": "pos"}, source=HAND),
    # -- norms ------------------------------------------------------------------------------------
    Case("distance to a subspace", "norm2(A*x - b)", "A:m,n x:n b:m", "x", "A'*(A*x - b)/norm2(A*x - b)", source=HAND),
    Case("lasso", "0.5*norm2(A*x - b)^2 + c*norm1(x)", "A:m,n x:n b:m c:", "x", "A'*(A*x - b) + c*sign(x)", source="Tibshirani 1996"),
    Case("cube of a norm", "norm2(x)^3", "x:n", "x", "3*norm2(x)*x", source=HAND),
    Case("cosine", "x'*y/(norm2(x)*norm2(y))", "x:n y:n", "x", "(y - (x'*y)/norm2(x)^2*x)/(norm2(x)*norm2(y))", source=HAND),
    Case("unit vector", "x/norm2(x)", "x:n", "x", "eye(n)/norm2(x) - x*x'/norm2(x)^3", "jacobian", source=f"{COOKBOOK}, 130"),
    Case("ridge in two matrices", "norm2(Y - X*B)^2 + c*norm2(B)^2", "Y:m,k X:m,n B:n,k c:", "B", "2*X'*(X*B - Y) + 2*c*B", source="Hoerl and Kennard 1970"),
    # -- Jacobians --------------------------------------------------------------------------------
    Case("linear map", "A*x + b", "A:m,n x:n b:m", "x", "A", "jacobian", source=MAGNUS),
    Case("two-sided map", "A*X*B", "A:k,m X:m,n B:n,p", "X", "kron(B',A)", "jacobian", source=MAGNUS),
    Case("inverse map", "inv(X)", "X:n,n", "X", "-kron(inv(X)',inv(X))", "jacobian", source=MAGNUS),
    Case("trace times matrix", "tr(X)*X", "X:n,n", "X", "tr(X)*eye(n*n) + vec(X)*vec(eye(n))'", "jacobian", source=HAND),
    Case("cube", "X^3", "X:n,n", "X", "kron(X'^2,eye(n)) + kron(X',X) + kron(eye(n),X^2)", "jacobian", source=MAGNUS),
    Case("entrywise map", "sin(X)", "X:m,n", "X", "diag(vec(cos(X)))", "jacobian", source=HAND),
    Case("softmax map", "softmax(x)", "x:n", "x", "diag(softmax(x)) - softmax(x)*softmax(x)'", "jacobian", source=HAND),
    Case("quadratic map", "x*x'*a", "x:n a:n", "x", "x*a' + a'*x*eye(n)", "jacobian", source=HAND),
    Case("normalising flow", "x + u*tanh(w'*x + b)", "x:n u:n w:n b:", "x", "eye(n) + (1 - tanh(w'*x + b)^2)*u*w'", "jacobian", source="Rezende and Mohamed 2015"),
    Case("log map", "log(A*x)", "A:m,n x:n", "x", "diag(1./(A*x))*A", "jacobian", assume={"A": "pos", "x": "pos"}, source=HAND),
    # -- Hessians ---------------------------------------------------------------------------------
    Case("least squares, twice", "norm2(A*x - b)^2", "A:m,n x:n b:m", "x", "2*A'*A", "hessian", source=HAND),
    Case("log-sum-exp, twice", "logsumexp(x)", "x:n", "x", "diag(softmax(x)) - softmax(x)*softmax(x)'", "hessian", source=HAND),
    Case("log barrier", "-sum(log(b - A*x))", "A:m,n x:n b:m", "x", "A'*diag(1./(b - A*x).^2)*A", "hessian", assume={"A": "neg", "x": "pos", "b": "pos"}, source="Boyd and Vandenberghe 2004"),
    Case("trace of a gram, twice", "tr(X'*A*X)", "X:m,n A:m,m", "X", "kron(eye(n),A + A')", "hessian", source=MAGNUS),
    Case("poisson regression, twice", "sum(exp(X*w)) - y'*X*w", "X:m,n w:n y:m", "w", "X'*diag(exp(X*w))*X", "hessian", source="McCullagh and Nelder"),
    Case("norm, twice", "norm2(x)", "x:n", "x", "eye(n)/norm2(x) - x*x'/norm2(x)^3", "hessian", source=HAND),
    Case("quartic, twice", "(x'*x)^2", "x:n", "x", "4*(x'*x)*eye(n) + 8*x*x'", "hessian", source=HAND),
    Case("exponential of a form, twice", "exp(a'*x)", "a:n x:n", "x", "exp(a'*x)*a*a'", "hessian", source=HAND),
    # -- diagonals --------------------------------------------------------------------------------
    Case("scaled by a diagonal", "a'*diag(x)*b", "a:n x:n b:n", "x", "a.*b", source=HAND),
    Case("form with a diagonal", "tr(A*diag(x)*B)", "A:k,n x:n B:n,k", "x", "diag(B*A)", source=HAND),
    Case("own diagonal", "sum(diag(X*A))", "X:m,n A:n,m", "X", "A'", source=HAND),
    Case("variance by its parts", "logdet(diag(x) + L*L')", "x:n L:n,k", "x", "diag(inv(diag(x) + L*L'))", assume={"x": "pos"}, source="factor analysis"),
    Case("squared diagonal", "norm2(diag(x)*A)^2", "x:n A:n,m", "x", "2*x.*rsum(A.^2)", source=HAND),
    # -- Hadamard ---------------------------------------------------------------------------------
    Case("masked", "norm2(M.*(A - X))^2", "M:m,n A:m,n X:m,n", "X", "-2*M.*(A - X)", assume={"M": "01"}, source=HAND),
    Case("products of three", "sum(X.*A.*X)", "X:m,n A:m,n", "X", "2*A.*X", source=HAND),
    Case("quotient of entries", "sum(A./X)", "A:m,n X:m,n", "X", "-A./X.^2", source=HAND),
    Case("hadamard of products", "tr((A.*(X*B))'*C)", "A:m,n X:m,k B:k,n C:m,n", "X", "(A.*C)*B'", source=HAND),
    # -- machine learning -------------------------------------------------------------------------
    Case("logistic regression", "sum(log(1*ones(m,1) + exp(X*w))) - y'*X*w", "X:m,n w:n y:m", "w", "X'*(sigmoid(X*w) - y)", assume={"y": "01"}, source=HAND),
    Case("logistic cross-entropy", "-y'*log(sigmoid(X*w)) - (ones(m,1) - y)'*log(ones(m,1) - sigmoid(X*w))", "X:m,n w:n y:m", "w", "X'*(sigmoid(X*w) - y)", assume={"y": "01"}, source=HAND),
    Case("margins", "sum(softplus(-y.*(X*w)))", "X:m,n w:n y:m", "w", "-X'*(y.*sigmoid(-y.*(X*w)))", assume={"y": "pm1"}, source=HAND),
    Case("hinge", "sum(relu(ones(m,1) - y.*(X*w))) + c*norm2(w)^2", "X:m,n w:n y:m c:", "w", "-X'*(y.*step(ones(m,1) - y.*(X*w))) + 2*c*w", assume={"y": "pm1"}, source="Cortes and Vapnik 1995"),
    Case("softmax regression", "-sum(Y.*log(rsoftmax(X*W)))", "X:m,n W:n,k Y:m,k", "W", "X'*(rsoftmax(X*W) - Y)", assume={"Y": "onehot"}, source=HAND),
    Case("softmax in its bias", "-sum(Y.*log(rsoftmax(X*W + ones(m,1)*b')))", "X:m,n W:n,k b:k Y:m,k", "b", "csum(rsoftmax(X*W + ones(m,1)*b') - Y)'", assume={"Y": "onehot"}, source=HAND),
    Case("attention, keys", "sum(G.*(rsoftmax(Q*K'/sqrt(k))*V))", "Q:m,k K:n,k V:n,p G:m,p", "K",
         "(rsoftmax(Q*K'/sqrt(k)).*(G*V' - rsum(rsoftmax(Q*K'/sqrt(k)).*(G*V'))*ones(1,n)))'*Q/sqrt(k)", source="Vaswani et al. 2017"),
    Case("attention, values", "sum(G.*(rsoftmax(Q*K'/sqrt(k))*V))", "Q:m,k K:n,k V:n,p G:m,p", "V", "rsoftmax(Q*K'/sqrt(k))'*G", source="Vaswani et al. 2017"),
    Case("batch norm", "sum(G.*((X - ones(m,1)*csum(X)/m)./(ones(m,1)*sqrt(csum((X - ones(m,1)*csum(X)/m).^2)/m + 0.1*ones(1,n)))))", "G:m,n X:m,n", "X",
         "(G - ones(m,1)*csum(G)/m - (X - ones(m,1)*csum(X)/m)./(ones(m,1)*(csum((X - ones(m,1)*csum(X)/m).^2)/m + 0.1*ones(1,n))).*(ones(m,1)*csum(G.*(X - ones(m,1)*csum(X)/m)))/m)./(ones(m,1)*sqrt(csum((X - ones(m,1)*csum(X)/m).^2)/m + 0.1*ones(1,n)))",
         source="Ioffe and Szegedy 2015"),
    Case("rms norm", "v'*(x/sqrt(x'*x/n + 0.01))", "v:n x:n", "x", "(v - (v'*x)/n/(x'*x/n + 0.01)*x)/sqrt(x'*x/n + 0.01)", source="Zhang and Sennrich 2019"),
    Case("gaussian process", "0.5*y'*inv(K + s*eye(n))*y + 0.5*logdet(K + s*eye(n))", "y:n K:n,n s:", "s",
         "0.5*tr(inv(K + s*eye(n))) - 0.5*y'*inv(K + s*eye(n))*inv(K + s*eye(n))*y", assume={"K": "spd", "s": "pos"}, source="Rasmussen and Williams 2006"),
    Case("gaussian likelihood in the precision", "0.5*(x - u)'*P*(x - u) - 0.5*logdet(P)", "x:n u:n P:n,n", "P", "0.5*((x - u)*(x - u)' - inv(P))", assume={"P": "spd"}, source=HAND),
    Case("kalman gain", "tr((eye(n) - K*H)*P*(eye(n) - K*H)' + K*R*K')", "K:n,m H:m,n P:n,n R:m,m", "K",
         "2*(K*(H*P*H' + R) - P*H')", assume={"P": "spd", "R": "spd"}, source="Kalman 1960"),
    Case("contrastive", "-sum(log(rsoftmax(A*B'/t)).*eye(n))", "A:n,k B:n,k t:", "A", "(rsoftmax(A*B'/t) - eye(n))*B/t", assume={"t": "pos"}, source="van den Oord et al. 2018"),
    Case("triplet", "relu(norm2(a - p)^2 - norm2(a - q)^2 + c)", "a:n p:n q:n c:", "a", "2*step(norm2(a - p)^2 - norm2(a - q)^2 + c)*(q - p)", source="Schroff et al. 2015"),
    Case("factorisation, right factor", "norm2(R - U*V')^2 + c*norm2(V)^2", "R:m,n U:m,k V:n,k c:", "V", "2*c*V - 2*(R - U*V')'*U", source="Koren et al. 2009"),
    Case("autoencoder", "norm2(X - tanh(X*W)*W')^2", "X:m,n W:n,k", "W",
         "-2*(X - tanh(X*W)*W')'*tanh(X*W) - 2*X'*(((X - tanh(X*W)*W')*W).*(ones(m,k) - tanh(X*W).^2))", source=HAND),
    Case("principal components", "tr(W'*S*W) - tr(L*(W'*W - eye(k)))", "W:n,k S:n,n L:k,k", "W", "2*S*W - 2*W*L", assume={"S": "sym", "L": "sym"}, source=HAND),
    Case("discriminant", "(w'*B*w)/(w'*S*w)", "w:n B:n,n S:n,n", "w", "2*(B*w - (w'*B*w)/(w'*S*w)*S*w)/(w'*S*w)", assume={"B": "sym", "S": "spd"}, source="Fisher 1936"),
    Case("canonical correlation", "u'*C*v - c*(u'*A*u - 1)/2", "u:m C:m,n v:n A:m,m c:", "u", "C*v - c*A*u", assume={"A": "spd"}, source="Hotelling 1936"),
    Case("mahalanobis", "sum(((X*L).^2))", "X:m,n L:n,k", "L", "2*X'*X*L", source="Weinberger and Saul 2009"),
    Case("kullback and leibler of gaussians", "0.5*(tr(inv(S)*V) + logdet(S) - logdet(V))", "S:n,n V:n,n", "V", "0.5*(inv(S) - inv(V))", assume={"S": "spd", "V": "spd"}, source=HAND),
    Case("entropy", "-sum(p.*log(p))", "p:n", "p", "-log(p) - ones(n,1)", assume={"p": "prob"}, source=HAND),
    Case("recurrent cell", "c'*tanh(W*h + U*x + b)", "c:m W:m,m h:m U:m,n x:n b:m", "U", "(c.*(ones(m,1) - tanh(W*h + U*x + b).^2))*x'", source="Elman 1990"),
    Case("gated unit", "v'*((A*x).*sigmoid(B*x))", "v:m A:m,n B:m,n x:n", "B", "(v.*(A*x).*sigmoid(B*x).*(ones(m,1) - sigmoid(B*x)))*x'", source="Dauphin et al. 2017"),
    Case("graph convolution", "sum(relu(A*X*W))", "A:m,m X:m,n W:n,k", "W", "X'*A'*step(A*X*W)", source="Kipf and Welling 2017"),
    Case("bilinear attention score", "logsumexp(K*W*q)", "K:m,n W:n,p q:p", "W", "K'*softmax(K*W*q)*q'", source=HAND),
    Case("low-rank update", "norm2((W + B*A)*x - y)^2", "W:m,n B:m,k A:k,n x:n y:m", "A", "2*B'*((W + B*A)*x - y)*x'", source="Hu et al. 2021"),
    Case("barlow", "norm2(A'*B/m - eye(n))^2", "A:m,n B:m,n", "A", "2*B*(A'*B/m - eye(n))'/m", source="Zbontar et al. 2021"),
    Case("huberised", "sum(sqrt((A*x - b).^2 + c*ones(m,1)))", "A:m,n x:n b:m c:", "x", "A'*((A*x - b)./sqrt((A*x - b).^2 + c*ones(m,1)))", assume={"c": "pos"}, source="Charbonnier 1994"),
    Case("softmax temperature", "-y'*log(softmax(x/t))", "x:n y:n t:", "t", "(y - softmax(x/t))'*x/t^2", assume={"y": "prob", "t": "pos"}, source="Hinton et al. 2015"),
    Case("pseudoinverse", "tr(A*pinv(X))", "A:m,n X:m,n", "X",
         "-pinv(X)'*A'*pinv(X)' + (eye(m) - X*pinv(X))*A*pinv(X)*pinv(X)' + pinv(X)'*pinv(X)*A*(eye(n) - pinv(X)*X)", source="Golub and Pereyra 1973"),
    Case("kernel trick", "a'*exp(-s*X*X')*a", "a:m X:m,n s:", "s", "-a'*(exp(-s*X*X').*(X*X'))*a", source=HAND),
)
# fmt: on
