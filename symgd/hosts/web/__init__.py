"""The workbench: symgd on a page, with a server behind it or within the browser itself.

    answers.py     a request → an answer, both plain data: the one protocol of both ways to run
    asked.py       what may be asked: a table of fields, each with its bounds
    subjects.py    what a request describes → a model; the field and the place of what is wrong
    deriving.py    derive, and the texts to copy     numbers.py      a model at a point
    descending.py  descents and the cost around them
    checking.py    other people's lines              practising.py   a learner's lines
    page.py        the page as a file: markup, style, a derivation that is there before any script
    page/          its style and its modules
    limits.py      what a server allows, by its options or its environment
    server.py      `symgd serve`: answers by processes that can be ended

What comes in is untrusted: it is held against the table first, and computed under the limits.
"""
