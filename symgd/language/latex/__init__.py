r"""One line of LaTeX → a statement: tokens, a tree, and the tree back to LaTeX.

tokens        commands, letters, numbers, groups
cursor        walking over them; grammar, atoms, words, scripts, derivatives: one parser
statements    members joined by relations, and what is said around them
vocabulary    what is known before a document declares anything
syntax        the nodes; trees: walking and changing them; writing: LaTeX again
"""
