r"""The rows of mathematics in a document, by what kind of document it is.

    macros      \newcommand and its like, expanded in the document that defines them
    tex         comments, verbatim and what stands behind \end{document}, blanked out
    markdown    code blanked out, ```math as $$, entities and escapes undone
    notebooks   the Markdown cells of a notebook, each line with its place in the file
    plain       a formula a line, in Unicode or ASCII
    displays    the displays and inline formulas of a text
    split       a display → its rows and their statements
    row         what comes of it
    blanks      what is left out; the line of a place

What is left out is blanked, never cut: a newline stays a newline, so that a place in the text is
a line of the file. Each pass is linear in the length of the text, whatever the text.
"""
