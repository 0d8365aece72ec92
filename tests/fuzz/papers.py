"""Models as people write them: activations, losses and likelihoods of papers, one within another.

Formulas that are drawn alike seldom have the shape of one that somebody means: log(1 + exp(z)),
a maximum taken away before exp, a logarithm that is clipped, a case that mends 0/0. Here they are
rows, with letters for what they are of; a model is a few of them, put into one another or named.
Models are those of `formulas.py`, with its witness.
"""

from __future__ import annotations

import ast
from functools import cache
from random import Random

from fuzz.formulas import Definitions, Tree, resting

# of a number u; a is a small number above 0
ACTIVATIONS = """
where(u > 0, u, a*(exp(u) - 1))
1.0507*where(u > 0, u, 1.67326*(exp(u) - 1))
max(0, u) + min(0, a*(exp(u/a) - 1))
log(1 + exp(a*u))/a
where(a*u > 20, u, log(1 + exp(a*u))/a)
u*tanh(log(1 + exp(u)))
u*sigmoid(a*u)
u/(1 + exp(-a*u))
0.5*u*(1 + tanh(0.7978845608*(u + 0.044715*u^3)))
0.5*u*(1 + erf(u/sqrt(2)))
max(u, 0) + a*min(u, 0)
max(u, a*u)
where(u >= 0, u, 0.01*u)
u*min(max(u + 3, 0), 6)/6
min(max(u, 0), 6)
clip(u/6 + 0.5, 0, 1)
clip(u, -a, a)
log((1 + exp(a*u))/(1 + exp(a*(u - 1))))/a
(u + sqrt(u^2 + 4*a))/2
u*erf(log(1 + exp(u)))
u*tanh(exp(u))
u/sqrt(1 + a*u^2)
sign(u)*max(abs(u) - a, 0)
u + sin(a*u)^2/a
u/(1 + abs(u))
sigmoid(u/a)
1/(1 + exp(-u/a))
where(u >= 0, 1/(1 + exp(-u)), exp(u)/(1 + exp(u)))
(exp(u) - exp(-u))/(exp(u) + exp(-u))
(1 - exp(-2*u))/(1 + exp(-2*u))
exp(-u^2/(2*a^2))
sin(u)/u
where(u == 0, 1, sin(u)/u)
where(abs(u) < 1e-3, 1 - u^2/6, sin(u)/u)
max(0, u)^2
max(0, 1 - abs(u))
u*cos(a*u)
log(1 + max(0, u))
sqrt(abs(u) + 1e-6)
sign(u)*log(1 + abs(u))
u - a*tanh(u/a)
gelu(u)
silu(u)
mish(u)
softplus(u)
1 - exp(-exp(u))
exp(min(u, 5))
u/max(abs(u), 1e-8)
""".split("\n")[1:-1]

# of two numbers
JOINTS = """
u*gelu(v)
u*silu(v)
u*sigmoid(v)
max(u, v)
max(u, v) + log(exp(u - max(u, v)) + exp(v - max(u, v)))
log(exp(u) + exp(v))
logaddexp(u, v)
a*log(exp(u/a) + exp(v/a))
exp(u)/(exp(u) + exp(v))
exp(u/a)/(exp(u/a) + exp(v/a))
exp(u - max(u, v))/(exp(u - max(u, v)) + exp(v - max(u, v)))
u/sqrt(u^2 + v^2)
u*v/(sqrt(u^2 + 1e-8)*sqrt(v^2 + 1e-8))
(u - v)/sqrt(v^2 + 1e-5)
u + a*v
sigmoid(u)*v + (1 - sigmoid(u))*tanh(v)
where(u > v, u - v, a*(u - v))
max(a - abs(u - v), 0)
sqrt((u - v)^2 + 1e-9)
exp(-(u - v)^2/a)
u^a/(u^a + abs(v)^a)
abs(u)/(a + abs(u)) + v
hypot(u, v)
atan2(u, v)
""".split("\n")[1:-1]

# u → a number above 0
SCALES = """
exp(u)
exp(2*u)
log(1 + exp(u))
log(1 + exp(u)) + 1e-3
softplus(u)
u^2 + 1e-6
max(u, 1e-3)
exp(clip(u, -5, 5))
sqrt(1 + u^2)
1/(1 + exp(-u))
abs(u) + 0.1
""".split("\n")[1:-1]

