"""The page's protocol: what is asked in plain data is answered in plain data, and only that."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import mpmath as mp
import pytest

from symgd.hosts.web import descending
from symgd.hosts.web.answers import ANSWERS, answer, refusal
from symgd.hosts.web.asked import LONGEST, MOST_ROWS, QUESTIONS
from symgd.hosts.web.deriving import COPIES
from symgd.hosts.web.page import NAMES
from symgd.hosts.web.words import WORDS
from symgd.resources import Limits

LINES = "r = A*x - b\nC = norm2(r)^2/2"
SHAPES = "A: m n\nx: n\nb: m"


def asked(ask: str, **fields: Any) -> dict[str, Any]:
    """The answer, which JSON can say; nothing is wrong."""
    found = answer({"ask": ask, **fields})
    assert "answer" in found, found
    again: dict[str, Any] = json.loads(json.dumps(found, allow_nan=False))
    assert again == found
    return again["answer"]


def wrong(**fields: Any) -> dict[str, Any]:
    found = answer(fields)
    assert set(found) == {"error"}, found
    error = found["error"]
    assert error["sentence"].endswith((".", "?")) or "?" in error["sentence"]
    assert "\n" not in error["sentence"]
    return error


def test_every_question_has_its_answer():
    assert set(ANSWERS) == set(QUESTIONS)
    assert set(NAMES) | {n for n in COPIES if f"as.{n}" in WORDS["en"]} == set(COPIES)


# -- derive -------------------------------------------------------------------------------------


def test_a_neuron_is_derived_with_its_graph():
    found = asked("derive")
    kinds = [block["kind"] for block in found["blocks"]]
    assert kinds == ["model", "lemma", "lemma", "gradient", "gradient", "result"]
    assert found["verdict"] == "proved"
    names = {node["name"]: node["kind"] for node in found["graph"]["nodes"]}
    assert names == {
        "w": "parameter", "b": "parameter", "x": "input", "y": "input",
        "z": "definition", "yhat": "definition", "C": "cost",
    }  # fmt: skip
    assert {(link["from"], link["to"]) for link in found["graph"]["links"]} == {
        ("w", "z"), ("x", "z"), ("b", "z"), ("z", "yhat"), ("y", "C"), ("yhat", "C"),
    }  # fmt: skip


def rows_about(name: str, html: str) -> int:
    return sum(name in row.split('"')[0].split() for row in html.split('data-names="')[1:])


def test_every_line_says_which_names_it_is_about():
    blocks = asked("derive")["blocks"]
    gradient = [b for b in blocks if b["kind"] == "gradient"]
    assert gradient[0]["names"] == ["C", "b", "w", "x", "y", "yhat", "z"]
    # ∂C/∂w on the left of the first line alone, and in ∂z/∂w, ∂/∂w (wx + b) of the next
    assert rows_about("w", gradient[0]["html"]) == 3
    assert rows_about("x", gradient[0]["html"]) == 5


@pytest.mark.parametrize(
    ("fields", "steps"),
    [
        ({"model": "lines", "lines": "z = w*x + b\nC = (z - y)^2", "parameters": "w, b"}, 4),
        ({"model": "lines", "lines": LINES, "parameters": "x", "shapes": SHAPES}, 2),
        ({"model": "layers", "sizes": "2, 3, 1"}, 10),
        ({"inputs": 2, "order": 2}, 10),
        ({"activation": "q*z", "constants": "q=2"}, 5),
        ({"notation": "bishop", "language": "de", "detail": "full", "style": "backprop"}, 10),
        ({"notation": "nielsen", "model": "layers", "style": "backprop", "language": "zh"}, 10),
    ],
)
def test_all_kinds_of_models_are_derived(fields, steps):
    found = asked("derive", **fields)
    assert found["steps"] >= steps
    assert found["verdict"] in ("proved", "sampled", "exact")
    assert found["graph"]["nodes"]


# what is asked                                                           field        place
FAULTS = [
    ({"activation": "tanh("},                                            "activation", 5),
    ({"activation": "  tanh(2*z"},                                       "activation", 6),
    ({"loss": "(y - yhat"},                                              "loss", 0),
    ({"activation": "tanh(", "loss": "tanh("},                           "activation", 5),
    ({"activation": "sigmod"},                                           "activation", None),
    ({"loss": "hubr"},                                                   "loss", None),
    ({"activation": "z*q"},                                              "activation", None),
    ({"activation": ""},                                                 "activation", None),
    ({"constants": "q="},                                                "constants", 2),
    ({"model": "lines", "lines": "z = w*x\nC = (z - y)^2 +"},            "lines", 23),
    ({"model": "lines", "lines": "z = w*x # a note\nC (z - y)^2"},       "lines", 28),
    ({"model": "lines", "lines": "z = w*x\n= 3"},                        "lines", 8),
    ({"model": "lines", "lines": "z = \nC = z"},                         "lines", 4),
    ({"model": "lines", "lines": "z = w*x\nz = x", "parameters": "w"},   "lines", None),
    ({"model": "lines", "lines": ""},                                    "lines", None),
    ({"model": "lines", "lines": "C = w*x"},                             "parameters", None),
    ({"model": "lines", "lines": "r = x*A\nC = norm2(r)", "parameters": "x",
      "shapes": "A: m n\nx: n"},                                         "lines", 5),
    ({"model": "lines", "lines": LINES, "parameters": "x", "shapes": "A: m n\nx"}, "shapes", 7),
    ({"model": "layers", "sizes": "2"},                                  "sizes", None),
    ({"activation": "relu", "detail": "long"},                           "detail", None),
    ({"order": 4},                                                       "order", None),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "field", "at"), FAULTS)
def test_a_fault_stands_at_its_place(fields, field, at):
    error = wrong(ask="derive", **fields)
    assert (error["kind"], error["field"], error["at"]) == ("input", field, at), error


# -- what is refused before anything is computed --------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        None, 3, "derive", [], {}, {"ask": None}, {"ask": ["derive"]}, {"ask": "drive"},
        {"ask": "derive", "activation": 3}, {"ask": "derive", "activation": "z" * 2001},
        {"ask": "derive", "what": 1}, {"ask": "derive", "inputs": 9},
        {"ask": "derive", "inputs": True}, {"ask": "derive", "inputs": 1e400},
        {"ask": "derive", "language": "xx"}, {"ask": "numbers", "at": [1]},
        {"ask": "numbers", "at": {"w": "1"}}, {"ask": "numbers", "at": {"w": float("nan")}},
        {"ask": "numbers", "at": {"w": [[1.0] * 200] * 200}}, {"ask": "numbers", "rate": 10**400},
        {"ask": "descend", "epochs": 2001}, {"ask": "descend", "optimizers": ["sgd"] * 5},
        {"ask": "check", "text": "x" * (LONGEST + 1)}, {"ask": "practise", "moves": ["x"] * 201},
    ],
    ids=lambda r: str(r)[:40],
)  # fmt: skip
def test_what_is_no_request_is_one_sentence(request_):
    error = refusal(request_)["error"]
    assert error == answer(request_)["error"]
    assert error["kind"] == "input"
    assert len(error["sentence"]) < 600
    assert "\n" not in error["sentence"]


def test_too_much_is_refused_in_a_sentence():
    many = "C = " + "*".join(f"tanh({k}*w + x{k})" for k in range(60))
    with Limits(seconds=0.3):
        error = wrong(ask="derive", model="lines", parameters="w", lines=many, order=3)
    assert error["kind"] == "limit"
    assert "Limits(" not in error["sentence"]
    column = {"x": [1.0] * (MOST_ROWS + 1), "y": [1.0] * (MOST_ROWS + 1)}
    assert "rows" in wrong(ask="descend", data=column)["sentence"]
    assert "differ" in wrong(ask="descend", data={"x": [1.0], "y": [1.0, 2.0]})["sentence"]


# -- what is typed stays text ---------------------------------------------------------------------

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '"><svg/onload=alert(1)>',
    "javascript:alert(1)",
    r"\text{<img src=x onerror=alert(1)>}",
    r"\href{javascript:alert(1)}{x}",
    "__import__('os').system('true')",
    "{{7*7}}${7*7}",
    "\u202e\ud800\x00\x1b[31m",
    "9**9**9**9",
    "(" * 5_000,
)
ALLOWED = {
    "section", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "h2", "p", "span",
    "a", "code", "pre", "div", "math", "mrow", "mi", "mo", "mn", "mfrac", "msup", "msub", "msubsup",
    "msqrt", "mroot", "mtext", "mtable", "mtr", "mtd", "mover", "munder", "munderover", "mspace",
    "mstyle", "mpadded", "menclose", "mphantom",
}  # fmt: skip


class Tags(HTMLParser):
    """Raises for an element or an attribute that could do something."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name not in ("src", "style", "xlink:href", "action"), name
            assert name != "href" or str(value).startswith("#lemma-"), value


