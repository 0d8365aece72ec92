"""A model and its data as a problem of optimizers, and what its solution says.

layout     parameters ↔ one vector
squares    costs that are sums of squares, found from the graph
kernels    a model as sums over samples; a part: the same on some of the data
parts      sums over parts, by any map
domains    where parameters may lie: bounds and transforms
problem    the cost and its derivatives as functions of one vector
solve      scipy's methods, with exact products of the Hessian
statistics errors, covariance, intervals, the profile of the cost
summary    the table of a fit
"""
