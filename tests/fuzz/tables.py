"""Random tables: models, values and settings in TOML, values in JSON, and samples in CSV.

`draw_toml` writes files such as people write, with a wrong kind of value in some places, and then
spoils most of them as texts (`mutations.py`); `draw_csv` does so with columns of numbers.
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from fuzz.mutations import mutated

#  kind       who reads it
KINDS = {
    "model":   "symgd derive --model",
    "values":  "symgd derive --model --at",
    "json":    "symgd derive --model --at",
    "config":  "symgd check: [tool.symgd.check] of pyproject.toml",
    "scheme":  "symgd check --class --scheme",
    "baseline": "symgd check --baseline",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A text that is a table of a kind of KINDS."""

    kind: str
    text: str


@dataclass(frozen=True)
class Samples:
    """A text in CSV; `columns` are what was written into it, None where it was spoiled after."""

    text: str
    columns: dict[str, list[float]] | None = field(default=None)


#  What stands in a table where something else belongs
ODD = (
    "1", "-1", "0", "1.5", "nan", "inf", "-inf", "1e400", "9" * 30, "9" * 5000, "0x" + "F" * 400, "true", '""',
    "''", '"x"', '"x > 0"', '"\\u0000"', '"\\u001b[2J"', '"' + "z" * 3000 + '"', "[]", "[[]]", "{}", '["w", 1]',
    "[1, [2, 3]]", "{a = 1}", "1979-05-27", "07:32:00", '"z" ', '"\U0001d431"', '"' + "(" * 400 + '"', "[1, nan]",
    "{a.b.c = {}}", '"""\nx\n"""', "1_000", "[" * 60 + "]" * 60, '"1/0"', '"z/z"', "{0 = 1}", '{"1/0" = 1}',
)  # fmt: skip
NAMES = ("w", "b", "x", "y", "z", "C", "g", "A", "W", "'w'", '"\\u0177"', '""', "ŷ", "a.b", '"a b"', "exp", "E", "pi",
         "lambda", "__class__", "w1", "x_1", '"f(u, v)"', '"x\'"', "0", "1", "-", '"C = w"', '"\\n"')  # fmt: skip
FORMULAS = (
    "w*x + b", "(y - z)^2/2", "sigmoid(z)", "max(z, 0)", "exp(z)", "g(z)", "w'*x + b", "where(z > 0, z, 0.1*z)",
    "log(z)", "f(w, x)", "A*x", "sum(z)", "z", "C", "1/0", "w**x**b", "softplus(z)", "(", "", "W*x", "x'*A*x",
    "log_softmax(W*x)", "abs(z)", "z^3 + x*z", "tr(W)", "norm(W*x - y)^2", "D(z, w)", "1e400*w", "z = 1",
)  # fmt: skip
SIZES = ('"n"', '["m", "n"]', "[]", '["n", "n"]', '"k"', "3", "[2, 3]", '["n"]', '"2"', '["n", 1]', "[0]", "[-1]",
         '["a", "b", "c"]', '"n+1"', "[100000, 100000]")  # fmt: skip
DOMAINS = ('"x > 0"', '[0, 1]', '"(0, inf)"', '"positive"', '"real"', '"integer"', "[1, 0]", '">0"', '"0 < x < 1"',
           "0", '["x > 0"]', '"[0, 1]"', '"symmetric"', '"nonzero"', "[0, inf]", "[nan, 1]", '"unit"')  # fmt: skip
STRUCTURES = ('"symmetric"', '"diagonal"', '"orthogonal"', '"invertible"', '"positive definite"', '["symmetric"]',
              '"lower"', '"psd"', '"no such"')  # fmt: skip
ASSUMPTIONS = ('"symmetric"', '"invertible"', '"positive"', '"x > 0"', '"nonzero"', '["symmetric", "invertible"]',
               '"positive_definite"', "true")  # fmt: skip
ACTIVATIONS = (
    '"relu"',
    '"sigmoid"',
    '"softmax"',
    '"z^2"',
    '"elu(alpha=1)"',
    '["relu", "softmax"]',
    '"no"',
    "1",
)
LOSSES = (
    '"quadratic"',
    '"softmax_cross_entropy"',
    '"bce"',
    '"huber(delta=1)"',
    '"(y - yhat)^2"',
    '["a"]',
    "7",
)

