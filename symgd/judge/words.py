"""What the judge says: sentences by their ids, which any language tells.

    say("slip:sign", formula="w")      "the sign of $w$ is wrong", with its id and its parts
    words_of("de").tell(...)           the same in German

The tables stand in `pages/messages/judging/`, and what is said of a line that does not read beside
the grammar.
"""

from __future__ import annotations

from symgd.pages.messages import phrases as words_of
from symgd.pages.messages.judging.english import ENGLISH

say = ENGLISH.say

__all__ = ["ENGLISH", "say", "words_of"]
