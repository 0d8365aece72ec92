"""Which parts of a derivation a sheet leaves out."""

from __future__ import annotations

import pytest

from symgd import Model, exercise


@pytest.mark.parametrize("seed", range(2))
def test_no_rule_is_asked_for_where_none_is_used(seed):
    """Not in the model, and not where a line is another one with names exchanged."""
    names = ("1", "2", "3")
    model = Model(
        {
            **{f"z{k}": f"w{k}*x" for k in names},
            "s": " + ".join(f"exp(z{k})" for k in names),
            **{f"p{k}": f"exp(z{k})/s" for k in names},
            "C": "-(" + " + ".join(f"y{k}*log(p{k})" for k in names) + ")",
        },
        [f"w{k}" for k in names],
    )
    sheet = exercise(model, difficulty="easy", seed=seed)
    asked, solved = sheet.to_text().split("Answers")[0], model.derive().to_text()
    assert "rule: [" not in asked.split("Lemma 1")[0]
    for line in asked.splitlines():
        if "rule: [" in line:
            beginning = line.split("rule: [")[0].rstrip()
            full = next(x for x in solved.splitlines() if x.startswith(beginning))
            assert "as for" not in full
