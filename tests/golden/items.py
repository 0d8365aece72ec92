"""What is frozen: every text that a user can be shown, as named items.

An item is an id, which is the path of its text under `tests/golden/pages/`, and a function that
makes the text today. Texts that people review are kept whole; of the bulk a digest is kept. Only
the public face is used, so that the rooms behind it may move.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any

from golden.reduced import rounded, visible

from symgd import Model, Network, Neuron, SymgdError, __version__
from symgd.cli import main
from symgd.judge.words import ENGLISH

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DOCUMENTS = HERE / "documents"

FORMATS = {"text": "txt", "latex": "tex", "markdown": "md", "html": "html", "json": "json"}
LANGUAGES = ("en", "zh")
STYLES = ("differential", "backprop")
# What is exported ends in .txt: a linter would judge it, and mend it, as if it were ours.
TARGETS = {
    "c": "h.txt", "numpy": "py.txt", "jax": "py.txt", "torch": "py.txt",
    "xgboost": "py.txt", "lightgbm": "py.txt", "catboost": "py.txt",
}  # fmt: skip
VERDICTS = {
    "text": "txt", "json": "json", "html": "html", "markdown": "md", "github": "txt", "lines": "txt"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """A text that users see: where it is kept, how it is made, and whether it is kept whole."""

    id: str
    make: Callable[[], str]
    whole: bool = False
    slow: bool = False

    @property
    def subject(self) -> str:
        """What is tested in one piece: "scalars/sigmoid"."""
        return "/".join(self.id.split("/")[:2])

    def text(self) -> str:
        """The text as it is today; where there is none, the sentence that says why."""
        try:
            made = self.make()
        except SymgdError as error:
            made = f"{type(error).__name__}: {error}\n"
        made = made.replace(__version__, "VERSION")
        return visible(made) if self.id.endswith(".html") else made


def items() -> list[Item]:
    """Every item, in the order of the groups."""
    return [
        *scalars(), *pairs(), *arrays(), *languages(), *exports(), *documents(), *terminal(),
    ]  # fmt: skip


# -- the command line -----------------------------------------------------------------------------


def run(*words: str, at: Path = ROOT) -> tuple[str, str, int]:
    """(stdout, stderr, exit code) of `symgd words`, on a terminal of 80 columns."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(at), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main.main(
            args=list(words), prog_name="symgd", standalone_mode=False, terminal_width=80
        )
    return out.getvalue(), err.getvalue(), code or 0


def session(*calls: tuple[str, ...], at: Path = ROOT) -> str:
    """What a terminal shows of these calls, one after the other."""
    shown = []
    for words in calls:
        out, err, code = run(*words, at=at)
        shown.append(f"$ symgd {' '.join(words)}\n{out}{err}[exit code {code}]\n\n")
    return "".join(shown)


@cache
def table(what: str) -> dict[str, tuple[str, ...]]:
    """name → its parameters without a default, as `symgd list activations` shows them."""
    rows = re.findall(r"^  ([a-z]\w*)(?:\((.*?)\))?(?=\s)", run("list", what)[0], re.MULTILINE)
    return {name: tuple(p for p in given.split(", ") if p and "=" not in p) for name, given in rows}


def catalogue() -> Iterator[tuple[str, str]]:
    """("activation", "sigmoid"), ..., ("loss", "kl")."""
    for what, one in (("activations", "activation"), ("losses", "loss")):
        for name in table(what):
            yield one, name


# Where a parameter must lie elsewhere than at ½.
NUMBERS = {"p": 1.5}


def numbered(one: str, name: str) -> str:
    """A row with a number for each parameter: "elu(alpha=0.5)"."""
    letters = table({"activation": "activations", "loss": "losses"}[one])[name]
    given = ", ".join(f"{p}={NUMBERS.get(p, 0.5)}" for p in letters)
    return f"{name}({given})" if given else name


# -- neurons --------------------------------------------------------------------------------------

# Rows whose pages of order 2 are in the fast suite, and kept whole.
SECOND = "sigmoid tanh relu softplus silu elu quadratic huber bce hinge".split()


@cache
def derivation(one: str, name: str, order: int) -> Any:
    return Neuron(**{one: name}).derive(order=order)


@cache
def worked(one: str, name: str) -> Any:
    """The derivation at a point where every row has a value."""
    model = Neuron(**{one: name})
    point = {n: NUMBERS.get(n, 0.5) for n in (*model.parameters, *model.inputs)}
    point |= {n: value for n, value in (("b", 2), ("x", 3), ("y", 1), ("t", 1)) if n in point}
    return derivation(one, name, 1).at(point)


