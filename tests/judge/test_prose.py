r"""Conditions that the text gives, definitions that are not read, and cases that are said anew.

Every value is by hand: of x^3 it is 3x^2, of -x it is -1.
"""

import pytest

from symgd import check_text
from symgd.judge.reading.prose import CONJUNCTIONS, bound_behind, is_bound, stands_in_front

TICKS = ("proved", "sampled")


def verdicts(text: str) -> dict[str, str]:
    """The verdict on each claim, by its text: of one that stands twice the last."""
    lines = check_text(text, source="x.md").lines
    return {
        x.text: "right" if x.verdict in TICKS else x.verdict for x in lines if x.role == "claim"
    }


@pytest.mark.parametrize(
    "text",
    [
        "Let $f(x)=x^3$ for $x>0$.",
        "For $x>0$ let $f(x)=x^3$.",
        "We put\n\n$$f(x)=x^3$$\n\nfor all $x>0$.",
        "Let $f(x)=x^3$ ($x>0$)." if False else "Let $f(x)=x^3$, provided that $x>0$.",
        "Let $f(x)=x^3$ for positive $x$.",
        "Sei $f(x)=x^3$ für $x>0$.",
        "Soit $f(x)=x^3$ pour tout $x>0$.",
        "Sea $f(x)=x^3$ si $x>0$.",
        "设 $f(x)=x^3$，当 $x>0$。",
    ],
)
def test_a_definition_under_a_condition_of_the_text_says_nothing_elsewhere(text: str) -> None:
    found = verdicts(rf"{text} $$f'(-3)=27$$ $$f'(3)=27$$ $$f'(2)=11$$")
    assert found == {"f'(-3)=27": "unknown", "f'(3)=27": "right", "f'(2)=11": "wrong"}


def test_two_cases_in_the_text_are_one_function() -> None:
    text = (
        "$$f(x)=x^3$$ for $x>0$ and $$f(x)=-x$$ for $x<0$. $$f'(-3)=-1$$ $$f'(3)=27$$ $$f'(-2)=12$$"
    )
    assert verdicts(text) == {"f'(-3)=-1": "right", "f'(3)=27": "right", "f'(-2)=12": "wrong"}


def test_a_claim_under_a_condition_of_the_text_is_judged_there() -> None:
    text = "Let $f(x)=|x|$. Then $f'(x)=1$ if $x>0$ and $f'(x)=-1$ if $x<0$."
    assert list(verdicts(text).values()) == ["right", "right"]
    (wrong,) = verdicts("Let $f(x)=|x|$. Then $f'(x)=1$ if $x<0$.").values()
    assert wrong == "wrong"


@pytest.mark.parametrize(
    "text",
    [
        "Let $f(x)=x^3$. If $x>0$ it grows.",
        "Let $f(x)=x^3$. It is known for $x>0$ that this grows.",
        "Let $f(x)=x^3$ with $x \\in \\mathbb{R}$.",
        "Let $f(x)=x^3$ for every real number.\n\nWhere $f'(x)>0$ it grows.",
    ],
)
def test_a_bound_of_another_sentence_is_no_condition(text: str) -> None:
    assert verdicts(rf"{text} $$f'(-3)=27$$")["f'(-3)=27"] == "right"


@pytest.mark.parametrize("word", [w for words in CONJUNCTIONS.values() for w in words.split()])
def test_every_conjunction_joins_a_bound(word: str) -> None:
    assert bound_behind(f"$ {word} $", "x>0") == "x>0"
    assert stands_in_front("", "x>0", "$, $") is False
    assert stands_in_front(f"It ends. {word.capitalize()} $", "x>0", "$ let $") is True


def test_what_is_a_bound() -> None:
    assert all(map(is_bound, ["x>0", "0<x<1", r"x \leq 2", r"x \in (0, 1)", r"x \neq 0"]))
    assert not any(map(is_bound, ["x", "x=0", r"x \in \mathbb{R}", r"x \to 0", r"f(x) = x > 0"]))


UNREAD = [
    r"f(x) = \foo{x}^3", r"f\{(x) = x^3", r"\foo{f}(x) = x^3", r"\left(f(x) = x^3",
    r"f(x) \foo x^3", r"\mathrm{let } f(x) \foo= x^3", r"\foo x^3 =: f(x)",
    r"\begin{cases} f(x) = x^3 \\ \foo \end{cases}",
]  # fmt: skip


@pytest.mark.parametrize("row", UNREAD)
def test_a_definition_that_is_not_understood_ends_an_older_one(row: str) -> None:
    text = rf"$$f(x)=x^2$$ $$f'(x)=2x$$ Now $$ {row} $$ $$f'(3)=6$$ $$f(x)=x^4$$ $$f'(1)=4$$"
    found = verdicts(text)
    assert found["f'(x)=2x"] == "right"
    assert found["f'(3)=6"] == "unknown"
    assert found["f'(1)=4"] == "right"


def test_a_claim_that_is_not_understood_ends_no_definition() -> None:
    text = r"$$f(x)=x^2$$ $$\frac{d f}{d x} = \foo x$$ $$f'(3)=6$$"
    assert verdicts(text)["f'(3)=6"] == "right"


OLD = "Let $f(x)=x^3$ for $x>0$ and $f(x)=-x$ for $x<0$. $$f'(-3)=-1$$ $$f'(3)=27$$"


def test_cases_that_overlap_the_old_ones_are_another_function() -> None:
    found = verdicts(
        f"{OLD}\n\nNow $f(x)=x^2$ for $x>1$. $$f'(-2)=-1$$ $$f'(2)=4$$ $$f'(0.5)=0.75$$"
    )
    assert found == {
        "f'(-3)=-1": "right", "f'(3)=27": "right",
        "f'(-2)=-1": "unknown", "f'(2)=4": "right", "f'(0.5)=0.75": "unknown",
    }  # fmt: skip


def test_cases_of_another_section_are_another_function() -> None:
    found = verdicts(
        f"## A\n\n{OLD}\n\n## B\n\nLet $f(x)=x^2$ for $x>0$. $$f'(-2)=-1$$ $$f'(2)=4$$"
    )
    assert (found["f'(-3)=-1"], found["f'(-2)=-1"], found["f'(2)=4"]) == (
        "right",
        "unknown",
        "right",
    )
