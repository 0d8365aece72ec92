r"""The rows of mathematics in a document, by what kind of document it is.

    tex         \newcommand and its like expanded; comments, verbatim and what stands behind
                \end{document} blanked out
    markdown    code blanked out, ```math as $$, entities and escapes undone; cells of a notebook
    restructured  roles and directives of reStructuredText as $ and $$
    hypertext   HTML: its text, and the LaTeX that scripts, annotations and pictures carry
    plain       a formula a line, in Unicode or ASCII
    displays    the displays and inline formulas of a text, and the statements of each
    joined      a row that says several things → its parts
    listings    what a vector is made of, how far an index runs
    rows        what comes of it; the line of a place

What is left out is blanked, never cut: a newline stays a newline, so that a place in the text is
a line of the file. Each pass is linear in the length of the text, whatever the text.
"""