def page(found: Any, format: str, language: str) -> str:
    if format == "latex":
        return found.to_latex(document=True, language=language)
    return getattr(found, f"to_{format}")(language=language)


def scalars() -> Iterator[Item]:
    """Neuron(activation=row) and Neuron(loss=row): every format and language, orders 1 and 2."""
    for one, name in catalogue():
        at, few = f"scalars/{name}", name in SECOND
        first, second = partial(derivation, one, name, 1), partial(derivation, one, name, 2)
        point = partial(worked, one, name)
        for what, found in (("order1", first), ("point", point)):
            for format, ending in FORMATS.items():
                for language in LANGUAGES:
                    yield Item(
                        f"{at}/{what}.{language}.{ending}",
                        lambda f=found, a=format, b=language: page(f(), a, b),
                        kept_whole(what, format, language, few),
                        slow=format == "html" and not few,
                    )
        yield Item(f"{at}/fragment.tex", lambda f=first: f().to_latex())
        yield Item(f"{at}/faces.txt", lambda f=first: f"{f()!r}\n{f()._repr_latex_()}\n")
        for format, ending in FORMATS.items():
            for language in LANGUAGES:
                yield Item(
                    f"{at}/order2.{language}.{ending}",
                    lambda f=second, a=format, b=language: page(f(), a, b),
                    few and (format, language) == ("text", "en"),
                    not few,
                )


def kept_whole(what: str, format: str, language: str, few: bool) -> bool:
    """The English text of each row, its LaTeX, and the Chinese text of a few."""
    if format == "text":
        return language == "en" or (what == "order1" and few)
    return (format, what, language) == ("latex", "order1", "en")


#   what               how it is made
PAIRS: dict[str, Callable[[], Any]] = {
    "brief": lambda: Neuron().derive(detail="brief"),
    "full": lambda: Neuron().derive(detail="full"),
    "three_inputs": lambda: Neuron("tanh", "huber(delta=1)", inputs=3).derive(),
    "only_b": lambda: Neuron("gelu", "log_cosh").derive("b"),
    "order3": lambda: Neuron("tanh").derive("w", order=3),
    "softplus_poisson": lambda: Neuron("softplus", "poisson_mean").derive(),
    "leaky_pinball": lambda: Neuron("leaky_relu(a=0.1)", "pinball(tau=0.3)").derive(),
    "identity_focal": lambda: Neuron("identity", "focal(gamma=2)").derive(),
    "own_formulas": lambda: Neuron("z*tanh(log(1 + exp(z)))", "log(cosh(yhat - y))").derive(),
    "own_letter": lambda: Neuron("z*tanh(q*z)", constants={"q": None}).derive(),
    "deep": lambda: Model(
        {"h": "tanh(u*x)", "z": "w*h", "C": "(z - y)^2/2"}, parameters=["u", "w"]
    ).derive(),
    "two_ways": lambda: Model(
        {"s": "w*x", "a": "exp(s)", "b": "sin(s)", "C": "a*b + s^3"}, parameters=["w"]
    ).derive(),
    "elementary": lambda: Model(
        {"u": "atan(w) + asinh(w) + log1p(w^2)", "C": "erf(u)*sqrt(1 + u^2) + abs(u)^3"},
        parameters=["w"],
    ).derive(),
    "abstract": lambda: Model(
        {"z": "w*x", "C": "g(z)*h(z)"}, parameters=["w"], functions={"g": None, "h": "z*exp(z)"}
    ).derive(),
}  # fmt: skip


def pairs() -> Iterator[Item]:
    """Neurons and models of other kinds: details, several inputs, formulas of one's own."""
    for name, build in PAIRS.items():
        build = cache(build)
        for format, ending in FORMATS.items():
            for language in LANGUAGES:
                yield Item(
                    f"models/{name}/page.{language}.{ending}",
                    lambda f=build, a=format, b=language: page(f(), a, b),
                    (format, language) == ("text", "en"),
                )


# -- arrays ---------------------------------------------------------------------------------------


def shaped(definitions: Mapping[str, str], parameters: list[str], **shapes: Any) -> Any:
    return Model(definitions, parameters, shapes=shapes)


