"""MatrixDerivation → text, LaTeX, Markdown, HTML, JSON, in two tellings of the same steps.

setting    nodes, pairings and slopes in an alphabet
telling    blocks and rows, with the words beside them
backprop   the same steps by δ, layer by layer (Nielsen's BP1 to BP4)
pages      the formats: what they share with those of scalars comes from `symgd.pages`
"""
