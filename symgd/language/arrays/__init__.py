"""Matrix calculus as data: what the derivation, the check, the page and the program all read.

    from symgd.language.arrays import name, read, to_text

A `Node` is one operation with its parts and its shape, frozen, compared by `key`. Every value is a
matrix: a column of n is n x 1, a scalar 1 x 1. The operations:

    op         args              data        what it is
    name                         text        a name; `words` are what is assumed of it
    num                          Fraction    a number, exactly
    size                         Dim         a size as a number: the n of sum(x)/n
    ones eye zeros                           constants, of the node's own shape
    commutation                  (m, n)      K with vec(Xᵀ) = K vec(X)
    add        terms                         a + b; a - b is a + (-1)·b
    mul        factors                       scalars, then a chain of matrices
    had        factors                       entry by entry; a ./ b is a .* b^-1
    power      base, exponent                entry by entry (of a scalar: u^v); sqrt is ^½
    mpow       X                 k           a matrix to a whole number above 1
    raised     X, k                          a matrix to a whole number that has a name
    draised    X, E, k                       Σ X^i E X^(k-1-i), its derivative at X along E
    t          X                             transpose
    function   X                 Function    f entry by entry, or its derivative f', f''
    inv pinv det logdet tr sum rsum csum norm1 norm2 softmax rsoftmax logsumexp vec expm sinm
    cosm       X
    diag       x                             a column on a diagonal
    diagonal   X                             the diagonal as a column
    kron       A, B                          Kronecker product
    mat        x                 Shape       a column back to a matrix: the inverse of vec
    frechet    X, E              op          the derivative of expm (sinm, cosm) at X along E
    kronleft   G, B              Shape       the adjoint of A ↦ A ⊗ B at G; kronright of B ↦ A ⊗ B
    d          E                             dE, the differential not yet taken

The node itself, sizes and shapes, and the arranged form stand in `symgd.trees`. Here is

    vocabulary   the words and signs of the language
    functions    which functions act entry by entry
    reader       a text on its way: names, sizes, refusals
    calls        word(...)
    grammar      the operators: the dialect                 read("X*w - y", names)
    alphabets    what arrays spell otherwise than formulas
    printer      a writer for each operation                str(node), to_text(node, LATEX)

`node(op, ...)` builds as written and checks shapes; the constructors of `arrange` (add, mul, had,
t, inv, ...) build the arranged form from arranged parts.
"""

from symgd.language.arrays.alphabets import LANGUAGE, LATEX, UNICODE
from symgd.language.arrays.grammar import read
from symgd.language.arrays.printer import to_text
from symgd.trees.arrange import arrange
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import Node, name, node, num, size, walk
from symgd.trees.dims import Dim, dim

__all__ = [
    "LANGUAGE",
    "LATEX",
    "UNICODE",
    "Dim",
    "MatrixGraph",
    "Node",
    "arrange",
    "dim",
    "name",
    "node",
    "num",
    "read",
    "size",
    "to_text",
    "walk",
]