MN, NN = ("m", "n"), ("n", "n")
#   what               model, order
ARRAYS: dict[str, tuple[Callable[[], Any], int]] = {
    "vector_neuron": (lambda: Neuron(inputs="n"), 1),
    "vector_neuron_bce": (lambda: Neuron(loss="bce", inputs="n"), 1),
    "one_sample": (lambda: Network([4, 3, 2], "relu", "softmax_cross_entropy", batch=False), 1),
    "batch": (lambda: Network([4, 3, 2], "relu", "softmax_cross_entropy"), 1),
    "three_layers": (lambda: Network([7, 5, 4, 3], "sigmoid", "quadratic", batch=False), 1),
    "penalties": (lambda: Network([4, 3, 2], "tanh", "mse", l1="lam", l2=0.01), 1),
    "batch_norm": (lambda: Network([4, 3, 2], "tanh", "quadratic", normalise="batch"), 1),
    "layer_norm": (lambda: Network([4, 3, 2], "gelu", "quadratic", normalise="layer"), 1),
    "logits": (lambda: Network(["n", "h", 1], "softplus", "bce_logits"), 1),
    "mixed": (lambda: Network([4, 3, 2], ["elu(alpha=1)", "sigmoid"], "bce", batch=False), 1),
    "own_activation": (lambda: Network([4, 3, 2], "z*tanh(log(1 + exp(z)))", "log_cosh"), 1),
    "attention": (lambda: Network.attention(), 1),
    "recurrent": (lambda: Network.recurrent(steps=3), 1),
    "least_squares": (
        lambda: shaped({"C": "norm2(X*w - y)^2"}, ["w"], X=MN, w="n", y="m"), 1),
    "least_squares_hessian": (
        lambda: shaped({"C": "norm2(X*w - y)^2"}, ["w"], X=MN, w="n", y="m"), 2),
    "layer": (
        lambda: shaped({"z": "W*x + b", "a": "sigmoid(z)", "C": "norm2(a - y)^2/2"}, ["W", "b"],
                       W=MN, x="n", b="m", y="m"), 1),
    "layer_hessian": (
        lambda: shaped({"z": "W*x + b", "C": "norm2(tanh(z) - y)^2*t"}, ["W", "b", "t"],
                       W=MN, x="n", b="m", y="m", t=()), 2),
    "traces": (
        lambda: shaped({"C": "tr(A*X*B*X') + logdet(X'*X) + sum(inv(X'*X))"}, ["X"],
                       A=("m", "m"), B=NN, X=MN), 1),
    "determinant": (lambda: shaped({"C": "det(S)*tr(inv(S))"}, ["S"], S=NN), 1),
    "jacobian": (lambda: shaped({"f": "softmax(W*x)"}, ["x"], W=MN, x="n"), 1),
    "jacobian_of_matrix": (lambda: shaped({"F": "X'*A*X"}, ["X"], A=("m", "m"), X=MN), 1),
    "log_sum_exp": (lambda: shaped({"C": "logsumexp(X*w) - y'*X*w"}, ["w"], X=MN, w="n", y="m"), 1),
    "entrywise": (
        lambda: shaped({"C": "sum(exp(-x.^2).*sin(x)./cosh(x)) + norm1(x)"}, ["x"], x="n"), 1),
    "kronecker": (
        lambda: shaped({"C": "norm2(kron(A, X)*kron(b, b))^2"}, ["X"], A=NN, X=NN, b="n"), 1),
    "symmetric": (
        lambda: Model({"C": "0.5*y'*inv(K)*y + 0.5*logdet(K)"}, ["K"],
                      shapes={"K": NN, "y": "n"}, assume={"K": "spd"}), 1),
    "structure": (
        lambda: Model({"C": "y'*S*y + tr(S*S)"}, ["S"], shapes={"S": NN, "y": "n"},
                      structure={"S": "symmetric"}), 1),
}  # fmt: skip


# Numbers that are put in: for these the pages in every language are kept whole.
POINTS: dict[str, dict[str, Any]] = {
    "vector_neuron": {"w": [0.5, -1.0], "x": [3.0, 2.0], "b": 2.0, "y": 0.0},
    "layer": {
        "W": [[0.5, -1.0, 2.0], [0.25, 0.0, -0.75]], "x": [1.0, 2.0, 3.0], "b": [0.1, -0.2],
        "y": [1.0, 0.0],
    },
    "batch": {
        "X": [[0.5, i / 8, -0.25 * i, 1.0] for i in range(8)],
        "Y": [[1, 0], [0, 1], [0, 1], [1, 0]] * 2,
        "W1": [[0.5, -0.25, 0.125, 1.0], [-1.0, 0.5, 0.25, 0.75], [0.1, 0.2, -0.3, 0.4]],
        "b1": [0.25, -0.5, 0.125], "W2": [[1.0, -0.5, 0.25], [0.5, 0.75, -1.0]], "b2": [0.0, 0.5],
    },
    "layer_hessian": {"W": [[0.5, -1.0]], "x": [1.0, 2.0], "b": [0.1], "y": [1.0], "t": 0.5},
    "jacobian": {"W": [[1.0, -1.0], [0.5, 2.0], [0.0, 0.25]], "x": [0.3, -0.6]},
}  # fmt: skip