def markup_in(data: Any) -> Any:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in ("html", "told", "legend", "answer", "model", "goal") and isinstance(
                value, str
            ):
                yield value
            else:
                yield from markup_in(value)
    elif isinstance(data, list):
        for value in data:
            if isinstance(value, str) and value.startswith("<"):
                yield value
            else:
                yield from markup_in(value)


TYPED = [
    ("derive", name) for name in ("activation", "loss", "constants", "lines", "sizes", "notation")
] + [
    ("check", "text"), ("check", "given"), ("check", "assume"), ("read", "line"),
    ("practise", "wrt"), ("copy", "as"),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "field"), TYPED)
def test_hostile_texts_are_texts(ask, field):
    model = {"lines": {"model": "lines"}, "sizes": {"model": "layers"}}.get(field, {})
    for payload in HOSTILE:
        for text in (payload, f"z = {payload}\nC = z^2", f"${payload}$ = 1"):
            given = {"ask": ask, field: text, **model}
            if ask == "check" and field != "text":
                given["text"] = "C = w^2\ndC/dw = 2*w"
            found = answer(given)
            json.dumps(found, allow_nan=False)
            assert found.get("error", {}).get("kind") != "internal", (given, found)
            for html in markup_in(found.get("answer")):
                Tags().feed(html)


