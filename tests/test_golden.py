"""What users see is what they saw: every text against the one that is kept in tests/golden/.

A difference that is meant is renewed by `make golden`, and reviewed as a diff of tests/golden/.
"""

from __future__ import annotations

from inspect import signature
from itertools import groupby

import pytest
from click.testing import CliRunner
from golden.items import Item, items
from golden.reduced import rounded, visible
from golden.store import RENEW, difference, digest, kept_digests, kept_pages, unified

ITEMS = items()
DIGESTS = kept_digests()


# How click lays out the pages of help changed with 8.2.
LAYOUT = pytest.mark.skipif(
    "mix_stderr" in signature(CliRunner).parameters, reason="an older click lays out help otherwise"
)


def _cases() -> list[object]:
    """A case for each subject: its fast texts, and its slow ones."""
    ordered = sorted(ITEMS, key=lambda i: (i.subject, i.slow))
    return [
        pytest.param(
            list(group),
            id=subject + "-slow" * slow,
            marks=[pytest.mark.slow] * slow + [LAYOUT] * (subject == "terminal/help"),
        )
        for (subject, slow), group in groupby(ordered, key=lambda i: (i.subject, i.slow))
    ]


@pytest.mark.spread(3)
@pytest.mark.parametrize("group", _cases())
def test_what_is_shown_is_what_was_shown(group: list[Item]) -> None:
    found = [said for item in group if (said := difference(item, DIGESTS))]
    if found:
        told = "\n\n".join(found[:4]) + (f"\n\n... and {len(found) - 4} more" if found[4:] else "")
        pytest.fail(f"{told}\n\nIf this is meant: {RENEW}, and review git diff.", pytrace=False)


def test_nothing_is_kept_of_what_is_no_longer_shown():
    whole = {i.id for i in ITEMS if i.whole}
    bulk = {i.id for i in ITEMS if not i.whole}
    assert len(whole) + len(bulk) == len(ITEMS), "two items have one id"
    assert kept_pages().keys() == whole, RENEW
    assert DIGESTS.keys() == bulk, RENEW


# -- the comparison itself ------------------------------------------------------------------------


def test_a_change_is_told():
    item = next(i for i in ITEMS if i.id == "scalars/sigmoid/order1.en.txt")
    other = Item(item.id, lambda: item.text().replace("chain rule", "rule of chains"), whole=True)
    assert difference(item, DIGESTS) == ""
    assert "+  ∂C/∂w = C'(ŷ)·∂ŷ/∂w                               ✓ rule of chains" in difference(
        other, DIGESTS
    )
    bulk = next(i for i in ITEMS if i.id == "scalars/sigmoid/fragment.tex")
    assert difference(bulk, DIGESTS) == ""
    assert "--against HEAD" in difference(bulk, {bulk.id: digest("")})
    assert "not kept yet" in difference(bulk, {})


def test_a_diff_is_short():
    before = "\n".join(map(str, range(100)))
    assert unified(before, before.replace("0", "x"), "n").count("\n") == 40
    assert unified("a\nb", "a\nc", "n") == "--- kept/n\n+++ now/n\n@@ -1,2 +1,2 @@\n a\n-b\n+c"


def test_a_page_is_its_words_its_classes_and_its_tokens():
    page = (
        '<!DOCTYPE html><html lang="en"><style>b { c }</style><p class="legend" style="x">A &lt; b'
        "<math><mfrac><mi>x</mi><mn>2</mn></mfrac></math></p></html>"
    )
    assert visible(page) == '<html lang="en">\n<p class="legend">A < b $ x 2 $\n'
    assert visible("plain") == "plain"


def test_numbers_are_rounded_to_nine_digits():
    assert rounded("w = -1.539453590977397e-05, 3.5, -15.39453590977397") == (
        "w = -1.53945359e-05, 3.5, -15.3945359"
    )
