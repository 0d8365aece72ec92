"""How a person's function is called: which of its arguments is what, from their names.

def obj(preds, dtrain)            XGBoost: z, and an object with get_label()
def obj(y_true, y_pred)           LightGBM, scikit-learn: labels first
def calc_ders_range(self, approxes, targets, weights)        CatBoost: minus the loss
def grad(z, y, delta=1.0)         names of the model
def make(*, delta): return obj    a function of letters that returns the function
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symgd.errors import InputError, SymgdError, listing
from symgd.judge.code.autodiff import engine_of
from symgd.judge.code.load import Failure, Unbound, guarded
from symgd.judge.code.problem import Batch, Problem, on_all, values_of
from symgd.judge.words import say
from symgd.language.sentences import Sentence


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# what an argument is      the names that say so
LABEL = _names(
    "y t y_true ytrue true truth label labels target targets actual actuals y_t ys tgt obs "
    "observed y_train y_test real"
)
DATA = _names("dtrain data_train train_data dataset dmat dmatrix dm train_set dval ds")
WEIGHT = _names("weight weights sample_weight sample_weights")
PROBABILITY = _names(
    "yhat y_hat yhats p ps prob probs proba probability probabilities phat p_hat y_prob y_proba"
)
SCORE = _names(
    "z zs pred preds y_pred ypred prediction predictions predt margin margins logit logits score "
    "scores raw raw_score raw_scores y_score approx approxes f fx eta output outputs "
    "y_preds predict"
)

# Names of a model, as code spells them.
SPELLED = {"weight": "w", "weights": "w", "bias": "b", "inputs": "x", "data": "x"}
# Letters of a loss, as code spells them.
GREEK = {"lambda_": "lambda", "lam": "lambda", "quantile": "tau", "q": "tau", "d": "delta"}


class Labels(np.ndarray[Any, Any]):
    """Labels as an array, and as what XGBoost and LightGBM hand to an objective.

    So a function has what it asks for, whether it is written for scikit-learn's way of calling it
    (`y_pred - y_true`) or for the library's own (`dtrain.get_label()`).
    """

    @classmethod
    def of(cls, values: Any) -> Labels:
        return np.array(values, dtype=float).view(cls)

    def get_label(self) -> Any:
        return np.array(self)

    @property
    def label(self) -> Any:
        return np.array(self)

    def get_weight(self) -> Any:
        return np.ones(np.size(self))

    def num_row(self) -> int:
        return int(np.size(self))

    num_data = num_row


@dataclass(frozen=True)
class Argument:
    """One argument: `role` is "value" (a name of the model), "data", "weight" or "number"."""

    name: str
    role: str
    value: Any = None
    keyword: bool = False


@dataclass(frozen=True)
class Arrangement:
    """A function, its arguments, and the sign of what it returns: -1 for CatBoost's.

    `guessed`: no name of an argument says which is the label; it was taken to be the second.
    `engine`: torch or jax, where the function is a cost that the library differentiates.
    """

    function: Callable[..., Any]
    arguments: tuple[Argument, ...]
    sign: int = 1
    notes: tuple[str, ...] = ()
    guessed: bool = False
    engine: str | None = None
    reduction: str = "mean"

    @property
    def called(self) -> Sentence:
        """`obj(z, y)`, in names of the model."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return say("code:call", function=name, arguments=tuple(map(spoken, self.arguments)))

    def named(self, name: str) -> tuple[int, ...]:
        return tuple(
            i for i, a in enumerate(self.arguments)
            if a.role in ("value", "data") and a.value == name
        )  # fmt: skip

    def turned(self, one: str, other: str) -> Arrangement | None:
        """The same with these two values in each other's place."""
        if not (self.named(one) and self.named(other)):
            return None
        other_of = {one: other, other: one}
        return replace(
            self,
            arguments=tuple(
                replace(a, value=other_of[a.value])
                if a.role in ("value", "data") and a.value in other_of
                else a
                for a in self.arguments
            ),
        )

    def with_value(self, name: str, new: str) -> Arrangement | None:
        """The same with another name of the model where this one is."""
        if not self.named(name):
            return None
        changed = tuple(
            replace(a, value=new) if a.role == "value" and a.value == name else a
            for a in self.arguments
        )
        return replace(self, arguments=changed)


def spoken(a: Argument) -> str:
    match a.role:
        case "data":
            return say("code:data", label=a.value)
        case "value":
            return f"{a.name}={a.value}" if a.keyword and a.name != a.value else str(a.value)
        case "number":
            return f"{a.name}={a.value:g}"
    return a.name


