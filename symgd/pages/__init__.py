"""A derivation → text, LaTeX, Markdown, HTML, PDF, JSON, pictures.

document   what a page shows: titled blocks of rows, in one language
scalars    a derivation over scalars → its document; arrays: the same over arrays
formulas   how a formula is spelled; array_formulas: nodes, pairings and slopes
formats    a row for each format, which is one file: a document, laid out
messages   the sentences, by language
"""
