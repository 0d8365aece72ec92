"""What users hold: models, derivations, gradients and descents with their methods.

Thin classes over the functions of the rooms below, so that no import runs back up: the data
(`Graph`, `steps.Derivation`, `Program`) stays plain, and whoever reads `neuron.derive().to_text()`
finds here which function each word calls. What differs between models of scalars and models with
shapes stands in `scalars` and `arrays`, behind the one protocol of `kind`.
"""

from symgd.api.checks import check, check_text
from symgd.api.derivations import Derivation, WorkedDerivation
from symgd.api.descents import Run, plot, train
from symgd.api.gradients import Gradient
from symgd.api.models import Model, Network, Neuron
from symgd.api.predictions import Predictor
from symgd.api.problems import Fit, Problem
from symgd.api.reports import report
from symgd.api.streams import Stream, stream

__all__ = [
    "Derivation",
    "Fit",
    "Gradient",
    "Model",
    "Network",
    "Neuron",
    "Predictor",
    "Problem",
    "Run",
    "Stream",
    "WorkedDerivation",
    "check",
    "check_text",
    "plot",
    "report",
    "stream",
    "train",
]
