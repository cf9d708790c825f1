from collections.abc import Sequence
from statistics import median


def noise_floor(identical: Sequence[float]) -> float:
    """Half the gap between the fastest and the slowest of identical runs, as a share of their median."""
    return (max(identical) - min(identical)) / 2 / median(identical)


def gain(before: Sequence[float], after: Sequence[float]) -> tuple[float, float, float]:
    """The smallest and the largest ratio of runs that took turns, and how likely these two enclose the true one."""
    ratios = [new / old for old, new in zip(before, after, strict=True)]
    return min(ratios), max(ratios), 1 - 0.5 ** (len(ratios) - 1)
