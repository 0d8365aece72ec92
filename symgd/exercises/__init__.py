"""What a teacher hands out and what a learner practises with, made from a derivation.

draws      the same numbers for the same seed, on any machine
points     numbers at which a model comes out readable
levels     how much is asked, and of which model
making     a derivation → a sheet with gaps, or with numbers to be worked out
families   one sheet a student; the scheme by which they are marked
practice   a session: the learner's next line → what is answered; no input or output of its own
"""

# Here, where nothing is loaded with them, so that `symgd --help` names them at once.
KINDS = ("gaps", "numbers")
DIFFICULTIES = ("easy", "medium", "hard")
