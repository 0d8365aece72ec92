"""Differentials (Magnus and Neudecker): f → df = ⟨G, dX⟩, so that ∇f = G; one step at a time.

rules        the differential of each operation: one table
lemmas       f'(U) of functions entry by entry, from the scalar engine
adjoint      ⟨G, L(dE)⟩ = ⟨L*(G), dE⟩: one table
vectors      vec(L(dX)) = J vec(dX): one table
identities   algebra that shortens: one table; `simplify` applies it
derive       a graph of definitions → sections of steps
verify       step → verdict, at random values and a random direction
"""
