r"""What a document declares, how far its indices run, and which of its letters are arrays.

lexicon         names, functions, indices and layers, read off the left sides
declarations    definitions and assumptions → Environment
ranges          which subscripts and bounds share a size
hints, chance   which letters are densities, and which are random
conventions     what letters mean as functions where nothing defines them
dependence      what rests on what
shapes          numbers, columns, rows and matrices: the first reading in which all of it fits
"""
