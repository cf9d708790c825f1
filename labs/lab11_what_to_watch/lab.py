"""Three failures that look alike from outside, told apart by what the workers say of themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, Panel, Ratio, Scale, Variant

AWAIT = Endpoint("/async_endpoint_async_processing", module="waiting", waits=1)
BLOCK = Endpoint("/async_endpoint_mix_processing", module="waiting", waits=2, blocks_loop=1)
DEF = Endpoint("/sync_endpoint_sync_processing", module="waiting", waits=1, holds_token=1)
SELECT = Endpoint("/async_select", "database", waits=1, holds_connection=1, pool="async", ms_parameter="wait_ms")

HEALTHY = "healthy"
BLOCKED, NO_TOKENS, NO_CONNECTIONS = "loop blocked", "tokens gone", "pool gone"
FAULTS = (BLOCKED, NO_TOKENS, NO_CONNECTIONS)
WITHOUT, WITH = "no wait, without the panel", "no wait, with the panel"

WORKERS, EACH = 2, 10  # EACH: thread tokens a worker, connections a worker


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    # one capacity for all three: W / b = W·T / S = W·P / q
    blocks_ms, waits_ms = (20, 200) if scale == "smoke" else (40, 400)
    # four times what the tokens hold: the healthy service answers four times as much as the ill ones.
    # The hold lasts nine times N / X, for a loop that serves its users in turns
    users = min(4 * WORKERS * EACH, machine.vus)
    load = Load(users, 0.2, 2, 5, 6) if scale == "smoke" else Load(users, hold_s=14, timeout_s=29)
    healthy = Variant(HEALTHY, AWAIT, waits_ms, WORKERS, load, thread_tokens=EACH)
    ill = [
        replace(healthy, name=BLOCKED, endpoint=BLOCK, ms=blocks_ms),
        replace(healthy, name=NO_TOKENS, endpoint=DEF),
        replace(healthy, name=NO_CONNECTIONS, endpoint=SELECT, pool_size=EACH),
    ]
    if scale == "smoke":
        return ill
    # nothing but the CPU binds: what the panel costs shows in what a request costs
    busy = replace(healthy, ms=0, workers=1, load=Load(min(64, machine.vus), hold_s=6, timeout_s=29), judged=False)
    return [healthy, *ill, replace(busy, name=WITHOUT, panel=False), replace(busy, name=WITH)]


def panel(seen: Observed) -> Panel:
    if seen.measurement is None or seen.measurement.panel is None:
        raise ValueError("the service exported no gauges")
    return seen.measurement.panel


def stands_out(gauge: str, fault: str, least: float) -> Ratio:
    """A gauge's typical value under one fault over its highest typical value in any other variant.

    `least` stands for less than that: it is as fine as the gauge tells.
    """

    def ratio(seen: Mapping[str, Observed]) -> float:
        others = max(panel(seen[name]).typical(gauge) for name in (HEALTHY, *FAULTS) if name != fault)
        return panel(seen[fault]).typical(gauge) / max(others, least)

    return ratio


def queued(gauge: str, fault: str) -> Ratio:
    """Requests that wait for one of W·EACH places, over the N − W·EACH that find none free."""

    def ratio(seen: Mapping[str, Observed]) -> float:
        measurement = seen[fault].measurement
        users = measurement.vus_reached if measurement else 0
        return panel(seen[fault]).typical_sum(gauge) / (users - WORKERS * EACH)

    return ratio


def slower(seen: Mapping[str, Observed]) -> float:
    return min(seen[fault].p95_s for fault in FAULTS) / seen[HEALTHY].p95_s


def cpu_of_the_ill(seen: Mapping[str, Observed]) -> float:
    measured = (seen[fault].measurement for fault in FAULTS)
    return max(m.server.cpu_cores for m in measured if m) / WORKERS


def cost(seen: Mapping[str, Observed]) -> float:
    return (seen[WITH].cpu_s_per_request or 0.0) / (seen[WITHOUT].cpu_s_per_request or 1.0)


ALL = (HEALTHY, *FAULTS)

LAB = Lab(
    number=11,
    slug="lab11_what_to_watch",
    title="What to watch",
    claim="a blocked loop, no tokens and no connections look alike from outside; lag and two queues tell them apart",
    variants=variants,
    tolerance=0.05,
    checks=(
        # theory: N / X is four times S
        Check("p95 of the quickest ill variant / of the healthy one", slower, ALL, low=3, percentile=95),
        Check("share of its workers' cores that the busiest ill variant uses", cpu_of_the_ill, FAULTS, 0.0, 0.25),
        Check("loop lag with the loop blocked / in any other", stands_out("loop_lag_seconds", BLOCKED, 0.001), ALL, 10),
        Check(
            "waiting for a token with the tokens gone / in any other",
            stands_out("tokens_waiting", NO_TOKENS, 1),
            ALL,
            10,
        ),
        Check(
            "waiting for a connection with the pool gone / in any other",
            stands_out("pool_waiting", NO_CONNECTIONS, 1),
            ALL,
            10,
        ),
        Check("waiting for a token / N − W·T", queued("tokens_waiting", NO_TOKENS), (NO_TOKENS,), 0.9, 1.1),
        Check(
            "waiting for a connection / N − W·P", queued("pool_waiting", NO_CONNECTIONS), (NO_CONNECTIONS,), 0.9, 1.1
        ),
        Check("CPU a request with the panel / without", cost, (WITH, WITHOUT), 0.75, 1.25, clock_bound=False),
    ),
    captured_at=("auto",),
)
