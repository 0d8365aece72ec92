"""What a user types → Graph.

door          text, sympy expressions and callables, coerced and checked
functions     the named functions of a model, and the conventions at their corners
definitions   a model from named definitions, and what a model refuses
neuron        one neuron from its activation and its loss
"""

from symgd.language.named import from_row
from symgd.models.coerce import Spec
from symgd.models.definitions import model
from symgd.models.neuron import neuron

__all__ = ["Spec", "from_row", "model", "neuron"]
