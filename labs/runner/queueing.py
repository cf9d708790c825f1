"""Operational laws: what a service cannot exceed, whatever its code does between two waits.

Nothing here is fitted. Each ceiling is counting: a resource that comes in m pieces, each held
for s seconds a request, completes at most m / s requests a second (the utilisation law, U = X·s/m,
with U at most 1). Population, throughput and time are tied by Little's law, N = X·(R + Z).

Source: Denning and Buzen, "The Operational Analysis of Queueing Network Models", Computing
Surveys 10(3), 1978. Symbols as in docs/glossary.md. Rates are per second, times in seconds.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import inf

from labs.runner.model import Ceiling, CpuCosts, Prediction, Variant

ENOUGH_APART = 2.0  # the next ceiling must be this many times higher for one resource to bind


def users(vus: int, service_time_s: float, think_time_s: float = 0.0) -> float:
    """N / (S + Z): a user cannot ask again before it has been answered. inf if both times are 0."""
    cycle_s = service_time_s + think_time_s
    return vus / cycle_s if cycle_s > 0 else inf


def arrivals(per_s: float) -> float:
    """λ: in an open model no more can be completed than arrives. inf for a closed one, written as 0."""
    return per_s or inf


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


def generator_cpu(generator_cores: float, cpu_s: float) -> float:
    """G / g: no more can be asked than the generator's G cores can ask. inf if they are not limited, G = 0."""
    return generator_cores / cpu_s if cpu_s > 0 and generator_cores else inf


def shared_cores(cores: float, costs: CpuCosts) -> float:
    """C / (c + g + d): server, load generator and a local database share the machine's cores."""
    total_s = costs.server_s + costs.generator_s + costs.database_s
    return cores / total_s if total_s > 0 else inf


def response_time(vus: int, throughput_per_s: float, think_time_s: float = 0.0) -> float:
    """R = N/X − Z, Little's law for a closed model."""
    return vus / throughput_per_s - think_time_s


def steady_from_summary(requests: int, vus: int, ramp_s: float, hold_s: float, service_time_s: float) -> float:
    """X ≈ (n − N) / (ramp + hold − S): steady throughput where only k6's totals are known.

    At the end of the hold N requests are still in flight and are answered during the graceful
    stop; the first answer came S after the start. Sound only where nothing failed.
    """
    return (requests - vus) / (ramp_s + hold_s - service_time_s)


def ceilings(variant: Variant, cores: float, costs: CpuCosts | None = None) -> tuple[Ceiling, ...]:
    """Every finite ceiling of a variant, lowest first; those of the CPU only where costs are known.

    `costs` are those of a request that computes nothing; what the variant computes comes on top.
    """
    load, w, t = variant.load, variant.workers, variant.thread_tokens
    in_slot_s = variant.slot_computing_time_s
    computing_s = variant.computing_time_s + in_slot_s
    if costs is None and computing_s:
        costs = CpuCosts(0.0, 0.0)  # a bound: what every request costs comes on top
    if costs is not None:
        costs = replace(costs, server_s=costs.server_s + computing_s)
    found = [
        Ceiling("arrivals", arrivals(load.arrivals_per_s), f"λ = {load.arrivals_per_s:g}/s"),
        Ceiling(
            "virtual users",
            users(load.vus, variant.service_time_s, load.think_time_s),
            f"N / (S + Z) = {load.vus:,} / {variant.service_time_s + load.think_time_s:g} s",
            variant.service_time_s + load.think_time_s,
        ),
        Ceiling(
            "thread tokens",
            thread_tokens(w, t, variant.token_time_s),
            f"W·T / S = {w} × {t} / {variant.token_time_s:g} s",
            variant.token_time_s,
        ),
        Ceiling(
            "event loop",
            event_loop(w, variant.blocking_time_s),
            f"W / b = {w} / {variant.blocking_time_s:g} s",
            variant.blocking_time_s,
        ),
        Ceiling(
            "the app's own slots",
            slots(w, variant.slots, variant.slot_time_s),
            f"W·K / S = {w} × {variant.slots} / {variant.slot_time_s:g} s",
            variant.slot_time_s,
            clock_bound=not in_slot_s,
        ),
    ]
    if variant.endpoint.pool != "none":
        found.append(
            Ceiling(
                "connection pool",
                pool(w, variant.pool_size, variant.connection_time_s),
                f"W·P / q = {w} × {variant.pool_size} / {variant.connection_time_s:g} s",
                variant.connection_time_s,
            )
        )
    if costs is not None and not in_slot_s:  # processes beside the worker have locks of their own
        found.append(
            Ceiling(
                "a core per worker",
                worker_cpu(w, costs.server_s),
                f"W / c = {w} / {costs.server_s * 1e3:.3g} ms",
                clock_bound=False,
            )
        )
    if costs is not None:
        lent = min(variant.generator_cores or 0, cores)  # unlimited, it is one of those who share the cores
        found.append(
            Ceiling(
                "the load generator",
                generator_cpu(lent, costs.generator_s),
                f"G / g = {lent:g} / {costs.generator_s * 1e3:.3g} ms",
                clock_bound=False,
            )
        )
        parts = [costs.server_s, costs.generator_s] + ([costs.database_s] if costs.database_s else [])
        spelled = " + ".join(f"{part * 1e3:.3g}" for part in parts)
        found.append(
            Ceiling(
                "shared cores",
                shared_cores(cores, costs),
                f"C / (c + g{' + d' if costs.database_s else ''}) = {cores:g} / ({spelled} ms)",
                clock_bound=False,
            )
        )
    return tuple(sorted((c for c in found if c.throughput_per_s < inf), key=lambda c: c.throughput_per_s))


def predict(variant: Variant, cores: float, costs: CpuCosts | None = None, calibrates: bool = False) -> Prediction:
    """The lowest ceiling, and whether it stands far enough below the next to be the one that binds.

    `calibrates` says that this variant is run to learn `costs`: its ceilings are then bounds, not
    a forecast. Without a wait and without costs there is no ceiling at all, and no forecast.
    """
    known = ceilings(variant, cores, costs)
    if not known or calibrates:
        return Prediction(known, "not known before this run: it measures the CPU a request costs", False, None, False)
    lowest = known[0]
    on_knee = len(known) > 1 and known[1].throughput_per_s < ENOUGH_APART * lowest.throughput_per_s
    bound_by = f"between {lowest.resource} and {known[1].resource}" if on_knee else lowest.resource
    load = variant.load
    full_cycle_s = load.vus / lowest.throughput_per_s
    response_s = response_time(load.vus, lowest.throughput_per_s, load.think_time_s)
    settles = not load.arrivals_per_s and load.hold_s >= 3 * full_cycle_s
    return Prediction(known, bound_by, on_knee, response_s if settles else None, True)