#  Words of the formats, put in where they do not belong
TOKENS = (
    "[", "]", "[[", "]]", "{", "}", "=", ".", ",", '"', "'", '"""', "'''", "#", "\n", "\\", "\\u", "\\ud800",
    "[definitions]", "[network]", "[assume]", "[domains]", "[kinks.g]", "[kinks]", "[values]", "[shapes]",
    "[structure]", "[constants]", "[starts]", "[functions]", "parameters = ", "sizes = ", "a.a.a = 1", "[a.a.a]",
    "[tool.symgd.check]", "inf", "nan", "true", "1979-05-27T07:32:00Z", "0o7", "0b1", "1e", "+", "-",
)  # fmt: skip
CSV_TOKENS = (",", ";", "\t", '"', '""', '"\n', "\n", "\n\n", "\r", " ", "x", "y", "nan", "inf", "-inf", "1e400", "1e-400",
              "0x1", "1_0", "٣", "½", "1,5", "1 000", "\ufeff", "--", "+", "#", "=1+1", "'1", "1e", ".", "1.", "-.5e+1",
              "9" * 400, "0." + "9" * 400)  # fmt: skip


def draw_toml(rng: Random) -> Table:
    kind = rng.choices(tuple(KINDS), weights=(10, 2, 1, 2, 1, 1))[0]
    text = WRITERS[kind](rng)
    if rng.random() < 0.6:
        text = mutated(text, rng, TOKENS, WRITERS[kind](rng))
    return Table(kind, text)


def odd_or(rng: Random, *usual: str, often: float = 0.12) -> str:
    return rng.choice(ODD if rng.random() < often else usual)


def rows(rng: Random, names: tuple[str, ...], values: tuple[str, ...], most: int = 3) -> str:
    drawn = {rng.choice(names): odd_or(rng, *values) for _ in range(rng.randrange(most + 1))}
    return "".join(f"{n} = {v}\n" for n, v in drawn.items())


def draw_model(rng: Random) -> str:
    if rng.random() < 0.2:
        return draw_network(rng)
    is_arrays = rng.random() < 0.35
    formulas = tuple(json.dumps(f, ensure_ascii=False) for f in FORMULAS)
    first = odd_or(rng, '"W*x + b"' if is_arrays else '"w*x + b"', *rng.choices(formulas, k=2))
    last = odd_or(rng, '"sum(z)"' if is_arrays else '"(y - z)^2/2"', *rng.choices(formulas, k=2))
    parameters = odd_or(
        rng, '["w", "b"]', '["W", "b"]' if is_arrays else '["w", "b"]', '["w"]', often=0.08
    )
    parts = [
        f"parameters = {parameters}\n",
        f"[definitions]\nz = {first}\n{rows(rng, NAMES, formulas, 1)}C = {last}\n",
    ]
    if is_arrays:
        shapes = 'W = ["m", "n"]\nx = "n"\nb = "m"\ny = []\nw = []\n'
        parts.append("[shapes]\n" + (shapes if rng.random() < 0.7 else rows(rng, NAMES, SIZES, 5)))
        tables = (("assume", ASSUMPTIONS), ("structure", STRUCTURES))
    else:
        tables = (("constants", ("1", "0.5", '"1/2"')), ("domains", DOMAINS), ("starts", ("1.0", "0")),
                  ("functions", formulas), ("assume", ASSUMPTIONS))  # fmt: skip
    for name, values in tables:
        if rng.random() < 0.4:
            parts.append(f"[{name}]\n{rows(rng, NAMES, values)}")
    if not is_arrays and rng.random() < 0.4:
        places = (
            "0",
            '"0"',
            "1",
            '"1/0"',
            '"w"',
            "nan",
            '""',
            '"z > 0"',
            '"-1"',
            '"log(0)"',
            '"10^10^10"',
        )
        inner = rows(rng, places, ("0", "1", "0.5", '"1/2"', '"x"'))
        parts.append(
            f"[kinks.{rng.choice(NAMES)}]\n{inner}"
            if rng.random() < 0.7
            else f"[kinks]\nz = {odd_or(rng, '1')}\n"
        )
    if rng.random() < 0.2:
        parts.append(draw_values(rng))
    return "\n".join(parts)


def draw_network(rng: Random) -> str:
    out = f"[network]\nsizes = {odd_or(rng, '[2, 3, 1]', '[2, 1]', '[4, 4, 4, 2]', '[2]', '[2, 0]', '[10, -1]')}\n"
    for key, usual in (("activation", ACTIVATIONS), ("loss", LOSSES), ("batch", ('"n"', "7", "1")), ("output", ACTIVATIONS),
                       ("l1", ("0.1", '"a"')), ("l2", ("0.1",)), ("normalise", ("true", '"batch"', '"layer"'))):  # fmt: skip
        if rng.random() < 0.35:
            out += f"{key} = {odd_or(rng, *usual)}\n"
    return out