def arrays() -> Iterator[Item]:
    """Models over arrays in both styles and languages, some at a point; then the catalogue in
    networks."""
    for name, (build, order) in ARRAYS.items():
        model = cache(build)
        found = cache(lambda m=model, o=order: m().derive(order=o))
        point = cache(lambda f=found, n=name: f().at(POINTS[n]))
        for style, (format, ending) in product(STYLES, FORMATS.items()):
            if format == "json" and style != STYLES[0]:
                continue
            for language in LANGUAGES:
                first = language == LANGUAGES[0]
                name_of = f"{style}.{ending}" if first else f"{style}.{language}.{ending}"
                whole = format == "text" or (format, style) == ("latex", STYLES[0])
                yield Item(
                    f"arrays/{name}/{name_of}",
                    lambda f=found, a=format, b=language, c=style: f().render(a, b, c),
                    whole and (first or name in POINTS),
                )
        if name in POINTS:
            for (format, ending), language in product(FORMATS.items(), LANGUAGES):
                yield Item(
                    f"arrays/{name}/point.{language}.{ending}",
                    lambda f=point, a=format, b=language: f().render(a, b),
                    format == "text",
                )
        yield Item(f"arrays/{name}/faces.txt", lambda m=model, f=found: faces(m(), f()), True)
    for one, name in catalogue():
        spec = numbered(one, name)
        how = {"activation": spec} if one == "activation" else {"loss": spec, "output": "sigmoid"}
        for batch in (True, False):
            found = cache(lambda h=how, b=batch: Network([3, 4, 2], batch=b, **h).derive())
            for style in STYLES:
                yield Item(
                    f"networks/{name}/{'batch' if batch else 'sample'}.{style}.txt",
                    lambda f=found, b=style: f().to_text(style=b),
                )


def faces(model: Any, found: Any) -> str:
    """What the attributes of a model and of its derivation print."""
    lines = [repr(model), repr(found), f"parameters {model.parameters}", f"inputs {model.inputs}"]
    lines += [f"{n} = {e}" for n, e in model.definitions.items()]
    lines += [f"{n} is {s}" for n, s in model.shapes.items()]
    lines += [f"adjoint {n} = {e}" for n, e in found.adjoints.items()]
    lines += [f"result {n} = {e}" for n, e in found.results.items()]
    return "\n".join(lines) + "\n"


# -- languages ------------------------------------------------------------------------------------

# English and Chinese have every page above; these have one page to be read, and a few beside it.
OTHER_LANGUAGES = ("de", "fr", "es")
#   what       how it is made, its format
SPOKEN: dict[str, tuple[Callable[[], Any], str]] = {
    "point": (lambda: Neuron().derive().at(w=0.5, b=2, x=3, y=0), "text"),
    "cases": (lambda: Neuron("hardswish", "huber").derive(detail="full"), "text"),
    "order2": (lambda: Neuron("tanh").derive(order=2), "latex"),
    "corner": (lambda: Neuron("relu").derive().at(w=0, b=0, x=3, y=1), "html"),
    "network": (lambda: Network([4, 3, 2], "relu", "softmax_cross_entropy").derive(), "text"),
}


def languages() -> Iterator[Item]:
    """A handful of pages in the other languages."""
    for (name, (build, format)), language in product(SPOKEN.items(), OTHER_LANGUAGES):
        yield Item(
            f"languages/{name}/{language}.{FORMATS[format]}",
            lambda f=build, a=format, b=language: page(f(), a, b),
            name == "point",
        )


# -- exports --------------------------------------------------------------------------------------

