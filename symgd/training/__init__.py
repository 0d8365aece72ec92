"""Symbols meet numbers: optimizers, descents, data, and the runs that they make.

parts        pure functions from a gradient to a change; second_order those that look around
optimizers   chains of parts by name; schedules, and texts that read as both
descent      any gradient, any optimizer: records and runs
job          one run: its stops, its bar, its file (checkpoints)
train        a model and its data, checked → a run
arrays       the same where parameters are arrays, in mini-batches
samples      weights, and what is held out
stability    2/λmax before and after, ties
landscape    the cost around a descent, for pictures
data         CSV → arrays of numbers
"""
