"""Symbols meet numbers: optimizers, descents, data, and the runs that they make."""
