"""Symbols meet numbers: optimizers, descents, data, and the runs that they make.

optimizers   pure functions from a gradient to a change, chained
descent      any gradient, any optimizer: records, runs, one job
train        a model and its data, checked → a run
arrays       the same where parameters are arrays, in mini-batches
landscape    the cost around a descent, for pictures
data         CSV → arrays of numbers
"""
