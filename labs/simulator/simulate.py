"""A model that covers time: a variant as a discrete-event simulation, percentiles and failures out.

The ceilings of `queueing` say how much a service can do; they do not say who waits how long, who
gives up, or what a crowded worker does to the tail. Here users and service run through the whole
load. Pure and deterministic: the same scenario gives the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from labs.engine.declare.service import Variant
from labs.engine.results.window import steady_window
from labs.engine.theory.prediction import CpuCosts, predict
from labs.simulator.users import Records, simulate_run

# How unevenly workers that share a listening socket share its connections: the standard deviation of
# their numbers over the mean. An assumption; docs/simulator.md holds it against the captures.
SPREAD = 0.2


@dataclass(frozen=True)
class Scenario:
    """What is simulated.

    costs        CPU seconds a request costs, on `cores` shared by all; None: computing takes no time
    connections  how many users each worker serves, summing to N; () for `spread`. Where the endpoint
                 blocks the loop they only say who is asked first: who is free accepts
    sample       0, or how many workers stand for all of them, where a worker depends on no other
    """

    variant: Variant
    costs: CpuCosts | None = None
    cores: float = 2.0
    connections: tuple[int, ...] = ()
    sample: int = 0
    seed: int = 1


@dataclass(frozen=True)
class Simulated:
    """Plain figures, defined as those of a Measurement: percentiles over every request that ended and
    had a connection; `failed_share` over every request that ended. Of a sample, counts are scaled up.
    """

    throughput_per_s: float
    mean_s: float
    p50_s: float
    p95_s: float
    p99_s: float
    failed_share: float
    requests: int
    timed_out: int
    unconnected: int
    interrupted: int
    worker_responses: tuple[int, ...]


def simulate(scenario: Scenario) -> Simulated:
    """Play the scenario.

    Raises ValueError if its connections do not fit its users and workers, if a sample is asked for of
    workers that depend on each other, or if a request takes no time at all: that load would never end.
    """
    variant = scenario.variant
    if not (variant.service_time_s or variant.load.think_time_s or variant.computing_time_s or scenario.costs):
        raise ValueError(f"a request of {variant.name} takes no time: give the CPU that it costs")
    connections = scenario.connections or spread(variant.load.vus, variant.workers)
    if len(connections) != variant.workers or sum(connections) != variant.load.vus:
        raise ValueError(f"{len(connections)} workers with {sum(connections)} users do not fit {variant.name}")
    if not scenario.sample:
        return figures(scenario, [_simulated(scenario, variant, connections)], 1.0)
    if variant.blocking_time_s or scenario.costs:
        raise ValueError("workers that share an accept queue or cores depend on each other: simulate all of them")
    chosen = [sorted(connections)[place] for place in _middles(variant.workers, scenario.sample)]
    alone = [replace(variant, workers=1, load=replace(variant.load, vus=users)) for users in chosen]
    return figures(
        scenario, [_simulated(scenario, one, (one.load.vus,)) for one in alone], variant.workers / len(chosen)
    )


def _simulated(scenario: Scenario, variant: Variant, connections: Sequence[int]) -> Records:
    homes = order(connections, scenario.seed)
    return simulate_run(variant, homes, scenario.costs, scenario.cores, shared=variant.blocking_time_s > 0)


def order(connections: Sequence[int], seed: int = 1) -> list[int]:
    """The worker of each user, in the order in which they start: shuffled.

    By Park and Miller's generator (Communications of the ACM 31(10), 1988; factor 48271, 36(7), 1993),
    which JavaScript computes exactly too. `seed` is positive.
    """
    homes = [worker for worker, users in enumerate(connections) for _ in range(users)]
    state = seed
    for place in range(len(homes) - 1, 0, -1):
        state = state * 48271 % 2147483647
        other = state % (place + 1)
        homes[place], homes[other] = homes[other], homes[place]
    return homes


def _middles(count: int, of: int) -> list[int]:
    """The places in the middle of `of` equal parts of `count`; all of them if there are no more."""
    return list(range(count)) if of >= count else [int((part + 0.5) * count / of) for part in range(of)]


def figures(scenario: Scenario, simulated: Sequence[Records], each: float) -> Simulated:
    """The figures of what was simulated, each record standing for so many like it."""
    variant = scenario.variant
    ended = np.concatenate([records.ended_s for records in simulated])
    durations = np.concatenate([records.duration_s for records in simulated])
    expected = np.concatenate([records.expected for records in simulated]).astype(bool)
    wave_s = predict(variant, scenario.cores, scenario.costs).wave_s
    window = steady_window(np.sort(ended[expected]), variant.load, variant.service_time_s, wave_s)
    unconnected, timed_out, interrupted = (
        round(each * sum(getattr(records, name) for records in simulated))
        for name in ("unconnected", "timed_out", "interrupted")
    )
    requests = round(each * len(ended)) + unconnected
    p50, p95, p99 = np.percentile(durations, (50, 95, 99)) if len(durations) else (0.0, 0.0, 0.0)
    return Simulated(
        throughput_per_s=each * window.completions / window.length_s,
        mean_s=float(durations.mean()) if len(durations) else 0.0,
        p50_s=float(p50),
        p95_s=float(p95),
        p99_s=float(p99),
        failed_share=(timed_out + unconnected) / requests if requests else 0.0,
        requests=requests,
        timed_out=timed_out,
        unconnected=unconnected,
        interrupted=interrupted,
        worker_responses=tuple(count for records in simulated for count in records.worker_responses),
    )


def spread(users: int, workers: int, spread: float = SPREAD) -> tuple[int, ...]:
    """How many of the users each worker serves: the quantiles of a normal distribution, fewest first.

    `spread` is their standard deviation over their mean. Quantiles instead of draws: the typical
    case, without the luck of one draw. Rounded so that they sum to `users`.
    """
    quantiles = [NormalDist().inv_cdf((place + 0.5) / workers) for place in range(workers)]
    deviation = float(np.std(quantiles)) or 1.0
    shares = [max(0.0, 1 + spread * quantile / deviation) for quantile in quantiles]
    until = np.floor(np.cumsum(shares) / sum(shares) * users + 0.5).astype(int)
    return tuple(int(count) for count in np.diff(until, prepend=0))
