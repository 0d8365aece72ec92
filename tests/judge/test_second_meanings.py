r"""What a document may mean in a second way is no ground to accuse, and a mistake beside it is one.

Each document is one of its kind: models that share a name, suppositions, code, vectors of length 1,
laws that nobody knows, shapes that nothing says. Beside each stands a line that is wrong however it
is read.
"""

from __future__ import annotations

import pytest

from symgd import check_text


def verdicts(text: str, kind: str = "md") -> list[str]:
    return [line.verdict for line in check_text(text, kind).lines]


def claims(text: str) -> list[str]:
    return [x.verdict for x in check_text(text, "md").lines if x.role == "claim"]


TWO_MODELS = r"""
The first growth is $$ h = a u^2 $$ and its cost $$ C = h^3 $$

The second growth is $$ h = b u + a $$ and its cost $$ C = \sin h $$
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (r"\frac{dh}{du} = b", "proved"),
        (r"\frac{dh}{du} = 2 a u", "unknown"),  # of the first
        (r"\frac{dh}{du} = 3 a u", "wrong"),  # of neither
        (r"\frac{dC}{dh} = 3 h^2", "unknown"),
        (r"\frac{dC}{du} = 6 a^3 u^5", "unknown"),  # both names as they stood further up
        (r"\frac{dC}{du} = 2 a u \cos(a u^2)", "unknown"),  # the first h, the second C
        (r"\frac{dC}{du} = 5 a^3 u^5", "wrong"),
    ],
)
def test_a_line_that_holds_with_another_definition_of_its_names_is_open(line, expected):
    (found,) = claims(f"{TWO_MODELS}\nBack to the rule: $$ {line} $$")
    assert found == expected


def test_what_goes_on_below_such_a_line_is_open_as_well():
    found = claims(TWO_MODELS + r"$$\begin{aligned} \frac{dh}{du} &= 2 a u \\ &= a u + a u "
                   r"\\ &= 5 a u \end{aligned}$$")  # fmt: skip
    assert found == ["unknown", "unknown", "wrong"]


def test_the_sentence_names_the_letter():
    lines = check_text(TWO_MODELS + r"$$ \frac{dh}{du} = 2 a u $$", "md").lines
    assert "holds for $h$ as it was stated further up" in str(lines[-1].reason)


def test_a_model_further_down_counts_as_well():
    text = (
        r"$$ h = u^2 $$ The slope of another: $$ \frac{dh}{du} = 3 u^2 $$"
        "\n\n# Next\n\n"
        r"$$ h = u^3 $$"
    )
    assert claims(text) == ["unknown"]


@pytest.mark.parametrize(
    "words",
    ["Suppose that", "We assume that", "By assumption,", "In equilibrium we have",
     "We require that", "Let us impose the condition", "Under the null hypothesis",
     "subject to the constraint", "At the steady state", "It is assumed that",
     "Angenommen, es gilt", "On suppose que"],
)  # fmt: skip
def test_what_the_text_lays_down_is_no_claim(words):
    text = r"$$ D = u^2 $$ $$ S = 3u $$ " + words + r" $$ D = S + q $$"
    lines = check_text(text, "md").lines
    assert [x.role for x in lines] == ["definition", "definition", "assumption"]


@pytest.mark.parametrize(
    "words",
    ["Assuming independence, the gradient is", "We supposed a cost, and so the slope becomes",
     "From this we get", "Suppose that all is well. Then", "The assumption gives"],
)  # fmt: skip
def test_what_is_concluded_from_an_assumption_is_a_claim(words):
    text = r"$$ D = u^2 $$ " + words + r" $$ \frac{dD}{du} = 3u $$"
    assert claims(text) == ["wrong"]


def test_what_is_laid_down_may_be_used_below():
    text = (
        r"$$ D = u^2 + v $$ Suppose that $v = 4 u$ and $p + q = 1$. $$ D + p = u^2 + v + 1 - q $$"
    )
    assert "wrong" not in verdicts(text)


def test_rows_that_the_text_tells_apart_are_several_definitions():
    text = (r"The bounds are \begin{align} b(t) &= c \sqrt{t} \\ b(t) &= c t^2 \end{align} for the "
            r"first and the second test, respectively.")  # fmt: skip
    assert verdicts(text) == ["taken", "taken"]
    alone = r"It is \begin{align} b(t) &= (t + 1)^2 \\ b(t) &= t^2 + t + 1 \end{align} as one sees."
    assert "wrong" in verdicts(alone)


@pytest.mark.parametrize(
    "code",
    [r"\mbox{a.rowsum()}", r"\text{np.mean(a)}", r"\mbox{(a.rows() - v).norm()}",
     r"\text{A \%*\% B}", r"\text{a @ b}"],
)  # fmt: skip
def test_code_is_no_mathematics(code):
    text = rf"$$ \mbox{{a}} = \begin{{bmatrix}} 1 & 2 \end{{bmatrix}} $$ $$ {code} = 3 $$"
    assert verdicts(text)[-1] == "unknown"


def test_words_with_stops_are_no_code():
    assert claims(r"$$ D = u^2 $$ $$ \frac{dD}{du} = 3u \quad \text{(e.g. here)} $$") == ["wrong"]


@pytest.mark.parametrize(
    "line",
    [r"\mathbf{\hat{e}_x} \cdot \mathbf{\hat{e}_x} = 1",
     r"\mathbf{\hat{a}_x} \mathbf{\hat{a}_y} \cdot \mathbf{\hat{a}_y} = \mathbf{\hat{a}_x}",
     r"(\mathbf{v} \cdot \hat{\mathbf{n}}) \hat{\mathbf{n}} \cdot \hat{\mathbf{n}} "
     r"= \mathbf{v} \cdot \hat{\mathbf{n}}"],
)  # fmt: skip
def test_vectors_of_length_1_are_not_accused(line):
    assert claims(rf"The unit vectors satisfy all of this. $$ {line} $$") != ["wrong"]


def test_an_estimate_with_a_hat_is_no_unit_vector():
    text = (r"$\mathbf{y} \in \mathbb{R}^n$, $\hat{\mathbf{y}} \in \mathbb{R}^n$ "
            r"$$ L = \|\mathbf{y} - \hat{\mathbf{y}}\|^2 $$ "
            r"$$ \frac{\partial L}{\partial \hat{\mathbf{y}}} "
            r"= \mathbf{y} - \hat{\mathbf{y}} $$")  # fmt: skip
    assert claims(text) == ["wrong"]


def test_the_moments_of_a_law_that_nobody_knows_are_open():
    law = r"$$ K \sim \mathrm{NB}(\mu, \alpha) $$ "
    assert claims(law + r"$$ \mathrm{Var}(K) = E[(K - \mu)^2] = \mu + \alpha\mu^2 $$") == [
        "unknown"
    ]
    assert claims(law + r"$$ \mathrm{Var}(3K) = 3\,\mathrm{Var}(K) $$") == ["wrong"]


def test_a_letter_of_which_nothing_says_that_it_is_a_number_may_be_a_vector():
    text = (r"$$ 0 = m + c t $$ The vector $m$ is $$ m = \begin{bmatrix} k \\ 0 \end{bmatrix} $$ "
            r"$$ q = \begin{bmatrix} k & 1 \end{bmatrix} m $$")  # fmt: skip
    assert "wrong" not in verdicts(text)


def test_e_with_a_subscript_is_a_letter_beside_the_number_e():
    text = r"$$ g = e^{i u / v} $$ $$ 12 v^2 e_1 = \pi^2 g^2 $$"
    assert "wrong" not in verdicts(text)


def test_words_in_a_later_section_say_what_a_letter_is():
    text = ("# One\n\n" r"$$ s = w^2 $$ $$ \frac{ds}{dw} = 3w $$" "\n\n# Two\n\n"
            r"Take $r$, where $s$ is a width. $$ \frac{ds}{dw} = 5w $$")  # fmt: skip
    assert claims(text) == ["wrong", "unknown"]


def test_a_slash_above_may_have_all_that_follows_below_it():
    text = r"$$ q = u^2 / 2 m $$ $$ r = \frac{u^2}{m} = 2 q $$"
    assert claims(text.replace("r = ", "")) == ["unknown"]
    assert claims(r"$$ q = u^2 / 2 m $$ $$ \frac{u^2}{m} = 3 q $$") == ["wrong"]


def test_a_spread_is_not_negative():
    text = r"$$ q = \frac{\sigma^2}{m^2} $$ $$ \frac{\sigma}{m} = \sqrt{q} $$"
    assert claims(text) == ["unknown"]
    assert claims(text.replace(r"\sqrt{q}", r"2\sqrt{q}")) == ["wrong"]


def test_several_letters_that_are_one_number_in_the_text_are_a_case():
    text = r"$$ D = a u^2 + b u $$ It is flat for $a = b = 0$. $$ \frac{dD}{du} = 2 a u + b $$"
    lines = check_text(text, "md").lines
    assert [(x.role, x.verdict) for x in lines][1:] == [("case", "taken"), ("claim", "proved")]


@pytest.mark.parametrize(
    "row", ["R = S = 200", "Z = T = W = 1", r"\pi_1 = \pi_2 = 0.5", "u = v = w x"]
)
def test_a_chain_that_says_of_several_letters_what_they_are_claims_nothing(row):
    assert verdicts(f"$$ {row} $$") == ["taken"]


def test_a_chain_that_works_its_letter_out_claims_that():
    assert verdicts(r"We set $m = 12 / 4 = 3$.") == ["proved"]
    assert verdicts(r"We set $m = 12 / 4 = 5$.") == ["wrong"]
    assert verdicts(r"$$ u = w x + w $$ $$ v = u = w (x + 2) $$")[-1] == "wrong"


def test_what_is_said_again_word_for_word_is_no_news():
    assert verdicts(r"The rate is $r = 1/u$. As the rate is $r = 1/u$, it falls.") == ["taken"] * 2


def test_a_known_left_side_that_is_a_slip_away_is_open():
    """Another formula is another model, and what the text defines anew is defined."""
    first = r"$$ D = (a - y)^2 + c w^2 $$ "
    lines = check_text(first + r"$$ D = (a + y)^2 + c w^2 $$", "md").lines
    assert lines[1].verdict == "unknown"
    assert "one small slip" in str(lines[1].reason)
    assert verdicts(first + r"$$ D = \sin(a) $$") == ["taken", "taken"]
    assert verdicts(first + r"Let now $D = (a + y)^2 + c w^2$.") == ["taken", "taken"]
    assert verdicts(first + "\n\n# Next\n\n" + r"$$ D = (a + y)^2 + c w^2 $$") == ["taken"] * 2


@pytest.mark.parametrize("word", ["If", "When", "Unless", "Falls", "Lorsque"])
def test_an_equation_behind_if_is_a_case(word):
    text = rf"$$ D = 3u $$ $$ S = u^2 $$ {word} $D = S$, all is well."
    assert [x.role for x in check_text(text, "md").lines][2] == "assumption"


def test_a_formula_behind_where_is_judged_or_defines():
    text = r"$$ D = 3u $$ where $u = 2v$ and $\frac{dD}{du} = 4$"
    assert verdicts(text) == ["taken", "taken", "wrong"]


def test_a_relation_alone_in_the_text_claims_nothing():
    assert verdicts(r"$$ k = 3 $$ A share of $> 0.05$ is large, and so is one $\neq 0$.") == [
        "taken"
    ]


@pytest.mark.parametrize("text", ["$k = NULL$", "$k = TRUE$", "$$ k + None = 3 $$"])
def test_a_value_of_a_language_is_no_product_of_letters(text):
    assert verdicts(text) == ["unknown"]


@pytest.mark.parametrize("row", [r"12\,000 + 1 = 12001", r"12{,}000 \cdot 2 = 24{,}000",
                                 r"1\,234\,567 = 1234567"])  # fmt: skip
def test_thousands_in_groups_are_one_number(row):
    assert verdicts(f"$$ {row} $$") == ["proved"]


def test_numbers_side_by_side_are_no_product():
    assert verdicts(r"$$ (0\:1\:0) = (2\:3\:4) $$") == ["unknown"]
    assert verdicts(r"$$ 2 \cdot 3 = 7 $$") == ["wrong"]


def test_rows_with_a_label_are_of_several_models():
    text = r"""\begin{align}
    \text{Full: } && y &= m + b q + c r \\
    \text{Half: } && y &= m + b q \\
    \text{Null: } && y &= m
    \end{align}"""
    assert verdicts(text) == ["taken"] * 3


def test_a_function_of_one_thing_says_nothing_of_another():
    text = r"$$ L(H_{12}) = C/4 $$ $$ L(H_{34}) = C/8 $$ $$ L(H_{56}) = C(1 - a) $$"
    assert "wrong" not in verdicts(text)


def test_what_is_left_of_an_argument_as_a_label_is_no_power():
    text = r"$$ V(Y) = -q_a^{Y} $$ $$ Y = c + b X $$ $$ V(Y) = -c + b V(X) $$"
    assert "wrong" not in verdicts(text)


def test_for_every_index_behind_a_formula_is_no_argument_of_it():
    text = r"$$ z_i = w x_i + b \ (i = 1, 2, \dots, n) $$ $$ {} \quad (i = 1, \ldots, n) $$"
    for line, expected in ((r"\frac{\partial z_i}{\partial w} = x_i", "proved"),
                           (r"\frac{\partial z_i}{\partial w} = 2 x_i", "wrong")):  # fmt: skip
        assert verdicts(text.replace("{} ", line))[-1] == expected


def test_a_model_in_other_letters_is_another_one_and_a_slip_is_a_slip():
    first = r"\begin{aligned} y &= m + b q + c r \\ y &= "
    for body, expected in (
        (r"k \sin(q) + v", "unknown"),
        (r"m + b q + 2 c r", "wrong"),
        (r"m - b q + c r", "wrong"),
    ):
        assert verdicts(f"$$ {first}{body} \\end{{aligned}} $$")[-1] == expected


def test_a_function_that_solves_a_differential_equation_is_not_put_back_at_a_point():
    text = r"$$ \frac{d^2 w}{dz^2} - z w = 0 $$ $$ w = \mathrm{Ai}(z) $$"
    assert "wrong" not in verdicts(text)
    assert verdicts(r"$$ x^2 - 4x + 4 = 0 $$ $$ x = 3 $$")[-1] == "wrong"


def test_shapes_that_nothing_but_one_line_tells_do_not_accuse_it():
    text = r"$$ \bm{X} = \bm{U} \bm{D} \bm{V}^\top = \bm{U}_1 \bm{D}_1 \bm{V}^\top $$"
    assert "wrong" not in verdicts(f"$$ \\bm{{y}} = \\bm{{X}} \\bm{{b}} $$ {text}")


def test_what_is_called_something_above_its_formula_may_be_something_else():
    text = (r"$$ p = q s $$ where $s$ is a width. $$ \frac{dp}{dw} = 3 q $$" "\n\n# Next\n\n"
            r"$$ s = w^2 $$ $$ \frac{ds}{dw} = 3 w $$")  # fmt: skip
    assert claims(text) == ["unknown", "wrong"]


@pytest.mark.parametrize("law", [r"u_i v_{ij} = u_j v_{ji}", r"A_{ij} B_{jk} = A_{kj} B_{ji}"])
def test_a_law_of_letters_with_their_indices_exchanged_is_open(law):
    assert claims(f"$$ {law} $$") == ["unknown"]
    assert claims(r"$$ s_i = r_i^2 $$ $$ s_i r_j = s_j r_i $$") == ["wrong"]


def test_a_sum_that_says_what_its_first_letter_is_claims_nothing():
    assert verdicts(r"$$ Z = N + P = 0 $$") == ["taken"]


def test_what_goes_on_below_an_inequality_is_compared_with_its_last_side():
    text = (r"$x > 0$ $$\begin{aligned} x^2 + 2x &= x(x + 2) \\ &\le (x + 1)^2 \\ &= x^2 + %s "
            r"\end{aligned}$$")  # fmt: skip
    assert "wrong" not in claims(text % "2x + 1")
    assert claims(text % "3x + 1")[-1] == "wrong"
