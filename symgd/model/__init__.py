"""What a user types → Graph.

door          text, sympy expressions and callables, coerced and checked
functions     the named functions of a model, and the conventions at their corners
definitions   a model from named definitions, and what a model refuses
neuron        one neuron from its activation and its loss
"""

from symgd.model.definitions import model
from symgd.model.door import Spec
from symgd.model.functions import from_row
from symgd.model.neuron import neuron

__all__ = ["Spec", "from_row", "model", "neuron"]
