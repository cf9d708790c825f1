import sys
import time
from statistics import median

import httpx


def response_times_s(url: str, requests: int = 20) -> list[float]:
    """How long each of some requests takes, one after the other over one connection that stays open."""
    times_s = []
    with httpx.Client() as client:
        for _ in range(requests):
            began_s = time.perf_counter()
            client.get(url)
            times_s.append(time.perf_counter() - began_s)
    return times_s


if __name__ == "__main__":
    first, *later = response_times_s(sys.argv[1])
    print(f"first {first * 1000:.1f} ms, later {median(later) * 1000:.1f} ms")
