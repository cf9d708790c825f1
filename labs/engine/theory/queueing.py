"""Operational laws: what a service cannot exceed, whatever its code does between two waits.

Nothing here is fitted. Each ceiling is counting: a resource that comes in m pieces, each held
for s seconds per request, completes at most m / s requests per second (the utilisation law, U = X·s/m,
with U at most 1). Population, throughput and time are tied by Little's law, N = X·(R + Z).

Source: Denning and Buzen, "The Operational Analysis of Queueing Network Models", Computing
Surveys 10(3), 1978. Symbols as in docs/glossary.md. Rates are per second, times in seconds.
"""

from collections.abc import Iterable
from math import inf


def users(vus: int, service_time_s: float, think_time_s: float = 0.0) -> float:
    """N / (S + Z): a user cannot ask again before the response has come. inf if both times are 0."""
    cycle_s = service_time_s + think_time_s
    return vus / cycle_s if cycle_s > 0 else inf


def arrivals(per_s: float | None) -> float:
    """λ: in an open model no more can be completed than arrives. inf for a closed one, None."""
    return inf if per_s is None else per_s


def thread_tokens(workers: int, tokens: int, held_s: float) -> float:
    """W·T / S: a `def` endpoint holds one of its worker's T tokens for S seconds."""
    return workers * tokens / held_s if held_s > 0 else inf


def thread_tokens_spread(connections: Iterable[int], tokens: int, held_s: float) -> float:
    """Σ min(nᵢ, T) / S: worker i holds nᵢ connections and cannot use more tokens than those."""
    busy = sum(min(held, tokens) for held in connections)
    return busy / held_s if held_s > 0 else inf


def slots(workers: int, count: int, held_s: float) -> float:
    """W·K / S: a request holds one of the K slots of its worker's own executor, limiter or process pool."""
    return workers * count / held_s if held_s > 0 else inf


def outside(vus: int, throughput_per_s: float, mean_response_s: float, think_time_s: float = 0.0) -> float:
    """N − X·(R̄ + Z): the users that neither wait for one of the responses that were counted nor pause.

    Little's law has no place for them: they wait for a connection to be accepted, or for a response
    that came after the window. Never below 0.
    """
    return max(0.0, vus - throughput_per_s * (mean_response_s + think_time_s))


def event_loop(workers: int, blocking_s: float) -> float:
    """W / b: while a request blocks the loop for b seconds its worker does nothing else."""
    return workers / blocking_s if blocking_s > 0 else inf


def pool(workers: int, connections: int, held_s: float) -> float:
    """W·P / q: a request holds one of its worker's P connections for q seconds.

    A `def` endpoint holds a thread token meanwhile, so there `thread_tokens` limits it as well:
    together W·min(T, P) / q.
    """
    return workers * connections / held_s if held_s > 0 else inf


def worker_cpu(workers: int, cpu_s: float) -> float:
    """W / c: one worker is one event loop under one interpreter lock, so at most one core."""
    return workers / cpu_s if cpu_s > 0 else inf


def generator_cpu(generator_cores: float | None, cpu_s: float) -> float:
    """Cores lent to the generator / g: it can't ask for more. inf where it may use all cores, None."""
    return inf if generator_cores is None or cpu_s <= 0 else generator_cores / cpu_s


def shared_cores(cores: float, cpu_s: float) -> float:
    """C / (c + g + d): server, load generator and a local database share the machine's cores; `cpu_s` is their sum."""
    return cores / cpu_s if cpu_s > 0 else inf


def response_time(vus: int, throughput_per_s: float, think_time_s: float = 0.0) -> float:
    """R = N/X − Z, Little's law for a closed model."""
    return vus / throughput_per_s - think_time_s


def steady_from_summary(requests: int, vus: int, ramp_s: float, steady_s: float, service_time_s: float) -> float:
    """X ≈ (n − N) / (ramp + steady phase − S): steady throughput where only k6's totals are known.

    At the end of the steady phase N requests are still in flight and complete during the graceful
    stop; the first response came S after the start. Sound only where a clock limits, since no work is done
    on a request before it completes, and nothing failed.
    """
    return (requests - vus) / (ramp_s + steady_s - service_time_s)


def cpu_limited_from_summary(requests: int, vus: int, ramp_s: float, steady_s: float) -> float:
    """X ≈ (n − N/2) / (ramp + steady phase), where the CPU limits and only k6's totals are known.

    Of the N requests in flight at the end, half of the work was done before it: their responses then come at
    once, not one service time later. Sound only where nothing failed.
    """
    return (requests - vus / 2) / (ramp_s + steady_s)