def draw_values(rng: Random) -> str:
    return "[values]\n" + rows(
        rng,
        NAMES,
        ("1", "0.5", "[0.5, -1.0]", "[[1, 2], [3, 4]]", "[[1, 2], [3]]", "-0.0", "1e300"),
        4,
    )


def draw_json(rng: Random) -> str:
    odd = (
        None,
        True,
        "x",
        [],
        [[]],
        {},
        {"a": 1},
        float("nan"),
        float("inf"),
        10**30,
        10**400,
        [1, "x"],
        "\ud800",
    )
    usual = (1, 0.5, [1.0, 2.0], [[1, 2], [3, 4]], [[1], [2, 3]])
    names = ("w", "b", "x", "", "ŷ", "\x1b", "W")
    return json.dumps(
        {rng.choice(names): rng.choice(odd if rng.random() < 0.3 else usual) for _ in range(3)}
    )


def draw_config(rng: Random) -> str:
    keys: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("files", ('["*.md"]', '["docs/*.tex"]', '["/x"]', '["**"]', '["[a"]', '[""]', '["../*"]', '["\\u0000"]')),
        ("strict", ("true", "false")), ("definitions", ('["a.md"]', '[""]', '["\\u0000"]', '["."]')),
        ("macros", ('["a.tex"]', '["/dev/null"]')), ("define", ("['C = w^2']", '[""]', "['x =']")),
        ("assume", ("['x > 0']", '[""]', "['x >']")), ("labels", ('"0,1"', "[0, 1]", '"a"', "[nan, 1]", "[1]")),
        ("format", ('"json"', '"sarif"', '"pdf"')), ("baseline", ('"b.json"', '""', '"\\u0000"')), ("fils", ("1",)),
    )  # fmt: skip
    lines = [f"{k} = {odd_or(rng, *v, often=0.2)}\n" for k, v in keys if rng.random() < 0.3]
    return rng.choice(
        (
            "[tool.symgd.check]\n",
            "[tool.symgd.check]\n",
            "[tool]\nsymgd = 1\n",
            "[[tool.symgd.check]]\n",
            "tool.symgd.check.",
        )
    ) + "".join(lines)


def draw_scheme(rng: Random) -> str:
    return rows(rng, ("right", "follows", "wrong", "unknown", "start", "least", "most", "out_of", "rihgt"),
                ("1", "0", "-1", "0.5", "20", "1e9", "1e10"), 5)  # fmt: skip


def draw_baseline(rng: Random) -> str:
    entry = rng.choice(
        (
            {"fingerprint": "a1"},
            {},
            None,
            {"fingerprint": 1},
            {"fingerprint": []},
            {"fingerprint": {}},
            [],
        )
    )
    return json.dumps({"symgd": rng.choice(("baseline", "baseline", 1)), "version": rng.choice((1, 1, 2, "1", None, [], True, 10**400)),
                       "findings": rng.choice(([entry], [entry, {"fingerprint": "x"}], {}, None))})  # fmt: skip


WRITERS: dict[str, Callable[[Random], str]] = {
    "model": draw_model, "values": draw_values, "json": draw_json, "config": draw_config,
    "scheme": draw_scheme, "baseline": draw_baseline,
}  # fmt: skip


def draw_number(rng: Random) -> float:
    return rng.choice((
        rng.gauss(0, 1), rng.gauss(0, 1) * 10.0 ** rng.randrange(-300, 300), float(rng.randrange(-9, 10)), 0.0, -0.0,
        5e-324, 1.7976931348623157e308,
    ))  # fmt: skip


def draw_csv(rng: Random) -> Samples:
    names = rng.sample(
        ("x", "y", "t", "x1", "x2", "ŷ", "a b", "", "w,b", "=x", '"q"'),
        k=rng.choice((1, 2, 2, 3, 4)),
    )
    columns = {n: [draw_number(rng) for _ in range(4)] for n in names}
    plain = rng.random() < 0.5

    def cell(text: str) -> str:
        if plain and not set(text) & set(',"\n'):
            return text
        return '"' + text.replace('"', '""') + '"'

    if names == [""]:
        names, columns = ["x"], {"x": columns[""]}  # a line of nothing is no header
    high = rng.choice((0, 1, 2, 4))
    lines = [",".join(map(cell, names))]
    lines += [",".join(cell(repr(columns[n][i])) for n in names) for i in range(high)]
    text = rng.choice(("\n", "\r\n")).join(lines) + rng.choice(("", "\n"))
    text = rng.choice(("", "", "\ufeff")) + text
    if rng.random() < 0.25:
        return Samples(text, {n: c[:high] for n, c in columns.items()} if high else None)
    return Samples(mutated(text, rng, CSV_TOKENS))
