"""What a page asks of the workbench's engine, odd fields among it: an answer or a sentence.

Models are those of formulas and papers; a third of the fields hold something odd.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from fuzz.formulas import draw_definitions
from fuzz.oracle import LONGEST, FindError
from fuzz.papers import draw_papers
from symgd import Limits
from symgd.hosts.web.answers import answer
from symgd.hosts.web.asked import QUESTIONS

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, -0.0, 1e-320, 10**30, "", "z", "\ud800", "\x1b[31m", "<b>",
    "a" * 3000, [], [1], ["sgd"], ["sgd", "adam"], [[]], {}, {"w": 1}, {"w": [1, 2]}, {"w": "x"},
    {"x": [0, 1], "y": [1, 0]}, "w=1", "sigmoid", "huber(delta=0)", "softmax", "1,1", "2, 3, 1",
    "0", "100000,1", "relu", "z+", "w*", "∞", "NaN", "w = 1 : real", "W: m x n", "d = 2", "order",
)  # fmt: skip
DOCUMENTS = ("f(x) = x^2\nf'(x) = 3x", "$$a = b$$", "$\\sigma'(z) = \\sigma(z)$", "", "z = wx + b")


@dataclass(frozen=True)
class Request:
    texts: Mapping[str, Any]


def draw_request(random: Random) -> Request:
    question = random.choice(sorted(QUESTIONS))
    fields = QUESTIONS[question]
    request: dict[str, Any] = {"ask": question}
    if "model" in fields and random.random() < 0.7:
        drawn = random.choice([draw_definitions, draw_papers])(random)
        request |= {
            "model": "lines",
            "lines": "\n".join(f"{n} = {t}" for n, t in drawn.texts.items()),
            "parameters": ", ".join(drawn.parameters),
        }
        names = [*drawn.parameters, *drawn.inputs]
        if "at" in fields:
            request["at"] = {n: random.choice([0, 1, -1, 0.5, 1e3]) for n in names}
        if "data" in fields:
            request["data"] = {n: random.choices([0, 1, -1, 0.5], k=3) for n in drawn.inputs}
            request["epochs"] = 5
    if "text" in fields:
        request["text"] = random.choice(DOCUMENTS)
    for name in fields:
        if random.random() < 0.12:
            request[name] = random.choice(ODD)
    return Request(request)


def check_request(drawn: Request) -> None:
    began = time.process_time()
    with Limits(seconds=LONGEST):
        found = answer(drawn.texts)
    json.dumps(found, allow_nan=False).encode("utf-8")
    if "error" in found:
        error = found["error"]
        if error["kind"] not in ("input", "limit"):
            raise FindError(f"internal: {error['sentence']}")
        if not error["sentence"].rstrip().endswith((".", "^", "?", ")")):
            raise FindError(f"no sentence: {error['sentence']}")
    took = time.process_time() - began
    # What passes the limit is told in a sentence, and as soon as it passes.
    if took > (LONGEST if "answer" in found else 1.5 * LONGEST):
        raise FindError(f"{drawn.texts['ask']}: {took:.1f} s")
