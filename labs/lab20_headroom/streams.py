"""The picture of lab 20's mechanism: as many requests, once at regular moments and once at random ones. A drawing."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

import numpy as np
from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.lab20_headroom.rows import MS, TOKENS
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region

SHOWN_S, BEFORE_S = 1.0, 1.0
STREAM_SEED = 20


@dataclass(frozen=True)
class Stream:
    """When requests arrive, and how many are in the service: (second, requests) at each change."""

    says: str
    arrivals_s: Sequence[float]

    def inside(self) -> tuple[list[float], list[int]]:
        service_s, free_from, ends = MS / 1000, [-BEFORE_S] * TOKENS, list[float]()
        for arrived_s in self.arrivals_s:
            done_s = max(arrived_s, heapq.heappop(free_from)) + service_s
            heapq.heappush(free_from, done_s)
            ends.append(done_s)
        changes = sorted([(at_s, 1) for at_s in self.arrivals_s] + [(at_s, -1) for at_s in ends])
        counts = np.cumsum([change for _, change in changes])
        return [at_s for at_s, _ in changes], list(map(int, counts))


@cache
def _streams() -> tuple[Stream, Stream]:
    """170 arrivals per second each: one every 5.9 ms, and as random ones come. Both have run for a second before."""
    per_s = 0.85 * TOKENS / (MS / 1000)
    total = round(per_s * (SHOWN_S + BEFORE_S))
    chance = Random(STREAM_SEED)
    at_random = sorted(chance.uniform(-BEFORE_S, SHOWN_S) for _ in range(total))
    return (
        Stream("regular", [number / per_s - BEFORE_S for number in range(total)]),
        Stream("random", at_random),
    )


def streams_figure() -> Draw:
    """Requests in the service over one second, those above the tokens filled: they wait."""

    def draw(palette: Palette) -> Figure:
        figure, both = pyplot.subplots(2, 1, figsize=(WIDTH_IN, 3.3), sharex=True, layout="constrained")
        highest = max(max(stream.inside()[1]) for stream in _streams())
        for axes, stream in zip(both, _streams(), strict=True):
            at_s, inside = stream.inside()
            first = max(0, int(np.searchsorted(at_s, 0)) - 1)  # what comes before isn't shown, and would be in the file
            ms = np.array(at_s[first:]) * 1000
            level = np.array(inside[first:])
            axes.fill_between(ms, 0, np.minimum(level, TOKENS), step="post", color=palette.measured, linewidth=0)
            axes.fill_between(ms, TOKENS, np.maximum(level, TOKENS), step="post", color=palette.predicted, linewidth=0)
            axes.axhline(TOKENS, color=palette.ink, linewidth=1)
            axes.set_xlim(0, SHOWN_S * 1000)
            axes.set_ylim(0, highest + 1)
            axes.set_yticks([0, TOKENS, 2 * TOKENS])
            axes.set_title(f"{stream.says} arrivals", loc="left")
            axes.set_ylabel("requests")
        both[1].set_xlabel("milliseconds")
        return figure

    return draw


def streams() -> str:
    said = (
        "Two drawings of the requests in one worker over a second. With regular arrivals at most five are there, one "
        "per token. With as many random arrivals there are often more than five, and those wait."
    )
    return region(picture("../figures/lab20-streams", said))