def arranged(
    function: Any,
    problem: Problem,
    arguments: Sequence[str] | None = None,
    numbers: Mapping[str, float] | None = None,
) -> Arrangement:
    """How a function is called; raises InputError where that cannot be told.

    arguments   the names of the model in the order of the function's arguments, where its own
                names do not say
    numbers     numbers for arguments of these names: the letters of the loss
    """
    numbers = dict(numbers or {})
    sign, notes = 1, []
    if isinstance(function, Unbound):
        function = getattr(made(function.owner, numbers), function.name)
    engine = engine_of(function)
    if engine is None and inspect.isclass(function):
        function = made(function, numbers)
    if hasattr(function, "calc_ders_range"):
        function = function.calc_ders_range
    if getattr(function, "__name__", "") == "calc_ders_range":
        sign = -1
        notes.append(say("code:note-catboost"))
    parameters = parameters_of(function)
    if parameters is not None and engine is None and of_letters(parameters, problem, numbers, sign):
        function = made(function, numbers)
        if not callable(function):
            raise InputError(
                "The function takes no prediction and no label; it needs both, as in grad(z, y)."
            )
        engine = engine_of(function)
        parameters = parameters_of(function)
    if arguments is not None:
        found = spelled(arguments, parameters, problem)
    elif parameters is None:
        found = [Argument(n, "value", n) for n in positional(problem)]
    else:
        found = by_names(parameters, problem, numbers, sign)
    have = {a.value for a in found if a.role in ("value", "data")} | {
        a.name for a in found if a.role == "number"
    }
    open_ = [n for n in problem.letters if n not in have]
    if open_:
        raise InputError(
            f"The loss has {listing(open_)} and the function takes no argument of that name: give "
            f"the number with the loss, as in huber(delta=1), or name the arguments in order."
        )
    told = {p.name: role(p, problem, numbers, sign) for p in parameters or ()}
    guessed = arguments is None and not any(told.get(a.name) for a in found[:2])
    return Arrangement(function, tuple(found), sign, tuple(notes), guessed, engine)


def of_letters(
    parameters: Sequence[inspect.Parameter], problem: Problem, numbers: Mapping[str, float],
    sign: int,
) -> bool:  # fmt: skip
    """Whether a function takes letters alone, and so has to make the function that is meant.

    A parameter whose name says that it is data is none; one with a number of its name, or with a
    default that is a number, is a letter.
    """
    positional = [p for p in parameters if p.kind != p.KEYWORD_ONLY]
    for p in positional:
        name = plain_name(p.name)
        if name in problem.leaves and name not in problem.letters:
            return False
        if name.lower() in LABEL | DATA | SCORE | PROBABILITY | WEIGHT:
            return False
        is_number = isinstance(p.default, (int, float)) and not isinstance(p.default, bool)
        if letter(name, numbers) is None and not is_number:
            return False
    return True


def made(function: Any, numbers: Mapping[str, float]) -> Any:
    """What a class or a function of letters alone makes."""
    known = {p.name: numbers[n] for p in parameters_of(function) or ()
             if (n := letter(plain_name(p.name), numbers)) is not None}  # fmt: skip
    try:
        return guarded(lambda: function(**known))
    except Failure as failure:
        name = getattr(function, "__name__", "the function")
        raise InputError(f"{name} was called with its letters alone, and {failure}.") from None


def plain_name(name: str) -> str:
    """w of w_, as symgd's own exports spell the names of a model."""
    return name.rstrip("_") or name


def parameters_of(function: Any) -> list[inspect.Parameter] | None:
    """The parameters, or None where Python does not know them."""
    try:
        forward = getattr(function, "forward", None)
        if engine_of(function) == "torch" and forward is not None:
            # What `apply` takes is what `forward` takes, but for the context.
            return list(inspect.signature(forward).parameters.values())[1:]
        found = list(inspect.signature(function).parameters.values())
    except Exception:  # a callable of the user's own class may fail at whatever it is asked
        return None
    if any(p.kind == p.VAR_POSITIONAL for p in found):
        return None
    return [p for p in found if p.kind != p.VAR_KEYWORD]


def positional(problem: Problem) -> list[str]:
    """The order where nothing says another: the variable, then the label; weights, data, label."""
    names = [n for n in problem.leaves if n not in problem.letters]
    return sorted(names, key=lambda n: (n == problem.label, names.index(n)))


