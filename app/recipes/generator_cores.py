import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence


def cores_used(command: Sequence[str]) -> tuple[float, int]:
    """Runs a load generator: how many cores it kept busy on average, and its exit status."""
    began_s, before_s = time.monotonic(), children_cpu_s()
    status = subprocess.run(command, check=False).returncode
    return (children_cpu_s() - before_s) / (time.monotonic() - began_s), status


def children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cores_allowed() -> int:
    """Those that this process may run on; a container's CPU quota isn't in it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    allowed = min(int(os.environ.get("GOMAXPROCS", "0")) or cores_allowed(), cores_allowed())
    cores, status = cores_used(sys.argv[1:])
    print(f"the load generator used {cores:.2f} cores of {allowed}")
    sys.exit(status)
