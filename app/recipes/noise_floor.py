from collections.abc import Sequence
from statistics import median


def noise_floor(identical: Sequence[float]) -> float:
    """Half the gap between fastest and slowest, as a share of the median."""
    return (max(identical) - min(identical)) / 2 / median(identical)


def gain(before: Sequence[float], after: Sequence[float]) -> tuple[float, float, float]:
    """Of runs that took turns: the smallest and the largest ratio, and how likely they enclose the true one."""
    ratios = [new / old for old, new in zip(before, after, strict=True)]
    return min(ratios), max(ratios), 1 - 0.5 ** (len(ratios) - 1)