def test_hostile_moves_names_and_columns_are_texts():
    for payload in HOSTILE:
        moves = [payload[:1_000], f"dC/dw = {payload[:1_000]}"]
        for html in markup_in(asked("practise", moves=moves)):
            Tags().feed(html)
        for given in ({"at": {payload: 1}}, {"ask": "descend", "data": {payload: [1]}},
                      {"ask": "descend", "optimizers": [payload]}):  # fmt: skip
            found = answer({"ask": "numbers", **given})
            assert found.get("error", {}).get("kind") != "internal", found


# -- copies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COPIES)
def test_every_copy_is_a_text_with_a_name(name):
    found = asked("copy", **{"as": name})
    assert found["text"].strip()
    assert found["file"].startswith("derivation.")


@pytest.mark.slow
def test_the_notebook_is_one_and_its_code_runs():
    nbformat = pytest.importorskip("nbformat")
    made = nbformat.reads(asked("copy", **{"as": "notebook"})["text"], as_version=4)
    nbformat.validate(made)
    for fields in ({}, {"model": "layers"}, {"model": "lines", "lines": LINES, "parameters": "x",
                                             "shapes": SHAPES}):  # fmt: skip
        code = asked("copy", **{"as": "symgd"}, **fields)["text"]
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "✓" in done.stdout


def test_a_copy_that_there_is_not_is_refused():
    assert "cobol" in wrong(ask="copy", **{"as": "cobol"})["sentence"]
    # an objective is a function of the margin z, and this model has none
    fields = {"model": "lines", "lines": "C = w^2", "parameters": "w", "as": "xgboost"}
    assert wrong(ask="copy", **fields)["kind"] == "input"


# -- numbers --------------------------------------------------------------------------------------


def cost(w: Any, b: Any, x: Any, y: Any) -> Any:
    return (y - 1 / (1 + mp.exp(-(w * x + b)))) ** 2 / 2


