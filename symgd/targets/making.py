"""The lock that is held while code is made of what users wrote: one thread at a time makes it."""

from __future__ import annotations

import os
import threading

# One for all kinds of code, for to make a kernel of arrays may mean to load one of numba's. A fork
# waits for it: the child has none of the other threads, and would find locks taken by them.
MAKING = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=MAKING.acquire, after_in_parent=MAKING.release, after_in_child=MAKING.release
    )
