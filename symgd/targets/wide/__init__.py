"""The last level of care: a program at one point, in as many bits as it takes.

ball        numbers that know how far from the truth they may be, and functions of them
evaluator   a program over balls, wider and wider until each result is one double
"""