def test_numbers_are_those_of_the_formula():
    point = {"w": 0.3, "b": -0.7, "x": 1.5, "y": 1.0}
    found = asked("numbers", at=point, rate=0.5)
    values = [mp.mpf(point[n]) for n in "wbxy"]
    assert found["values"]["C"] == pytest.approx(float(cost(*values)), rel=1e-14)
    slopes = {"w": mp.diff(cost, values, (1, 0, 0, 0)), "b": mp.diff(cost, values, (0, 1, 0, 0))}
    for name, slope in slopes.items():
        assert found["gradient"][name] == pytest.approx(float(slope), rel=1e-12)
    predicted = -0.5 * sum(s**2 for s in slopes.values())
    moved = [v - mp.mpf(0.5) * slopes.get(n, 0) for n, v in zip("wbxy", values, strict=True)]
    assert found["predicted"] == pytest.approx(float(predicted), rel=1e-12)
    assert found["actual"] == pytest.approx(float(cost(*moved) - cost(*values)), rel=1e-9)
    below = {node["name"]: node["below"] for node in found["graph"]["nodes"]}
    assert below["w"].startswith("∂C/∂w = ")
    assert below["y"] == ""


def test_numbers_that_are_missing_are_the_usual_ones():
    found = asked("numbers", at={"w": 2.0, "of another model": 3.0})
    assert {leaf["name"]: leaf["value"] for leaf in found["leaves"]} == {
        "w": 2.0, "b": 2.0, "x": 3.0, "y": 0.0,
    }  # fmt: skip
    assert asked("numbers", told=True)["blocks"]
    layers = asked("numbers", model="layers", sizes="2, 3, 1")
    shapes = {leaf["name"]: leaf["shape"] for leaf in layers["leaves"]}
    assert set(shapes) == {"W1", "b1", "W2", "b2", "X", "Y"}
    assert layers["gradient"]["b2"] is not None
    arrays = asked("numbers", model="lines", lines="C = lam*norm2(x)^2", parameters="x",
                   shapes="x: n\nlam: scalar", at={"lam": 0.0})  # fmt: skip
    assert arrays["values"]["C"] == 0


def test_numbers_out_of_a_domain_are_one_sentence():
    assert "outside {0, 1}" in wrong(ask="numbers", loss="bce", at={"y": 3.0})["sentence"]
    assert wrong(ask="numbers", at={"w": [1.0, 2.0]})["kind"] == "input"


# -- descend --------------------------------------------------------------------------------------


@pytest.fixture(params=["numpy", "floats"])
def engine(request, monkeypatch):
    """What a server computes with, and what a page without one does."""
    if request.param == "floats":
        monkeypatch.setattr(descending, "find_spec", lambda name: None)
    return request.param


@pytest.mark.usefixtures("engine")
def test_the_largest_stable_rate_is_that_of_the_curvature():
    # C = ½(2w - y)²: C'' = 4, so plain descent diverges above 2/4
    fields = {"model": "lines", "lines": "C = (2*w - y)^2/2", "parameters": "w",
              "at": {"w": 1.0, "y": 0.0}, "epochs": 60}  # fmt: skip
    found = asked("descend", **fields, optimizers=["sgd(0.49)", "sgd(0.51)"])
    assert found["stable"]["rate"] == pytest.approx(0.5, rel=1e-9)
    assert found["stable"]["everywhere"]
    below, above = found["runs"]
    assert below["costs"][-1] < below["costs"][0]
    assert above["costs"][-1] > above["costs"][0]
    # θ ← θ - 4η θ
    assert below["end"]["w"] == pytest.approx((1 - 4 * 0.49) ** 60, rel=1e-9)
    assert found["surface"]["y"] == []


@pytest.mark.usefixtures("engine")
def test_the_surface_is_the_cost():
    found = asked("descend", optimizers=["sgd(1.0)"], epochs=20)
    surface = found["surface"]
    assert surface["names"] == ["w", "b"]
    w, b = surface["x"][7], surface["y"][30]
    assert surface["cost"][30][7] == pytest.approx(float(cost(w, b, 3.0, 0.0)), rel=1e-12)
    path = found["runs"][0]["path"]
    assert path[0] == [0.5, 2.0]
    assert surface["x"][0] < min(p[0] for p in path) < max(p[0] for p in path) < surface["x"][-1]


