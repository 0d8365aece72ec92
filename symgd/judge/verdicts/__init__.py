"""A line → its verdict: judged, pardoned or accused, explained.

judge          in order; equations, introductions, standing: what a line is compared with
readings       other ways to read it; accusations: when it is wrong in all of them
proof          the exact normal form, for lines in numbers
slips          the single edit that mends it (edits, mistakes); right, matrices: what is right
operators      lines with expectations and integrals; orders: what is left out, as in O(h²)
sorting        the rows of a document, by what they are
"""