#   activation, loss                     kept whole
EXPORTED = {
    ("sigmoid", "quadratic"): True,
    ("gelu", "huber(delta=1)"): True,
    ("identity", "bce_logits"): True,
    ("sigmoid", "bce"): False,
    ("relu", "pinball(tau=0.3)"): False,
    ("softplus", "poisson_mean"): False,
    ("mish", "log_cosh"): False,
    ("logsigmoid", "kl"): False,
    ("identity", "focal(gamma=2)"): False,
}
BOOSTING = ("xgboost", "lightgbm", "catboost")
GUARDS = ("clip", "abs", "gauss-newton")
EXPORTED_ARRAYS = (
    "vector_neuron one_sample batch batch_norm penalties attention recurrent traces log_sum_exp "
    "least_squares_hessian"
).split()
WHOLE_ARRAYS = ("batch", "attention")


def exports() -> Iterator[Item]:
    """Neurons in every target, objectives under each guard, arrays in JAX and PyTorch."""
    for (activation, loss), whole in EXPORTED.items():
        at = f"exports/{_word(activation)}_{_word(loss)}"
        for target, ending in TARGETS.items():
            words = ("export", "--to", target, "-a", activation, "-l", loss)
            bulk = not whole or target in BOOSTING[1:]
            yield Item(f"{at}/{target}.{ending}", partial(shown, words), whole, bulk)
            if target == "xgboost":
                for guard in GUARDS:
                    guarded = (*words, "--guard", guard, "--name", "own")
                    yield Item(
                        f"{at}/{target}.{guard}.{ending}", partial(shown, guarded), slow=bulk
                    )
    for name in EXPORTED_ARRAYS:
        build, order = ARRAYS[name]
        for target in ("jax", "torch"):
            yield Item(
                f"exports/arrays_{name}/{target}.py.txt",
                lambda b=build, o=order, t=target: b().compile(order=o).export(t),
                name in WHOLE_ARRAYS,
            )
    for one, name in catalogue():
        for target, ending in TARGETS.items():
            if target in BOOSTING[1:]:
                continue  # these differ from xgboost by a frame, which is frozen above
            how = ("-a", name) if one == "activation" else ("-l", name)
            if target in BOOSTING and one == "loss":
                how = ("-a", "identity", *how)
            yield Item(
                f"exports_of_all/{name}/{target}.{ending}",
                partial(shown, ("export", "--to", target, *how)),
                slow=True,
            )


def shown(words: tuple[str, ...]) -> str:
    """What goes to the terminal, with what is said on stderr, and an exit code that is not 0."""
    out, err, code = run(*words)
    return out + err + (f"[exit code {code}]\n" if code else "")


def _word(text: str) -> str:
    return re.sub(r"\W.*", "", text)


# -- documents that others wrote -------------------------------------------------------------------


def documents() -> Iterator[Item]:
    """The verdicts on every document of the corpus."""
    for path in sorted(DOCUMENTS.iterdir()):
        for format, ending in VERDICTS.items():
            name = format if format in ("github", "lines") else "verdicts"
            yield Item(
                f"documents/{path.name}/{name}.{ending}",
                lambda f=format, n=path.name: rounded(checked(n, f)),
                format in ("text", "json"),
                slow=format not in ("text", "json") and path.name != "logistic.md",
            )
    yield Item(
        "documents/given/verdicts.txt",
        lambda: session(
            ("check", "follows.md", "--assume", "x > 0", "--define", "g = 2x"),
            ("check", "plain.txt", "follows.md", "--format", "lines"),
            ("check", "not_understood.tex", "--strict", "--format", "lines"),
            at=DOCUMENTS,
        ),
        True,
    )
    for language in ("zh", *OTHER_LANGUAGES):
        yield Item(
            f"documents/languages/{language}.txt",
            lambda a=language: session(("check", *TOLD, "--language", a), at=DOCUMENTS),
            True,
        )
    # What readers of JSON key on: an id may be added, and none is renamed.
    yield Item("documents/languages/ids.txt", lambda: "\n".join(sorted(ENGLISH.table)) + "\n", True)


# Documents that are told in each language.
TOLD = ("softmax_slip.md", "not_understood.tex", "follows.md", "backprop_slip.md", "prose.md")


def checked(name: str, format: str) -> str:
    out, err, code = run("check", name, "--format", format, at=DOCUMENTS)
    return out + err if format in ("json", "html") else f"{out}{err}[exit code {code}]\n"


# -- the terminal ---------------------------------------------------------------------------------

COMMANDS = (
    "derive", "train", "report", "check", "export", "exercise", "practice", "list", "mcp", "lsp",
    "serve", "site",
)  # fmt: skip
MODELS = "gaussian_process layer logistic_regression mlp neuron".split()

