"""A derivation over arrays → `Document`, in two styles of the same steps.

document   blocks and rows, with the words beside them: by differentials, or by δ, layer by layer
           (Nielsen's BP1 to BP4)
formulas   how nodes, pairings and slopes are spelled
"""
