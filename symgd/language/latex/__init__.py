r"""One line of LaTeX → a statement: tokens, a tree, and the tree back to LaTeX.

tokens        commands, letters, numbers, groups
syntax        the nodes, walking over them and changing them
vocabulary    what is known before a document declares anything
grammar       one parser; what is a table of its own takes it as an argument: names, calls,
              brackets, relations, derivatives, sums, operators
dots          what \dots stands for between things that differ in one number
statements    members joined by relations, and what is said around them
printer       a tree → LaTeX
"""
