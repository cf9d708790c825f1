"""Predicts a variant from its declaration: every ceiling that the laws know, and which of them limits it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

from labs.engine.declare.service import Variant
from labs.engine.theory import queueing

ENOUGH_APART = 2.0  # the next ceiling must be this many times higher for one resource to be the limit


class Resource(StrEnum):
    """What can limit throughput, by the name that tables and JSON give it."""

    ARRIVALS = "arrivals"
    USERS = "virtual users"
    TOKENS = "thread tokens"
    LOOP = "event loop"
    SLOTS = "the app's own slots"
    POOL = "connection pool"
    WORKER_CORE = "a core per worker"
    GENERATOR = "the load generator"
    SHARED_CORES = "shared cores"


@dataclass(frozen=True)
class CpuCosts:
    """CPU seconds one request costs: server c, generator g, local database d. Measured, not assumed."""

    server_s: float
    generator_s: float
    database_s: float = 0.0

    @property
    def total_s(self) -> float:
        return self.server_s + self.generator_s + self.database_s


@dataclass(frozen=True)
class Ceiling:
    """The highest throughput one resource allows. `wave_s`: how long a request holds it, 0 if CPU.

    `clock_limited` is False where the CPU is the resource: a noisy machine lowers that ceiling.
    """

    resource: Resource
    throughput_per_s: float
    formula: str
    wave_s: float = 0.0
    clock_limited: bool = True


@dataclass(frozen=True)
class LimitedBy:
    """What limits a run: one resource; two, between which it sits on a knee; none, where that isn't known."""

    resources: tuple[Resource, ...]

    @property
    def known(self) -> bool:
        return bool(self.resources)

    @property
    def on_knee(self) -> bool:
        return len(self.resources) > 1

    @property
    def only(self) -> Resource | None:
        """The one resource that limits, None on a knee or where it isn't known."""
        return self.resources[0] if len(self.resources) == 1 else None


UNKNOWN = LimitedBy(())


@dataclass(frozen=True)
class Prediction:
    """Every known ceiling, lowest first, and what limits the run.

    Where `limited_by` is not known the ceilings are bounds only: what a request costs is measured by this
    very run. `response_time_s` is None where the steady phase is too short for it to settle.
    """

    ceilings: tuple[Ceiling, ...]
    limited_by: LimitedBy
    response_time_s: float | None

    @property
    def throughput_per_s(self) -> float | None:
        return self.ceilings[0].throughput_per_s if self.limited_by.known else None

    @property
    def clock_limited(self) -> bool:
        return self.limited_by.known and self.ceilings[0].clock_limited

    @property
    def wave_s(self) -> float:
        """How long one request holds the limiting resource: completions come in waves of this."""
        return self.ceilings[0].wave_s if self.ceilings else 0.0


def ceilings(variant: Variant, cores: float, costs: CpuCosts | None = None) -> tuple[Ceiling, ...]:
    """Every finite ceiling of a variant, lowest first; those of the CPU only where costs are known.

    `costs` are those of a request that computes nothing; what the variant computes comes on top.
    """
    found = [*_clock_ceilings(variant), *_cpu_ceilings(variant, cores, costs)]
    return tuple(sorted((c for c in found if c.throughput_per_s < inf), key=lambda c: c.throughput_per_s))


def _clock_ceilings(variant: Variant) -> Iterator[Ceiling]:
    load, w, t = variant.load, variant.workers, variant.thread_tokens
    cycle_s = variant.service_time_s + load.think_time_s
    if load.arrivals_per_s is not None:
        yield Ceiling(Resource.ARRIVALS, queueing.arrivals(load.arrivals_per_s), f"λ = {load.arrivals_per_s:g}/s")
    yield Ceiling(
        Resource.USERS,
        queueing.users(load.vus, variant.service_time_s, load.think_time_s),
        f"N / (S + Z) = {load.vus:,} / {cycle_s:g} s",
        cycle_s,
    )
    held_s = variant.token_time_s
    yield Ceiling(Resource.TOKENS, queueing.thread_tokens(w, t, held_s), f"W·T / S = {w} × {t} / {held_s:g} s", held_s)
    blocked_s = variant.blocking_time_s
    yield Ceiling(Resource.LOOP, queueing.event_loop(w, blocked_s), f"W / b = {w} / {blocked_s:g} s", blocked_s)
    if variant.slots is not None:
        held_s = variant.slot_time_s
        yield Ceiling(
            Resource.SLOTS,
            queueing.slots(w, variant.slots, held_s),
            f"W·K / S = {w} × {variant.slots} / {held_s:g} s",
            held_s,
            clock_limited=not variant.slot_computing_time_s,
        )
    if variant.pool is not None:
        held_s = variant.connection_time_s
        yield Ceiling(
            Resource.POOL,
            queueing.pool(w, variant.pool.size, held_s),
            f"W·P / q = {w} × {variant.pool.size} / {held_s:g} s",
            held_s,
        )


def _cpu_ceilings(variant: Variant, cores: float, costs: CpuCosts | None) -> Iterator[Ceiling]:
    computing_s = variant.computing_time_s + variant.slot_computing_time_s
    if costs is None and not computing_s:
        return
    costs = costs or CpuCosts(0.0, 0.0)  # a bound: what every request costs comes on top
    costs = replace(costs, server_s=costs.server_s + computing_s)
    if not variant.slot_computing_time_s:  # processes beside the worker have interpreter locks of their own
        yield Ceiling(
            Resource.WORKER_CORE,
            queueing.worker_cpu(variant.workers, costs.server_s),
            f"W / c = {variant.workers} / {costs.server_s * 1e3:.3g} ms",
            clock_limited=False,
        )
    if variant.generator_cores is not None:  # unlimited, it is one of those who share the cores
        lent = min(variant.generator_cores, cores)
        yield Ceiling(
            Resource.GENERATOR,
            queueing.generator_cpu(lent, costs.generator_s),
            f"cores of k6 / g = {lent:g} / {costs.generator_s * 1e3:.3g} ms",
            clock_limited=False,
        )
    parts = [costs.server_s, costs.generator_s] + ([costs.database_s] if costs.database_s else [])
    spelled = " + ".join(f"{part * 1e3:.3g}" for part in parts)
    yield Ceiling(
        Resource.SHARED_CORES,
        queueing.shared_cores(cores, costs.total_s),
        f"C / (c + g{' + d' if costs.database_s else ''}) = {cores:g} / ({spelled} ms)",
        clock_limited=False,
    )


def predict(variant: Variant, cores: float, costs: CpuCosts | None = None, is_baseline: bool = False) -> Prediction:
    """The lowest ceiling, and whether it stands far enough below the next to be the one that limits.

    `is_baseline` says that this variant is run to learn `costs`: its ceilings are then bounds, not
    a forecast. Without a wait and without costs there is no ceiling at all, and no forecast.
    """
    known = ceilings(variant, cores, costs)
    if not known or is_baseline:
        return Prediction(known, UNKNOWN, None)
    lowest, *others = known
    on_knee = bool(others) and others[0].throughput_per_s < ENOUGH_APART * lowest.throughput_per_s
    limited_by = LimitedBy((lowest.resource, others[0].resource) if on_knee else (lowest.resource,))
    load = variant.load
    full_cycle_s = load.vus / lowest.throughput_per_s
    settles = load.arrivals_per_s is None and load.steady_s >= 3 * full_cycle_s
    response_s = queueing.response_time(load.vus, lowest.throughput_per_s, load.think_time_s) if settles else None
    return Prediction(known, limited_by, response_s)
