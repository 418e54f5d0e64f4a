"""How loops over numbers are compiled: once for this machine, then kept beside the program.

`kernel` is called from Python; `inner` from other compiled code alone, which leaves out the way in from Python and
much of the time that compiling takes. Each is to be compiled once: for whole numbers that are no constants, and arrays
of one layout that may be written to.

`tight_kernel` and `tight` are for loops that jump about in memory. They make no array and return none, so they need not
count who holds one: such a count has to be seen by all cores, and nothing else is read while it waits for that.

None of them has annotations (`type: ignore[no-untyped-def]`): numba finds its types out from what comes in.
"""

from typing import Any

import numba as nb

kernel = nb.njit(cache=True, nogil=True)
_NO_WAY_IN: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
inner = nb.njit(cache=True, nogil=True, **_NO_WAY_IN)
_NO_COUNTS: dict[str, Any] = {"_nrt": False}
tight_kernel = nb.njit(cache=True, nogil=True, **_NO_COUNTS)
tight = nb.njit(cache=True, nogil=True, **_NO_WAY_IN, **_NO_COUNTS)
