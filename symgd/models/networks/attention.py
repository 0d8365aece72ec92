"""One head of scaled dot-product attention (Vaswani et al. 2017): rows of X are tokens."""

from __future__ import annotations

from symgd.models.arrays import matrix_model
from symgd.trees.array_graph import MatrixGraph


def attention(tokens: str = "m", width: str = "n", head: str = "k") -> MatrixGraph:
    """O = softmax(QKᵀ/√k) V with Q = XW_Q, K = XW_K, V = XW_V, and C = ½‖O - Y‖².

    tokens, width, head   names of the sizes
    """
    return matrix_model(
        {
            "Q": "X*W_q",
            "K": "X*W_k",
            "V": "X*W_v",
            "S": f"Q*K'/sqrt({head})",
            "P": "rsoftmax(S)",
            "O": "P*V",
            "C": "norm2(O - Y)^2/2",
        },
        ["W_q", "W_k", "W_v"],
        {
            "X": (tokens, width),
            "W_q": (width, head),
            "W_k": (width, head),
            "W_v": (width, head),
            "Y": (tokens, head),
        },
    )
