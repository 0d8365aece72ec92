"""The point that a wrong line is shown at: a witness that a person can work out again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mpmath as mp

from symgd.judge.environment.environment import Environment
from symgd.judge.trouble import Misfit, NotUnderstood, Outside
from symgd.judge.values.agreement import shown
from symgd.judge.values.evaluator import MOST_WORK, Clock, Evaluator
from symgd.judge.values.points import Point
from symgd.judge.values.sampling import Trial
from symgd.judge.words import say


def needed(env: Environment, trial: Trial, members: list[Any], primes: Any) -> Trial:
    """A trial with those letters alone at its point that these members rest on."""
    point = Point(env, *trial.point.draw_of)
    try:
        with mp.workdps(trial.digits):
            evaluator = Evaluator(env, point, Clock(MOST_WORK), trial.binding, primes=primes)
            for member in members:
                evaluator.value(member)
    except (NotUnderstood, Outside, Misfit):
        return trial
    return replace(trial, point=point)


def shown_point(trial: Trial) -> dict[str, str]:
    """The letters of a counterexample with their values, indices first."""
    out = {n: str(v) for n, v in trial.binding.items()}
    random = {k: say("point:one-of", values=tuple(shown(v, 4) for v in values))
               for k, values in trial.point.outcomes.items()}  # fmt: skip
    drawn = {k: shown(v, 4) for k, v in trial.point.drawn.items() if k not in random}
    for (base, below, above), text in sorted((drawn | random).items(), key=str):
        if base in trial.binding and not (below or above):
            continue
        name = base
        if below:
            name += f"_{{{','.join(map(str, below))}}}" if len(below) > 1 else f"_{below[0]}"
        if above:
            name += f"^({','.join(map(str, above))})"
        out[name] = text
    for letters, weights in trial.point.weights.items():
        out[say("point:weights", letters=letters)] = ", ".join(shown(w, 4) for w in weights)
    return out
