"""A line → its verdict: judged, pardoned or accused, explained.

sorting        the rows of a document, by what they are
scopes         the definitions in force at each of them
judge          one line after the other; equations, solutions: what a line is compared with
state          where the derivation stands, and other ways to read its next line
sensitivity    whether a wrong line would have been seen; witness: the point that it is shown at
proof          the exact normal form, for lines in numbers
doubts         what has to be known before a line is accused; accusations: what it has to withstand
slips          the single edit that mends it (mistakes); right, matrices: what is right
operators      lines with expectations and integrals; orders: what is left out, as in O(h²)
"""
