"""What a user calls a thing is never code: words of every language as names, in every export."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import shutil
import subprocess
from typing import Any

import numpy as np
import pytest

from symgd import Model, Neuron
from symgd.errors import InputError, ModelError, SymgdError
from symgd.targets.sources import TARGETS, exported
from symgd.targets.sources.spelling import identifier

GCC = shutil.which("gcc")
needs_gcc = pytest.mark.skipif(GCC is None, reason="no gcc is installed")

# Words of C, its macros, functions and types; of Python; of JavaScript; commands of LaTeX; and
# words of what symgd itself writes.
WORDS = """
errno NULL NAN INFINITY fma I complex asm assert stdin EOF int double void struct inline restrict
linux unix M_PI HUGE_VAL size_t uint8_t printf main free signgam EDOM SIGINT PRId64 INT8_C
FE_INVALID isnan fabsf y0 jn gamma lgammaf_r va_list CMPLX offsetof NDEBUG _Complexx None True False
lambda class def import yield async print self __name len eval exec np jnp jax torch math numpy
Function kernel cost gradient slopes total sums one out n i k c one_ value_and_gradient inf nan
careful descend probe marked block room leaves var let function const undefined window document
alert constructor prototype NaN input write18 csname def_ end begin frac left right alpha hat
documentclass w W w_ W_ w1 w_1 W1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac
""".split()
HEADERS = (
    "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdarg "
    "stdbool stddef stdint stdio stdlib string time wchar wctype"
).split()
INCLUDES = "".join(f"#include <{h}.h>\n" for h in HEADERS)
STANDARDS = ("c99", "gnu17")


def is_a_name(word: str) -> bool:
    """Whether a model takes the word as a parameter; else it says so in an error of its own."""
    try:
        Model({"C": f"{word}*x"}, [word])
    except SymgdError:
        return False
    return True


NAMES = [w for w in WORDS if is_a_name(w)]
GROUPS = [NAMES[i : i + 12] for i in range(0, len(NAMES), 12)]


def model_of(names: list[str]) -> Model:
    """Every name a parameter, and one of them a function of another."""
    return Model({"Cost_": " + ".join(f"tanh({n}*x{i})" for i, n in enumerate(names))}, names)


def run_gcc(source: str, standard: str) -> str:
    """What gcc has against a source that comes after every header of C; nothing if all is well."""
    flags = ("-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-fsyntax-only")
    found = subprocess.run(
        [str(GCC), f"-std={standard}", *flags, "-x", "c", "-"],
        input=INCLUDES + source,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stderr if found.returncode else ""


def test_most_of_the_words_are_names() -> None:
    assert len(NAMES) > 90
    assert {"errno", "NULL", "NAN", "fma", "I", "None", "lambda", "constructor"} <= set(NAMES)


@pytest.mark.spread(3)
@needs_gcc
@pytest.mark.parametrize("standard", STANDARDS)
@pytest.mark.parametrize("names", GROUPS, ids=lambda names: names[0])
def test_c_of_names_that_are_words_compiles(names: list[str], standard: str) -> None:
    assert run_gcc(model_of(names).compile().export("c", name="of_words"), standard) == ""


@pytest.mark.spread(6, 2)
@needs_gcc
@pytest.mark.parametrize("names", GROUPS, ids=lambda names: names[0])
def test_c_of_arrays_that_are_words_compiles(names: list[str]) -> None:
    for p, size in zip(names, [*names[1:], names[0]], strict=True):
        try:
            shapes = {p: size, "zz": size}
            model = Model({"C": f"sum(exp({p} .* zz))"}, [p], shapes=shapes)
            text = model.compile().export("c", name="of_words")
        except SymgdError:  # sizes have fewer words than names
            continue
        assert run_gcc(text, "gnu17") == "", (p, size)


@pytest.mark.spread(3, 2)
@pytest.mark.parametrize("target", [t for t in TARGETS if t != "c"])
@pytest.mark.parametrize("names", GROUPS, ids=lambda names: names[0])
def test_python_of_names_that_are_words_is_python(names: list[str], target: str) -> None:
    model = model_of(names)
    try:
        text = exported(model.graph, target, "of_words").text
    except ModelError:  # an objective is of a neuron
        return
    tree = ast.parse(text)
    assigned = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    # What is assigned to is a name of ours, or a name of the user's with its underscore.
    assert not assigned & (set(dir(builtins)) | set(keyword.kwlist))


@pytest.mark.spread(2)
@pytest.mark.parametrize("names", GROUPS, ids=lambda names: names[0])
def test_numpy_of_names_that_are_words_computes(names: list[str]) -> None:
    model = model_of(names)
    space: dict[str, Any] = {}
    exec(model.compile().export("numpy", name="of_words"), space)  # noqa: S102 - what users do
    given = {n: 0.1 * (i + 1) for i, n in enumerate(names)}
    given |= {f"x{i}": 1.0 - 0.2 * i for i in range(len(names))}
    _, slopes = space["of_words"](*(given[s.name] for s in model.graph.leaves))
    for i, n in enumerate(names):
        by_hand = given[f"x{i}"] / np.cosh(given[n] * given[f"x{i}"]) ** 2
        assert slopes[n] == pytest.approx(by_hand, rel=1e-13)


@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
def test_names_that_are_words_compile_on_every_backend(backend: str) -> None:
    if backend == "numba":
        pytest.importorskip("numba")
    for names in GROUPS:
        g = model_of(names).compile(backend)
        given = {n: 0.1 * (i + 1) for i, n in enumerate(names)}
        given |= {f"x{i}": 1.0 - 0.2 * i for i in range(len(names))}
        _, slopes = g(**given)
        for i, n in enumerate(names):
            by_hand = given[f"x{i}"] / np.cosh(given[n] * given[f"x{i}"]) ** 2
            assert slopes[n] == pytest.approx(by_hand, rel=1e-13)


# -- the name of the function ----------------------------------------------------------------------


def is_refused(name: str) -> bool:
    try:
        identifier(name)
    except InputError:
        return True
    return False


def words_of_c() -> set[str]:
    """Every macro, function and type of ISO C as gcc's own headers have them, and what math.h has
    beside that where gcc is not strict."""

    def told(*flags: str, source: str = INCLUDES) -> str:
        command = [str(GCC), "-E", *flags, "-"]
        return subprocess.run(
            command, input=source, capture_output=True, text=True, check=True
        ).stdout

    ours = "#include <math.h>\n#include <stddef.h>\n"
    macros = told("-dM", "-std=c99") + told("-dM", "-std=gnu17", source=ours)
    found = {line.split()[1].partition("(")[0] for line in macros.splitlines()}
    for text in (told("-P", "-std=c99"), told("-P", "-std=gnu17", source=ours)):
        found |= set(re.findall(r"\b([A-Za-z]\w*)\s*\(", text))
        found |= set(re.findall(r"typedef[^;{}]*\b([A-Za-z]\w*)\s*;", text))
    return {w for w in found if re.fullmatch(r"[A-Za-z]\w*", w)}


@needs_gcc
def test_a_function_is_named_so_that_it_compiles_or_is_refused() -> None:
    """All that are taken, in one file after all headers: a template whose name is exchanged."""
    template = Neuron("gelu", "quadratic").compile().export("c", name="thename")
    words = sorted({*WORDS, *words_of_c()})
    taken = [w for w in words if not is_refused(w)]
    assert len(words) > 700
    assert len(taken) < 150
    for standard in STANDARDS:
        whole = "".join(
            template.replace("THENAME", f"GUARD_{i}").replace("thename", w)
            for i, w in enumerate(taken)
        )
        assert run_gcc(whole, standard) == ""


@pytest.mark.parametrize("name", ["ELBO", "energy", "strength", "isotropic", "memory", "Focal"])
def test_a_name_that_only_looks_like_one_of_c_is_taken(name: str) -> None:
    assert identifier(name) == name
