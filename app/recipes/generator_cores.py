import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence


def cores_used(command: Sequence[str]) -> float:
    """Runs a load generator, and says how many cores it kept busy on average."""
    began_s, before_s = time.monotonic(), children_cpu_s()
    subprocess.run(command, check=False)
    return (children_cpu_s() - before_s) / (time.monotonic() - began_s)


def children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cores_allowed() -> int:
    """Those that this process may run on; a container's CPU quota isn't in it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    allowed = min(int(os.environ.get("GOMAXPROCS", "0")) or cores_allowed(), cores_allowed())
    print(f"the load generator used {cores_used(sys.argv[1:]):.2f} cores of {allowed}")
