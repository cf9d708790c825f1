"""What lab 20 reads off a row's responses: how busy its tokens were, who waited, and for how long."""

from collections.abc import Callable

from labs.engine.declare.quantities import Seen, configured, measured
from labs.lab20_headroom.rows import RANDOM, REGULAR_70, VARYING_70, VARYING_85, WAITS_FROM_S, predicted

Value = Callable[[Seen, str], float]
"""Of one row of a run."""


def _times(seen: Seen, name: str) -> tuple[float, tuple[float, ...]]:
    """The mean of the window's responses and their percentiles from 0 to 100, seconds. Raises ValueError for none."""
    found = measured(seen, name).window_time_s
    if found is None or not found.samples:
        raise ValueError(f"no response of {name} ended in its window")
    return found.mean, found.quantiles


def idle_adds_s(seen: Seen) -> float:
    """What the way to the call and back adds to a response where nobody waits: the median of regular arrivals at 70%.

    A mean would count a moment in which the machine did something else.
    """
    _, cut = _times(seen, REGULAR_70)
    return cut[50] - configured(seen, REGULAR_70).token_time_s


def service_s(seen: Seen, name: str) -> float:
    """The mean time of a row's calls, without what the way adds."""
    variant = configured(seen, name)
    return predicted(variant).service_s if name in RANDOM else variant.token_time_s


def utilization(seen: Seen, name: str) -> float:
    """X·S / T, the share of the tokens in use on average: the middle of what it can be."""
    return sum(between(seen, name)) / 2


def between(seen: Seen, name: str) -> tuple[float, float]:
    """The least and the most that the utilization can be.

    A token is held for the call and for a part of what an idle service adds, for the way from the event loop to
    the thread and back. From outside only that part's limits are known: nothing, and all of it.
    """
    per_token, call_s = seen[name].throughput_per_s / configured(seen, name).thread_tokens, service_s(seen, name)
    return per_token * call_s, per_token * (call_s + idle_adds_s(seen))


def mean_wait(seen: Seen, name: str) -> float:
    """In service times: what a response takes beyond its call and what an idle service adds."""
    mean_s, _ = _times(seen, name)
    wait_s = mean_s - service_s(seen, name) - idle_adds_s(seen)
    return wait_s / service_s(seen, name)


def share_that_waits(seen: Seen, name: str) -> float:
    """The share of responses WAITS_FROM_S later than an idle service's. Only where all calls take equally long.

    Read off the hundred percentiles that a measurement keeps.
    """
    _, cut = _times(seen, name)
    limit_s = configured(seen, name).token_time_s + idle_adds_s(seen) + WAITS_FROM_S
    below = sum(value < limit_s for value in cut)
    if not 0 < below < len(cut):
        return 0.0 if below else 1.0
    low, high = cut[below - 1], cut[below]
    return 1 - (below - 1 + (limit_s - low) / (high - low)) / 100


def quicker_than_a_call(seen: Seen) -> float:
    """The share of responses that take less than the mean call: none of them where all calls take equally long."""
    shares = []
    for name in (VARYING_70, VARYING_85):
        _, cut = _times(seen, name)
        shares.append(sum(value < service_s(seen, name) for value in cut) / len(cut))
    return min(shares)
