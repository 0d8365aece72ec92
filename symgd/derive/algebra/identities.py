"""Rules of algebra: one table, authored, never traced from a simplifier.

`rewrite` looks at one node and answers with what it becomes, or None. An answer of several pairs
(rule id, expression) is a route: a known argument that only makes sense as a whole, each of its
lines a step. Rows that fold several things into one name ("recognise") need to know the function
being derived; they take it from the `Context`.
"""

from __future__ import annotations

from symgd.derive.algebra.context import Context, Identity, head_of
from symgd.derive.algebra.corners import condition, constant_case, indicator, sign_times
from symgd.derive.algebra.factors import divide_terms, factor_out
from symgd.derive.algebra.logistic import logistic_complement, logistic_slope, recognise
from symgd.derive.algebra.transcendental import (
    combine_exponentials,
    double_angle,
    normal_density,
    pythagoras,
    ratio,
)

IDENTITIES: tuple[Identity, ...] = (
    Identity("logistic_slope", "derivative of logistic form", r"\frac{e^{v}}{(1+e^{v})^2} = \sigma(-v)(1-\sigma(-v))",
             "Split the fraction, add and subtract 1, recognise the sigmoid.",
             ("exp(-x)/(1 + exp(-x))**2",), logistic_slope),
    Identity("logistic_complement", "bring to logistic form", r"\frac{e^{v}}{1+e^{v}} = \sigma(v)",
             "Divide above and below by the exponential, or add and subtract 1.",
             ("exp(x)/(1 + exp(x))", "exp(-x)/(1 + exp(-x))", "exp(-2*x)/(1 + exp(-2*x))"), logistic_complement),
    Identity("recognise", "recognise a known function", r"\frac{1}{1+e^{-u}} = \sigma(u)",
             "This is the definition of a function that has a name.",
             ("1/(1 + exp(-x))",), recognise),
    Identity("combine_exponentials", "product of exponentials", r"e^a e^b = e^{a+b}",
             "Exponents of one base add up.",
             ("exp(x)*exp(-exp(x))",), combine_exponentials),
    Identity("normal_density", "recognise the normal density", r"\frac{e^{-u^2/2}}{\sqrt{2\pi}} = \varphi(u)",
             "This is the density of the standard normal distribution.",
             ("x*exp(-x**2/2)/sqrt(2*pi)",), normal_density),
    Identity("ratio", "ratio of sine and cosine, circular or hyperbolic", r"\frac{\sinh u}{\cosh u} = \tanh u",
             "This is the definition of the tangent, or of the hyperbolic tangent.",
             ("sinh(x)/cosh(x)", "3*sin(x)/cos(x)"), ratio),
    Identity("pythagoras", "Pythagorean identity", r"1 + \sinh^2 u = \cosh^2 u",
             "The squares of sine and cosine add up to 1; so do their hyperbolic kin, with a sign.",
             ("1 + sinh(x)**2", "1 - sin(x)**2", "cosh(x)**2 - 1", "cos(x)**2 + sin(x)**2"), pythagoras),
    Identity("double_angle", "double angle", r"2\sin u\cos u = \sin 2u",
             "The sine of a double angle.",
             ("2*sin(x)*cos(x)",), double_angle),
    Identity("sign_times", "absolute value and sign", r"|u|\,\mathrm{sign}(u) = u",
             "A number is its size times its sign.",
             ("x*sign(x)", "abs(x)*sign(x)*3"), sign_times),
    Identity("condition", "solve the condition", r"1 - u > 0 \iff u < 1",
             "The condition is brought to its shortest form.",
             ("where(1 - x*y > 0, x, y)",), condition),
    Identity("indicator", "positive part", r"\max(0,u)\,[u>0]\,v = v\max(0,u)",
             "Where the step is 0, the positive part is 0 already.",
             ("2*max(0, x)*where(x > 0, 1, 0)",), indicator),
    Identity("constant_case", "factor into the cases", r"c\,[A] = \{c \text{ if } A\}",
             "A number multiplies each case.",
             ("3*where(x > 0, 1, 0)",), constant_case),
    Identity("divide_terms", "divide term by term", r"\frac{v+w}{v} = 1 + \frac{w}{v}",
             "Each term is divided by the denominator on its own.",
             ("((1 + x)**2 - x)/(1 + x)**2",), divide_terms),
    Identity("factor_out", "take out the common factor", r"uv + uw = u(v+w)",
             "A factor that all terms share is written once.",
             ("x*y + x*sin(y)", "y*x**3 - 2*x**2"), factor_out),
)  # fmt: skip

__all__ = ["IDENTITIES", "Context", "Identity", "head_of"]
