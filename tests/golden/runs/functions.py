"""Gradients that `symgd check --gradient` is asked about: one right, two with a slip."""

from math import exp


def right(z, y):
    return (1 / (1 + exp(-z)) if z > 0 else exp(z) / (1 + exp(z))) - y


def sign(z, y):
    return y - (1 / (1 + exp(-z)) if z > 0 else exp(z) / (1 + exp(z)))


def half(yhat, y):
    return yhat - y