#  words after `symgd` that are refused
REFUSED: tuple[tuple[str, ...], ...] = (
    ("foo",),
    ("derive", "--inputs", "x"),
    ("derive", "--inputs", "0"),
    ("derive", "--order", "9"),
    ("derive", "--wrt", "q"),
    ("derive", "--format", "doc"),
    ("derive", "-o", "page.doc"),
    ("derive", "-a", "sigmod"),
    ("derive", "-a", "huber"),
    ("derive", "-a", "z*q"),
    ("derive", "-a", "z*"),
    ("derive", "-a", "elu(beta=1)"),
    ("derive", "-a", "elu(alpha=-1)"),
    ("derive", "-a", "9**9**9"),
    ("derive", "-a", "gamma(z)"),
    ("derive", "-l", "relu"),
    ("derive", "-l", "bce", "-a", "logsigmoid"),
    ("derive", "-l", "y*2"),
    ("derive", "--at", "w=1"),
    ("derive", "--at", "w=1,b=2,x=3,y=oo"),
    ("derive", "--at", "w"),
    ("derive", "-c", "w=1"),
    ("derive", "--model", "docs/models/none.toml"),
    ("derive", "--model", "docs/models/layer.toml", "--at", "x=1"),
    ("derive", "--model", "docs/models/layer.toml", "-a", "tanh"),
    ("derive", "--language", "it"),
    ("export",),
    ("export", "--to", "fortran"),
    ("export", "--to", "c", "--guard", "clip"),
    ("train",),
    ("train", "none.csv"),
    ("train", "--at", "x=3,y=0", "--optimizer", "newton"),
    ("train", "--at", "x=3,y=0", "--optimizer", "sgd(rate=-1)"),
    ("train", "--at", "x=3,y=0", "-l", "pinball"),
    ("check",),
    ("check", "none.tex"),
    ("check", "none.tex", "--define", "C = ("),
    ("list", "adam"),
    ("list", "sigmod"),
)

#  what is trained and checked by numbers: kept to ten digits
RUNS: dict[str, tuple[tuple[str, ...], ...]] = {
    "demo": ((),),
    "train": (
        ("train", "--at", "x=3,y=0", "--start", "w=.5,b=2", "--epochs", "20"),
        ("train", "--at", "x=3,y=1", "-l", "bce", "--optimizer", "adam(rate=0.1)", "--epochs", "9"),
        ("train", "data.csv", "-a", "tanh", "--epochs", "5", "--reduction", "sum"),
        ("train", "data.csv", "-a", "tanh", "--epochs", "500", "--tolerance", "0.001"),
    ),
    "exercise": (
        ("exercise", "-a", "sigmoid"),
        ("exercise", "-k", "numbers", "-a", "tanh", "--solution", "-", "--language", "zh"),
        ("exercise", "-d", "hard", "-k", "numbers", "--format", "latex"),
    ),
    "check_gradient": (
        ("check", "--gradient", "functions:right", "--of", "bce_logits", "--arguments", "z,y"),
        ("check", "--gradient", "functions:sign", "--of", "bce_logits", "--arguments", "z,y"),
        ("check", "--gradient", "functions:half", "--of", "mse", "--wrt", "yhat",
         "--arguments", "yhat,y", "--format", "json"),
    ),
}  # fmt: skip


def terminal() -> Iterator[Item]:
    """Help, tables, rows, models from files, refusals, and what a run prints."""
    yield Item("terminal/help/symgd.txt", lambda: session(("--version",), ("--help",)), True)
    for name in COMMANDS:
        yield Item(f"terminal/help/{name}.txt", lambda n=name: session((n, "--help")), True)
    for name in ("", "activations", "losses", "optimizers", "rules"):
        words = ("list", name) if name else ("list",)
        yield Item(f"terminal/list/{name or 'all'}.txt", partial(session, words), bool(name))
    rows = [("list", name) for _, name in catalogue()]
    yield Item("terminal/list/rows.txt", lambda: session(*rows), True)
    for name in MODELS:
        file = f"docs/models/{name}.toml"
        for format, ending in FORMATS.items():
            words = ("derive", "--model", file, "--format", format)
            yield Item(f"terminal/models/{name}.{ending}", partial(shown, words), format == "text")
    yield Item("terminal/refused/sentences.txt", lambda: session(*REFUSED), True)
    for name, calls in RUNS.items():
        at = HERE / "runs"
        yield Item(
            f"terminal/runs/{name}.txt", lambda c=calls, a=at: rounded(session(*c, at=a)), True
        )
