"""The last level of care: a program at a point, in as many bits as it takes.

pairs       two doubles a number, many samples at once
ball        numbers that know how far from the truth they may be, and functions of them
evaluator   a program over pairs; over balls, wider and wider until each result is one double
"""