# u is told to be y
LOSSES = """
(u - y)^2/2
where(abs(u - y) <= a, (u - y)^2/2, a*(abs(u - y) - a/2))
where(abs(u - y) < a, 0.5*(u - y)^2/a, abs(u - y) - 0.5*a)
a^2*(sqrt(1 + ((u - y)/a)^2) - 1)
log(cosh(u - y))
abs(u - y)
max(a*(y - u), (a - 1)*(y - u))
where(y > u, a*(y - u), (1 - a)*(u - y))
where(y > u, 0.9, 0.1)*(y - u)^2
max(0, abs(u - y) - a)
max(0, abs(u - y) - a)^2
max(0, 1 - y*u)
max(0, 1 - y*u)^2
log(1 + exp(-y*u))
exp(-y*u)
where(y*u >= 1, 0, where(y*u <= 0, 0.5 - y*u, 0.5*(1 - y*u)^2))
where(y*u > -1, max(0, 1 - y*u)^2, -4*y*u)
where(abs(u - y) < 4.685, 3.658*(1 - (1 - ((u - y)/4.685)^2)^3), 3.658)
log(1 + ((u - y)/a)^2)
(u - y)^2/((u - y)^2 + a)
1 - exp(-(u - y)^2/(2*a^2))
abs(a - 2)/a*((((u - y)/0.5)^2/abs(a - 2) + 1)^(a/2) - 1)
where(abs(u - y) < a, a*log(1 + abs(u - y)/0.5), abs(u - y) - 0.1)
exp(u) - y*u
exp(u) - y*u + lgamma(y + 1)
max(u, 0) - u*y + log(1 + exp(-abs(u)))
log(1 + exp(u)) - y*u
softplus(u) - y*u
exp(a*(u - y)) - a*(u - y) - 1
(log(1 + abs(u)) - log(1 + abs(y)))^2
abs(u - y)/(abs(u) + abs(y) + 1e-8)
(u - y)^2/(abs(y) + 1)
-log(1/(1 + exp(-u)))*y - log(1 - 1/(1 + exp(-u)))*(1 - y)
-log(sigmoid(u))*y - log(1 - sigmoid(u))*(1 - y)
""".split("\n")[1:-1]

# u → a probability
CHANCES = """
sigmoid(u)
1/(1 + exp(-u))
Phi(u)
exp(u)/(1 + exp(u))
0.5*(1 + tanh(u))
clip(u, 0, 1)
1 - exp(-exp(u))
""".split("\n")[1:-1]

# p is the probability of y
OF_CHANCES = """
-(y*log(p) + (1 - y)*log(1 - p))
-(y*log(p + 1e-7) + (1 - y)*log(1 - p + 1e-7))
-(y*log(max(p, 1e-7)) + (1 - y)*log(max(1 - p, 1e-7)))
-(y*log(clip(p, 1e-7, 0.9999999)) + (1 - y)*log(1 - clip(p, 1e-7, 0.9999999)))
-(0.9*y + 0.05)*log(p) - (1 - (0.9*y + 0.05))*log(1 - p)
-y*(1 - p)^a*log(p) - (1 - y)*p^a*log(1 - p)
-y*(1 - p)^2*log(max(p, 1e-8)) - (1 - y)*p^2*log(max(1 - p, 1e-8))
-log(where(y > 0.5, p, 1 - p))
-(1 - where(y > 0.5, p, 1 - p))^2*log(where(y > 0.5, p, 1 - p))
(p - y)^2
1 - (2*p*y + 1)/(p + y + 1)
1 - p*y/(p + y - p*y + 1e-6)
-p*log(p) - (1 - p)*log(1 - p)
y*log(y/p) + (1 - y)*log((1 - y)/(1 - p))
p*log(p/0.3) + (1 - p)*log((1 - p)/0.7)
(1 - where(y == 1, p, 1 - p)^a)/a
abs(p - y)
log(p/(1 - p))
""".split("\n")[1:-1]

# u and a scale s, both of them of the model
LIKELIHOODS = """
log(s) + (y - u)^2/(2*s^2)
log(s)/2 + (y - u)^2/(2*s)
log(2*s) + abs(y - u)/s
log(s) + (y - u)/s + 2*log(1 + exp(-(y - u)/s))
log(s) + (y - u)/s + exp(-(y - u)/s)
lgamma(a/2) - lgamma((a + 1)/2) + log(s) + (a + 1)/2*log(1 + ((y - u)/s)^2/a)
abs(y)/s + log(s)
s - y*log(s)
abs(y)*s - log(s)
-abs(y)*s^(-0.5)/(-0.5) + s^0.5/0.5
-abs(y)*s^(1 - 1.5)/(1 - 1.5) + s^(2 - 1.5)/(2 - 1.5)
(abs(y) - s)^2/(s^2*(abs(y) + 0.1))
2*(log(s/(abs(y) + 0.1)) + (abs(y) + 0.1)/s - 1)
lgamma(y + a) - lgamma(a) - (y + a)*log(1 + s/a) + y*log(s/a)
-log(s^2)/2 + (s^2 + u^2)/2 - 1/2
(u - y)^2/2 + 0.5*(s^2 + u^2 - 1 - 2*log(s))
log(a/s) + (s^2 + (u - y)^2)/(2*a^2) - 1/2
-0.5*(1 + log(s^2) - u^2 - s^2)
log(s) + (log(abs(y) + 0.1) - u)^2/(2*s^2)
-log(s) - (a - 1)*log(abs(y)/s + 0.01) + (abs(y)/s)^a
-lgamma(s + a) + lgamma(s) + lgamma(a) - (s - 1)*log(0.3) - (a - 1)*log(0.7)
-log(Phi((1 - u)/s) - Phi((-1 - u)/s))
-log(sigmoid((1 - u)/s) - sigmoid((-1 - u)/s))
max(0, s + u - y)^2
4*a*((s/(abs(u) + 0.5))^12 - (s/(abs(u) + 0.5))^6)
s/(1 + exp(-a*(u - y)))
s*exp(-a*exp(-u))
(1 - exp(-a*(s - 1)))^2
""".split("\n")[1:-1]

