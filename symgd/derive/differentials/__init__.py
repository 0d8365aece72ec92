"""Differentials (Magnus and Neudecker): f → df = ⟨G, dX⟩, so that ∇f = G; one step at a time.

rules        the differential of each operation: one table
lemmas       f'(U) of functions entry by entry, from the scalar engine
linear       ⟨G, L(dE)⟩ = ⟨L*(G), dE⟩ and vec(L(dX)) = J vec(dX): two tables
identities   algebra that shortens: one table, its rows in `rewrites` and `factoring`; `Simplifier`
passes       back from the cost, or forward from a name, one expression opened a step
derive       a graph of definitions → sections of steps, each checked
"""
