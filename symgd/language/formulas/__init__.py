"""The language of formulas: w*x + b, tanh(z), cases(z > 0: z, 0), D(f, x).

Here is what one file is about:

    tree      what was typed, before sympy sees any of it
    reader    a text on its way there: what it may use, sizes, refusals
    calls     name(...)
    grammar   the operators: the dialect
    build     tree → unevaluated sympy tree
    printer   and back to text: a writer for each kind of node
"""
