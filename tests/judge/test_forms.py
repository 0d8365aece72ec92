r"""Forms in which people and machines write: kind by kind, right and wrong lines of each.

A row is (definitions, assumptions, lines); each line stands with what it is: "ok", "wrong",
"?" where more than one reading is open, "def" for a definition. `definitions` is None where the
lines are a document.
"""

from __future__ import annotations

import pytest
from judge_forms import KINDS

from symgd import check, check_text

SAID = {"proved": "ok", "sampled": "ok", "unknown": "?", "wrong": "wrong", "taken": "ok"}
CASES = [
    pytest.param(*row, id=f"{kind} {i}")
    for kind, rows in KINDS.items()
    for i, row in enumerate(rows)
]


def verdicts(definitions, assume, texts):
    if definitions is None:
        report = check_text("\n\n".join(f"$${t}$$" for t in texts))
    else:
        report = check(texts, definitions, assume)
    defining = {"ok": "def"}
    return [
        defining.get(SAID[x.verdict], SAID[x.verdict])
        if x.role == "definition"
        else SAID[x.verdict]
        for x in report.lines
    ]


@pytest.mark.spread(6, 3)
@pytest.mark.parametrize(("definitions", "assume", "lines"), CASES)
def test_a_form_is_read_as_a_person_means_it(definitions, assume, lines):
    texts = [text for text, _ in lines]
    found = zip(texts, verdicts(definitions, assume, texts), strict=True)
    assert dict(found) == dict(lines)