@pytest.mark.usefixtures("engine")
def test_columns_make_a_boundary_and_other_columns_are_left_out():
    data = {"x1": [0.0, 0.0, 1.0, 1.0], "x2": [0.0, 1.0, 0.0, 1.0], "y": [0.0, 1.0, 1.0, 1.0]}
    found = asked("descend", inputs=2, loss="bce", data={**data, "age": [1.0]},
                  optimizers=["adam(0.1)"])  # fmt: skip
    assert found["samples"] == 4
    boundary, end = found["boundary"], found["runs"][0]["end"]
    x1, x2 = boundary["x"][5], boundary["y"][9]
    z = end["w1"] * x1 + end["w2"] * x2 + end["b"]
    assert boundary["value"][9][5] == pytest.approx(float(1 / (1 + mp.exp(-z))), rel=1e-9)
    rows = {"X": [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]], "Y": [[0.0], [1.0], [1.0]]}
    layers = asked("descend", model="layers", sizes="2, 3, 1", data=rows, epochs=5)
    assert layers["boundary"]["names"] == ["x1", "x2"]
    assert layers["surface"] is None


BOTH: list[dict[str, Any]] = [
    {},
    {"activation": "gelu", "loss": "huber(delta=1)", "optimizers": ["adam(0.1)", "lion(0.01)"]},
    {"activation": "identity", "optimizers": ["sgd(0.21)", "rmsprop(0.1)"]},
    {"inputs": 2, "loss": "bce", "optimizers": ["sgd(0.5, momentum=0.9)"],
     "data": {"x1": [1.0, -2.0, 0.5], "x2": [0.5, 1.0, -1.0], "y": [1.0, 0.0, 1.0]}},
    {"model": "lines", "lines": "h = tanh(u*x)\nC = (y - w*h)^2 + log(1 + exp(w))",
     "parameters": "u, w", "data": {"x": [0.3, -1.0], "y": [1.0, 0.0]}},
]  # fmt: skip


@pytest.mark.parametrize("fields", BOTH)
def test_floats_descend_as_arrays_do(fields, monkeypatch):
    arrays = asked("descend", **fields, epochs=30)
    monkeypatch.setattr(descending, "find_spec", lambda name: None)
    floats = asked("descend", **fields, epochs=30)
    assert floats["names"] == arrays["names"]
    for mine, theirs in zip(floats["runs"], arrays["runs"], strict=True):
        assert mine["costs"] == pytest.approx(theirs["costs"], rel=1e-9)
        assert mine["end"] == pytest.approx(theirs["end"], rel=1e-9)
        assert mine["stopped"] == theirs["stopped"]
    assert (floats["stable"] is None) == (arrays["stable"] is None)
    if floats["stable"]:
        assert floats["stable"] == pytest.approx(arrays["stable"], rel=1e-6)
    assert (floats["boundary"] is None) == (arrays["boundary"] is None)


def test_floats_say_what_they_do_not_do(monkeypatch):
    monkeypatch.setattr(descending, "find_spec", lambda name: None)
    assert "symgd serve" in wrong(ask="descend", optimizers=["lbfgs()"])["sentence"]
    outside = wrong(ask="descend", loss="bce", at={"y": 3.0})["sentence"]
    assert outside == "y is 3.0, outside {0, 1}, where y lies."
    # adam squares a slope that is beyond the root of the largest double
    far = asked("descend", activation="identity", at={"x": 1e200}, optimizers=["adam(0.1)"])
    assert far["runs"][0]["stopped"] == "diverged"
    assert far["runs"][0]["sentence"].endswith(".")


@pytest.mark.usefixtures("engine")
def test_a_descent_that_diverges_says_so():
    found = asked("descend", activation="identity", optimizers=["sgd(1e6)"], epochs=200)
    run = found["runs"][0]
    assert run["stopped"] == "diverged"
    assert run["sentence"].endswith(".")
    assert "speed" in wrong(ask="descend", optimizers=["speed(3)"])["sentence"]


# -- check and practise ---------------------------------------------------------------------------


def test_a_wrong_line_has_its_point_its_slip_and_what_is_right():
    found = asked("check", text="C = (y - w*x)^2/2\ndC/dw = (y - w*x)*x\n= x*(w*x - y)")
    taken, bad, good = found["lines"]
    assert [line["status"] for line in found["lines"]] == ["taken", "wrong", "right"]
    assert bad["slip"] == "sign"
    point = {n: float(v) for n, v in bad["witness"]["point"].items()}
    slope = -(point["y"] - point["w"] * point["x"]) * point["x"]
    assert float(bad["witness"]["left"]) == pytest.approx(slope, rel=1e-6)
    assert float(bad["witness"]["right"]) == pytest.approx(-slope, rel=1e-6)
    assert bad["right"]
    assert (taken["line"], good["line"]) == (1, 3)


