"""Networks as definitions: each builder writes a `MatrixGraph` in the language of matrices.

perceptron   layers z = Wa + b, a = f(z): any depth, penalties, batch and layer normalisation
attention    one head of scaled dot-product attention
recurrent    a simple recurrent cell through time
neuron       one neuron of a vector, z = wᵀx + b
pieces       activations and losses as text of the language
"""

from symgd.models.networks.attention import attention
from symgd.models.networks.neuron import vector_neuron
from symgd.models.networks.perceptron import perceptron
from symgd.models.networks.recurrent import recurrent

__all__ = ["attention", "perceptron", "recurrent", "vector_neuron"]
