"""Models as estimators of scikit-learn: in a Pipeline, in a grid search, pickled as others are.

NeuronRegressor      ŷ = f(w·x + b), any activation and loss
NeuronClassifier     the same as a probability; of several classes a layer of neurons
NetworkRegressor     layers of them
NetworkClassifier
FormulaRegressor     ŷ = any formula with named parameters: Hill, 4PL, growth curves

All minimize Σ wᵢL(ŷᵢ, yᵢ)/Σ wᵢ + α‖W‖²/(2Σ wᵢ), a formula α none. Samples that are alike are one,
of the sum of their weights, in an order of their own: so the order of rows changes nothing, and the
weight 2 is two rows, to the last bit.
"""

from __future__ import annotations

from symgd.errors import MissingExtraError

try:
    from symgd.sklearn.formulas import FormulaRegressor
    from symgd.sklearn.layers import (
        NetworkClassifier,
        NetworkRegressor,
        NeuronClassifier,
        NeuronRegressor,
    )
except ImportError as error:
    # What is missing says its name; a fault of our own files is not hidden by it.
    if (error.name or "").split(".")[0] != "sklearn":
        raise
    raise MissingExtraError(
        "symgd.sklearn needs scikit-learn 1.6 or newer, which is not installed; it comes with "
        'pip install "symgd[sklearn]".'
    ) from error

__all__ = [
    "FormulaRegressor",
    "NetworkClassifier",
    "NetworkRegressor",
    "NeuronClassifier",
    "NeuronRegressor",
]