def spelled(
    arguments: Sequence[str], parameters: list[inspect.Parameter] | None, problem: Problem
) -> list[Argument]:
    """The arguments as the user names them; raises InputError for a name that the model has not."""
    known = {*problem.leaves, *map(str, problem.graph.definitions)} - {str(problem.graph.cost)}
    for n in arguments:
        if n not in known:
            raise InputError(f"{n!r} is no name of this model; it has {listing(sorted(known))}.")
    own = [p.name for p in parameters or ()]
    data = [i < len(own) and own[i].lower() in DATA for i in range(len(arguments))]
    return [Argument(n, "data" if d else "value", n) for n, d in zip(arguments, data, strict=True)]


def letter(name: str, known: Any) -> str | None:
    """The letter that an argument of this name is, of those that are known."""
    low = name.lower()
    return next((n for n in (name, low, GREEK.get(low)) if n is not None and n in known), None)


def by_names(
    parameters: list[inspect.Parameter],
    problem: Problem,
    numbers: Mapping[str, float],
    sign: int,
) -> list[Argument]:
    """What each parameter is, by its name; those that say nothing take what is left, in order."""
    out: list[Argument | None] = []
    for p in parameters:
        out.append(role(p, problem, numbers, sign))
    used = {a.value for a in out if a is not None and a.role in ("value", "data")}
    rest = [n for n in positional(problem) if n not in used]
    letters = [n for n in problem.letters if n not in used]
    final: list[Argument] = []
    for p, a in zip(parameters, out, strict=True):
        keyword = p.kind == p.KEYWORD_ONLY or any(b.keyword for b in final)
        required = p.default is p.empty
        if a is None and not required and not (rest and len(final) < 2):
            continue
        if a is None:
            pool = rest or letters
            if not pool:
                raise InputError(
                    f"What the argument {p.name} is cannot be told from its name; name the "
                    f"arguments in order, as in {','.join(positional(problem))}, or give it a "
                    "default."
                )
            a = Argument(p.name, "value", pool.pop(0))
        skipped = len(final) < parameters.index(p)
        final.append(replace(a, keyword=keyword or skipped))
    missing = [n for n in rest if n in (*problem.wrt, problem.label)]
    if missing and any(n in problem.wrt for n in missing) and problem.label not in used:
        raise InputError(
            f"The function takes {listing([p.name for p in parameters], none='nothing')}; a "
            f"derivative of this loss needs {listing(positional(problem))}."
        )
    return final


def role(
    p: inspect.Parameter, problem: Problem, numbers: Mapping[str, float], sign: int
) -> Argument | None:
    """What a parameter is, or None where its name does not say."""
    name = plain_name(p.name)
    low = name.lower()
    optional = p.default is not p.empty
    exact = next((n for n in (name, low, SPELLED.get(low)) if n in problem.leaves), None)
    if exact is not None and (exact in problem.letters or not problem.per_sample):
        return Argument(p.name, "value", exact)
    if (known := letter(name, numbers)) is not None:
        return Argument(p.name, "number", numbers[known])
    if (known := letter(name, problem.letters)) is not None:
        return Argument(p.name, "value", known)
    if low in DATA and problem.label is not None:
        return Argument(p.name, "data", problem.label)
    if low in LABEL and problem.label is not None:
        return Argument(p.name, "value", problem.label)
    if exact is not None:
        return Argument(p.name, "value", exact)
    if low in WEIGHT:
        return None if optional else Argument(p.name, "none" if sign < 0 else "weight")
    if optional:
        return None
    inner = [str(v) for v in problem.graph.definitions]
    if not problem.per_sample:
        return None
    if low in PROBABILITY and "yhat" in inner and problem.wrt == ("z",):
        return Argument(p.name, "value", "yhat")
    if low in SCORE | PROBABILITY and len(problem.wrt) == 1:
        return Argument(p.name, "value", problem.wrt[0])
    return None


def handed(a: Argument, problem: Problem, batch: Batch, mapped: Mapping[str, Any]) -> Any:
    """What is passed for an argument: a copy, so that a function may write into it."""
    match a.role:
        case "number":
            return a.value
        case "none":
            return None
        case "weight":
            return np.ones(batch.size)
    value = mapped.get(a.value, batch.values.get(a.value))
    if value is None:
        try:
            value = on_all(values_of(problem, a.value, batch.values), batch.size)
        except (SymgdError, KeyError, StopIteration):
            raise InputError(
                f"{a.value} cannot be computed from {listing(problem.leaves)}; differentiate in "
                "what stands below it."
            ) from None
    if a.value == problem.label and a.value not in mapped:
        value = problem.coded(value)
    copy = np.array(value, dtype=float) if np.ndim(value) else float(value)
    if a.role == "data" or (a.value == problem.label and np.ndim(copy)):
        return Labels.of(np.atleast_1d(copy))
    return copy
