"""What a language is: one table of words, keyed by ids that are frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language.

    code         "en", "zh": what the language is asked for by
    names        rule id → its name; `{detail}` is what it was applied to, `{number}` a lemma's
    reasons      rule id → the one sentence that says why it holds
    titles       kind of section → its title
    times        how often one differentiates in a name → "{name} twice"
    orders       order of a derivative → "second "
    headings     id → the heading or sentence
    report       id → what the report says beside the derivation
    pictures     id → what stands in a picture
    verdicts     status → what it means
    conditions   if, otherwise, and, or, as they stand in cases
    preamble     what a LaTeX document needs to set these words, each line ended; else empty
    fonts        fonts that have these letters, where those of the pictures' own font lack them
    """

    code: str
    names: Mapping[str, str]
    reasons: Mapping[str, str]
    titles: Mapping[str, str]
    times: Mapping[int, str]
    orders: Mapping[int, str]
    headings: Mapping[str, str]
    report: Mapping[str, str]
    pictures: Mapping[str, str]
    verdicts: Mapping[str, str]
    conditions: Mapping[str, str]
    preamble: str = ""
    fonts: tuple[str, ...] = ()

    def name(self, rule: str, detail: str = "", number: int = 0) -> str:
        """The name of a rule, as applied to something: "chain rule through ŷ"."""
        bare = f"{rule}:bare"
        words = self.names[bare if not detail and bare in self.names else rule]
        return words.format(detail=detail, number=number)

    def listing(self, items: Sequence[str]) -> str:
        """The items as a sentence lists them: "w, b and c"."""
        *first, last = items
        if not first:
            return last
        return f"{self.headings['comma'].join(first)} {self.headings['and']} {last}"

    def reason(self, rule: str) -> str:
        """The one sentence that says why the rule holds."""
        return self.reasons[rule]
