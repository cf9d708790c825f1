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


if __name__ == "__main__":
    print(f"the load generator used {cores_used(sys.argv[1:]):.2f} cores of {os.cpu_count()}")