# what is added to a cost
EXTRAS = """
0.01*w^2
0.1*abs(w)
a*(0.5*w^2 + 0.5*abs(w))
0.1*sqrt(w^2 + 1e-6)
a*log(1 + w^2)
max(0, abs(w) - 1)
""".split("\n")[1:-1]

LINEAR = """
w*x + b
w*(x - b)
w*x^2 + b
b + w*log(1 + abs(x))
w*x
(x - b)/(abs(w) + 0.1)
w*sin(b*x)
w*x/(b + x)
w*x^b
w*exp(-b*x)
b*x + w*y
""".split("\n")[1:-1]

SMALL = ["0.5", "1", "2", "0.1", "1.5", "0.01", "3", "0.25", "0.9", "5"]
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}
RELATIONS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


@cache
def read(text: str) -> Tree:
    """A row as a tree."""
    return _tree(ast.parse(text.replace("^", "**"), mode="eval").body)


def _tree(node: ast.AST) -> Tree:
    match node:
        case ast.Constant():
            return ("number", str(node.value))
        case ast.Name():
            return ("name", node.id)
        case ast.UnaryOp():
            return ("neg", _tree(node.operand))
        case ast.BinOp():
            return (OPERATORS[type(node.op)], _tree(node.left), _tree(node.right))
        case ast.Call(ast.Name("where"), [ast.Compare() as c, first, other]):
            relation = RELATIONS[type(c.ops[0])]
            condition = (relation, _tree(c.left), _tree(c.comparators[0]))
            return ("where", condition, _tree(first), _tree(other))
        case ast.Call(ast.Name() as name):
            return ("call", name.id, *map(_tree, node.args))
    raise AssertionError(ast.dump(node))


def fill(tree: Tree, letters: dict[str, Tree]) -> Tree:
    """The tree with trees for letters."""
    if tree[0] == "name":
        return letters.get(tree[1], tree)
    return tuple(fill(t, letters) if isinstance(t, tuple) else t for t in tree)


def draw_papers(random: Random) -> Definitions:
    """A linear part, a few activations in and beside one another, and a loss."""
    trees: dict[str, Tree] = {}
    spare = ["z", "h", "p", "q", "r", "k", "g"]

    def named(tree: Tree) -> Tree:
        """The tree, or a name for it."""
        if not spare or tree[0] == "name" or random.random() < 0.4:
            return tree
        trees[spare[0]] = tree
        return ("name", spare.pop(0))

    def row(rows: list[str], **letters: Tree) -> Tree:
        small = ("number", random.choice(SMALL))
        if random.random() < 0.1:
            small = ("name", random.choice("wb"))
        return fill(read(random.choice(rows)), {"a": small, **letters})

    def unit(depth: int) -> Tree:
        if depth <= 0:
            return named(row(LINEAR)) if random.random() < 0.8 else ("name", random.choice("wbx"))
        if random.random() < 0.3:
            return named(row(JOINTS, u=unit(depth - 1), v=unit(depth - random.choice([1, 2]))))
        return named(row(ACTIVATIONS, u=unit(depth - 1)))

    u = unit(random.choice([0, 1, 1, 2, 2, 3]))
    match random.choice(["loss", "loss", "chance", "likelihood", "likelihood", "none"]):
        case "loss":
            cost = row(LOSSES, u=u)
        case "chance":
            cost = row(OF_CHANCES, p=named(row(CHANCES, u=u)))
        case "likelihood":
            cost = row(LIKELIHOODS, u=u, s=named(row(SCALES, u=unit(random.choice([0, 0, 1])))))
        case _:
            cost = u
    if random.random() < 0.2:
        cost = ("+", cost, row(EXTRAS))
    trees["C"] = cost
    trees, met, parameters = resting(trees, ["w", "b", "x", "y"])
    inputs = [n for n in met if n not in parameters]
    points = [{n: draw_value(random, n) for n in met} for _ in range(4)]
    return Definitions(trees, parameters, inputs, points)


def draw_value(random: Random, name: str) -> float:
    """What a parameter, a sample or a label is; some of them far out, or just at a seam."""
    if random.random() < 0.15:
        return float(random.choice([0, 1, -1, 0.5, 20, -20, 40, -40, 100, -750, 1e-8, 1e5]))
    if name == "y" and random.random() < 0.6:
        return float(random.choice([0, 1, 1, -1, 2, 3, 7]))
    return random.gauss(0, 1) * random.choice([1, 1, 1, 4])
