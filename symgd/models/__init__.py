"""What a user types → Graph.

coerce        text, sympy expressions and callables, coerced and checked
definitions   a model from named definitions, and what a model refuses
neuron        one neuron from its activation and its loss
arrays        a model from definitions over names with shapes
networks      layers, a recurrent cell, attention, as such definitions
example       numbers for a model whose user gave none
"""

from symgd.language.named import from_row
from symgd.models.coerce import Kinks, Settings, Spec
from symgd.models.definitions import model
from symgd.models.neuron import neuron

__all__ = ["Kinks", "Settings", "Spec", "from_row", "model", "neuron"]
