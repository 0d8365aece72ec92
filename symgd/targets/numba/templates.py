"""The kernels with holes for what is the program's: `source` fills them.

    total      Σ over the samples of the cost and its derivatives, a block of samples at a time
    each       the same, a value a sample
    descend    θ ← θ + cg, `epochs` times, the sums and the steps in one function

Within a block a sum is one partial sum a lane of the processor, whatever the length of its vectors:
the error of 512 terms in any order, in one lane too, is below 511 roundings of Σ|term| (Higham
2002, ch. 4). The sums of blocks are added with their rounding errors (Knuth's two-sum), so it does
not grow with the number of blocks. A block is marked where one of `flags` of the processor came up
in it or its sum is not finite, and is left out: it is worked out again with care, by whoever
called.

The numbers among the leaves are put into an array that is read again for each block, so that what
is computed from them alone is under that block's flags too; and a number that all results enter is
stored before the flags are read, or LLVM might compute afterwards what is used afterwards.

The flags of a caller are its own: `total`, which the fast path calls, puts them back.
"""

HEAD = '''\
"""{title}"""

import numpy as np
from numba import types
from symgd.targets.numba import near
from symgd.targets.numba.disk import kept
from symgd.targets.numba.functions import (
    {words},
)

BLOCK = {block}
ALL = {all}
DOUBLES = types.Array(types.float64, 1, "C", readonly=True)
SINGLES = types.Array(types.float32, 1, "C", readonly=True)
VECTOR = types.Array(types.float64, 1, "C")
TABLE = types.Array(types.float64, 2, "C")
MARKS = types.Array(types.uint8, 1, "C")
options = dict(nogil=True, error_model="numpy", fastmath={{"contract"}})


'''

TOTAL = '''\
@kept(types.UniTuple(types.float64, {results})({types}{room}MARKS, types.int32, types.boolean),
      **options)
def {entry}({leaves}{sums_of_families}, marks, flags, mean):
    """(how many blocks are marked, and in `marks` if it has room for them; Σ of the cost and of its
    derivatives over the samples of the others, divided by their number if it is the mean). The
    first is -1 where the lengths are not for this, -2 where a sum is not finite, -3 where a sample
    is outside its domain."""
    {numbers}
    n = {length}
    if {uneven} or n < 1 or (marks.size == 0 and n > {longest}):
        return (-1.0,) * {results}
{zero}
{factors}
    marked = odd = 0
    before = taken()
    for block in range((n + BLOCK - 1) // BLOCK):
        start = block * BLOCK
        count = min(BLOCK, n - start)
{slices}
        {far}
{loop}
        probe = {probe}
{also_probe}
        numbers[-1] = probe
        if {beyond}raised(flags) or not np.isfinite(probe):
            marked += 1
            if marks.size > 0:
                marks[block] = 1
            lowered()
            continue
{collect}
    divisor = float(n) if mean else 1.0
{store}
    probe = {probe}
{whole}
    numbers[-1] = probe
    put_back(before)
    if marked == 0 and not np.isfinite(probe):
        marked = -2
    if odd != 0:
        marked = -3
    return float(marked), {sums}
'''

EACH = '''\
@kept(types.int64({types}TABLE, MARKS, types.int32), **options)
def {entry}({leaves}, out, marks, flags):
    """out[0] = the cost, out[j] = a derivative, a value a sample, but for marked blocks, of which
    there are as many as it returns. -1 where the lengths differ, -3 where a sample is outside its
    domain."""
    {numbers}
    n = {length}
    if {uneven}:
        return -1
    odd = 0
    room = np.empty({ends} * BLOCK)
    marked = 0
    lowered()
    for block in range((n + BLOCK - 1) // BLOCK):
        start = block * BLOCK
        count = min(BLOCK, n - start)
{slices}
        {far}
        probe = 0.0
        for i in range(count):
{lines}
{put}
{members}
        out[0, start] = probe
        if {beyond}raised(flags) or not np.isfinite(probe):
            marked += 1
            marks[block] = 1
            lowered()
            continue
{copy}
    return marked if odd == 0 else -3
'''

DESCEND = '''\
@kept(types.int64(VECTOR, {array_types}types.int64, types.float64, types.float64, types.int64,
      types.int64, TABLE), **options)
def {entry}(numbers, {arrays}n, divisor, c, epochs, chunk, path):
    """parameters <- parameters + c*slopes in `numbers`, and (cost, *parameters) before each step in
    `path` if it has rows: how many epochs were done. A chunk of epochs in which a flag came up or
    a number was not finite is undone, and ends it."""
    {before}
    first = np.empty({parameters})
{factors}
    done = 0
    lowered()
    while done < epochs:
        todo = min(chunk, epochs - done)
        for j in range({parameters}):
            first[j] = numbers[j]
        cost = 0.0
        {far}
        for epoch in range(done, done + todo):
{sums}
            if path.shape[0] > 0:
                cost += t0
                path[epoch, 0] = t0
                for j in range({parameters}):
                    path[epoch, j + 1] = numbers[j]
{step}
        probe = cost
        for j in range({parameters}):
            probe += numbers[j]
        if {beyond}raised(ALL) or not np.isfinite(probe):
            for j in range({parameters}):
                numbers[j] = first[j]
            return done
        done += todo
    return done
'''

DESCEND_BLOCKS = """\
{zero}
            for block in range((n + BLOCK - 1) // BLOCK):
                start = block * BLOCK
                count = min(BLOCK, n - start)
{slices}
{loop}
{collect}
{ends}"""
