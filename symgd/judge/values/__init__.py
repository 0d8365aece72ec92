"""What a tree is worth at a point, in a hundred digits, every derivative taken as a difference.

points        one draw of every leaf
names         what a name stands for: definition, component, size, function, leaf
calls         functions: declared, built in (builtin_values), unknown
derivatives   differences, gradients, Jacobians
expectations  which letters they bind (outcomes), by which law (densities)
integrals     quadrature, laws with a formula, limits
evaluator     a tree → its value; memory: what is known at a point, and on what it rests
sampling      trying an equation at many points
"""
