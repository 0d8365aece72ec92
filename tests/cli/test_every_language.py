"""What the commands say to who asks for a language is said in it, to the last word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from commands import runner
from vocabulary import english_left

from symgd import cli
from symgd.pages.messages import LANGUAGES

OTHERS = [code for code in LANGUAGES if code != "en"]
# What is typed, or is the name of something, stands in every language as it is.
TYPED = {"hint", "show", "symgd", "hours", "tanh", "sign", "sigmoid", "ReLU", "softplus"}
DATA = "hours,grade\n0.5,0.1\n1,0.3\n2,0.6\n3,0.9\n4,1\n"
DOCUMENT = r"""Let $z = wx + b$, $\hat y = \sigma(z)$, $C = \frac12 (y-\hat y)^2$.
\begin{align*}
\frac{\partial C}{\partial \hat y} &= y - \hat y \\
\frac{\partial C}{\partial z} &= (\hat y - y)\hat y(1+\hat y) \\
\int f(x) dx &= foo(( \\
\sum_i q_i &= r
\end{align*}
"""
ANSWERS = "hint\n?\ndC/dyhat = y - yhat\nC = 3((\ndC/dyhat = yhat - y\nfoo\nshow\nend\n"

#  a command                                                                 what is typed into it
COMMANDS = {
    "derive": (["derive", "-a", "tanh", "-l", "huber(delta=1)", "--at", "w=50,b=0,x=2,y=0"], None),
    "derive twice": (["derive", "-a", "relu", "--order", "2"], None),
    "check": (["check", "a.tex"], None),
    "check in HTML": (["check", "a.tex", "--format", "html"], None),
    "exercise": (["exercise", "--seed", "3", "--solution", "-"], None),
    "numbers": (["exercise", "-k", "numbers", "--seed", "3", "--solution", "-"], None),
    "practice": (["practice"], ANSWERS),
    "report": (["report", "data.csv", "--columns", "x=hours", "--columns", "y=grade",
                "--epochs", "20"], None),
    "a rate too large": (["report", "data.csv", "--columns", "x=hours", "--columns", "y=grade",
                          "-a", "identity", "--rate", "5", "--epochs", "20"], None),
}  # fmt: skip


def words_of(page: str) -> str:
    """The prose of a page of text, or of HTML with what screen readers are told."""
    page = re.sub(r"\\[A-Za-z]+", " ", page)
    if not page.lstrip().startswith("<!"):
        return page
    body = re.sub(r"<(style|script|math)\b.*?</\1>", " ", page, flags=re.DOTALL)
    told = re.findall(r'\b(?:aria-label|alt|title)="([^"]*)"', body)
    return " ".join([re.sub(r"<[^>]*>", " ", body), *told])


def said(name: str, code: str, folder: Path) -> str:
    arguments, typed = COMMANDS[name]
    (folder / "data.csv").write_text(DATA)
    (folder / "a.tex").write_text(DOCUMENT)
    run = runner().invoke(cli.main, [*arguments, "--language", code], input=typed)
    assert run.exit_code in (0, 1), run.output
    return words_of(run.output)


@pytest.mark.spread(8, 2)
@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("name", COMMANDS)
def test_no_english_word_is_left(name, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    left = english_left(said(name, code, tmp_path), code)
    assert left - TYPED == set()


@pytest.mark.spread(2)
@pytest.mark.parametrize("name", COMMANDS)
def test_the_english_words_would_not_pass(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    english = said(name, "en", tmp_path)
    assert all(len(english_left(english, code) - TYPED) > 3 for code in OTHERS)