def test_a_line_that_does_not_read_has_a_caret():
    line = asked("check", text="C = w^2\ndC/dw = 2*w)")["lines"][1]
    assert line["status"] == "unknown"
    assert line["caret"] is not None
    assert line["html"] == ""
    assert asked("check", text="  ")["lines"] == []


def test_practice_is_its_lines():
    moves = ["dC/dw = (yhat - y)*x", "!hint", "dC/dw = (yhat - y)*yhat*(1 - yhat)*x", "!show"]
    found = asked("practise", moves=moves)
    statuses = [move["status"] for move in found["moves"]]
    assert statuses == ["wrong", "hint", "right", "shown"]
    assert found["over"]
    assert [goal["state"] for goal in found["goals"]] == ["found", "shown"]
    # one line more goes on from what is kept, and what is kept is what a new process says
    parts = [asked("practise", moves=moves[:k]) for k in range(5)]
    assert parts[4] == found
    code = (
        "import json, sys; from symgd.hosts.web.answers import answer;"
        "print(json.dumps(answer(json.load(sys.stdin))))"
    )
    again = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps({"ask": "practise", "moves": moves}),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(again.stdout)["answer"] == found


def test_a_seed_is_an_exercise():
    first, again = (asked("practise", seed=5, difficulty="hard")["model"] for _ in range(2))
    assert first == again
    drawn = {asked("practise", seed=k, difficulty="hard")["model"] for k in range(6)}
    assert len(drawn) > 1


def test_a_line_is_shown_while_it_is_typed():
    assert "<math" in asked("read", line="dC/dw = (yhat - y)*x")["html"]
    assert asked("read", line="")["html"] == ""


# -- what it needs --------------------------------------------------------------------------------


def elsewhere(before: str, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers of a new process, in which something was done before symgd was loaded."""
    code = (
        f"import json, sys; {before}\n"
        "from symgd.hosts.web.answers import answer\n"
        "print(json.dumps([answer(request) for request in json.load(sys.stdin)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(requests),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


ALONE: list[dict[str, Any]] = [
    {"ask": "derive"},
    {"ask": "derive", "activation": "gelu", "loss": "huber(delta=1)", "order": 2},
    {"ask": "numbers", "at": {"w": 0.25}, "told": True},
    {"ask": "copy", "as": "markdown"},
    *({"ask": "copy", "as": n} for n in ("torch", "python", "c", "jax", "xgboost", "lightgbm")),
    {"ask": "copy", "activation": "gelu", "loss": "tweedie", "as": "c"},
    {"ask": "read", "line": "dC/dw = x"},
    {"ask": "check", "text": "C = (y - w*x)^2/2\ndC/dw = (y - w*x)*x\n= x*(w*x - y)"},
    {"ask": "check", "kind": "tex", "text": r"$f = \ln(1 + e^z)$, so $f' = \frac{e^z}{1 + e^z}$."},
    {"ask": "practise", "seed": 3, "moves": ["dC/dw = (yhat - y)*x", "!hint", "!show"]},
]


@pytest.mark.slow
def test_what_has_no_array_needs_no_numpy():
    assert elsewhere("sys.modules['numpy'] = None", ALONE) == [answer(asked) for asked in ALONE]


def test_what_needs_numpy_says_so_where_there_is_none():
    asked = [{"ask": "descend", "model": "layers"}, {"ask": "derive", "model": "layers"}]
    for found in elsewhere("sys.modules['numpy'] = None", asked):
        assert found["error"]["kind"] == "limit"
        assert "needs numpy" in found["error"]["sentence"]


def test_a_page_loads_no_library_of_servers():
    code = (
        "from symgd.hosts.web.answers import answer\n"
        "for ask in ({'ask': 'derive'}, {'ask': 'copy', 'as': 'markdown'}, {'ask': 'numbers'},\n"
        "            {'ask': 'check', 'text': 'C = w^2'}):\n"
        "    assert 'answer' in answer(ask), ask\n"
        "import sys; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"numpy", "matplotlib", "starlette", "uvicorn", "click"}
