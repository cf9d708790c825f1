"""A known amount of computing in pure Python."""

import time


# --8<-- [start:burn]
def burn(ms: int) -> int:
    """Use `ms` milliseconds of CPU time, however long others keep this thread from running."""
    ends_s = time.thread_time() + ms / 1000
    total = 0
    while time.thread_time() < ends_s:
        total += sum(n * n for n in range(100))
    return total


# --8<-- [end:burn]
