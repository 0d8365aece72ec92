// Models that are worth a look; their names are words.

const lines = (text, parameters, more = {}) => ({ model: "lines", lines: text, parameters, ...more });

export const EXAMPLES = {
  neuron: lines("z = w*x + b\nyhat = sigmoid(z)\nC = (y - yhat)^2/2", "w, b"),
  two: lines("h = tanh(u*x)\nz = w*h + b\nyhat = sigmoid(z)\nC = (y - yhat)^2/2", "u, w, b"),
  logistic: lines("z = w1*x1 + w2*x2 + b\nC = log(1 + exp(z)) - y*z", "w1, w2, b"),
  focal: lines("z = w*x + b\np = sigmoid(z)\nC = -(1 - p)^2*log(p)", "w, b"),
  squares: lines("r = A*x - b\nC = norm2(r)^2/2", "x", { shapes: "A: m n\nx: n\nb: m" }),
  ridge: lines("r = X*w - y\nC = norm2(r)^2/2 + lam/2*norm2(w)^2", "w", { shapes: "X: m n\nw: n\ny: m\nlam: scalar" }),
  softmax: lines("z = W*x + b\nC = -y'*log(softmax(z))", "W, b", { shapes: "W: k n\nx: n\nb: k\ny: k" }),
  factors: lines("E = U*V' - R\nC = norm2(E)^2/2", "U, V", { shapes: "U: m k\nV: n k\nR: m n" }),
};
