"""Three endpoints, the same sweep of workers: they pay where each brings more of what binds, up to the cores."""

from collections.abc import Mapping, Sequence

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, Ratio, Scale, Variant
from labs.runner.ratios import throughput

AWAITS = Endpoint("/async_endpoint_async_processing", "waiting", waits=1)
WAITS = Endpoint("/sync_endpoint_sync_processing", "waiting", waits=1, holds_token=1)
COMPUTES = Endpoint("/cpu_inline", "computing", waits=1, computes=1)

ONE, CORES, TWICE = "W = 1", "W = C", "W = 2C"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        load = Load(10, 0.2, 2, 5, 6)
        return [
            Variant(f"async def, {ONE}", AWAITS, 100, 1, load),
            Variant(f"def, {CORES}", WAITS, 100, 2, load),
            Variant(f"compute, {CORES}", COMPUTES, 5, 2, load),
        ]
    cores = max(1, int(machine.cores))
    sweep = {ONE: 1, CORES: cores, TWICE: 2 * cores}
    if cores == 1:
        del sweep[CORES]  # it is the first row
    # the same users at every W, so that only W changes: enough for the most workers
    wanted = min(10_000, 800 * cores)
    many = min(wanted, machine.vus)
    wait_ms = round(200 * many / wanted)  # N / S stays far above what the CPU can do
    tokens = 40 if cores <= 4 else 10  # many workers would need too many users to fill forty each
    filled = min((4 if cores <= 2 else 10) * 2 * cores * tokens, machine.vus)
    rows = (
        ("async def", AWAITS, wait_ms, Load(many, hold_s=8, timeout_s=29)),
        ("def", WAITS, 500, Load(filled, hold_s=10, timeout_s=29)),
        ("compute", COMPUTES, 20, Load(min(8 * cores, machine.vus), hold_s=8, timeout_s=29)),
    )
    return [
        Variant(f"{kind}, {title}", endpoint, ms, workers, load, thread_tokens=tokens)
        for kind, endpoint, ms, load in rows
        for title, workers in sweep.items()
    ]


def gain_over_theory(name: str, base: str) -> Ratio:
    """How many times as much `name` completes as `base`, over how many times the ceilings allow."""

    def ratio(seen: Mapping[str, Observed]) -> float:
        measured = seen[name].throughput_per_s / seen[base].throughput_per_s
        return measured / ((seen[name].predicted_per_s or 1.0) / (seen[base].predicted_per_s or 1.0))

    return ratio


def generators_share(seen: Mapping[str, Observed]) -> float:
    """What W = C brings a request that costs the generator much of what it costs the server, over one that does not."""
    return throughput(*ASYNC_CORES)(seen) / throughput(*COMPUTE_ALL)(seen)


def against(kind: str, title: str, base: str) -> tuple[str, str]:
    return f"{kind}, {title}", f"{kind}, {base}"


DEF_ALL, COMPUTE_ALL = against("def", TWICE, ONE), against("compute", CORES, ONE)
COMPUTE_MORE, ASYNC_MORE = against("compute", TWICE, CORES), against("async def", TWICE, CORES)
ASYNC_CORES = against("async def", CORES, ONE)

LAB = Lab(
    number=8,
    slug="lab08_more_workers",
    title="Where more workers stop paying",
    claim="workers pay in proportion where tokens bind (W·T/S), and only up to the cores there are where the CPU binds",
    variants=variants,
    tolerance=0.05,
    calibrate=f"async def, {ONE}",
    checks=(
        Check(
            "def: throughput with W = 2C / with 1, over 2C", gain_over_theory(*DEF_ALL), DEF_ALL, low=0.95, high=1.05
        ),
        Check(
            "computing: throughput with W = C / with 1, over what the cores allow",
            gain_over_theory(*COMPUTE_ALL),
            COMPUTE_ALL,
            low=0.75,
            high=1.25,
            clock_bound=False,
        ),
        Check(
            "computing: throughput with W = 2C / with C",
            throughput(*COMPUTE_MORE),
            COMPUTE_MORE,
            low=0.75,
            high=1.25,
            clock_bound=False,
        ),
        Check(
            "async def: throughput with W = C / with 1",
            throughput(*ASYNC_CORES),
            ASYNC_CORES,
            low=1.0,
            clock_bound=False,
        ),
        Check(
            "what W = C brings: async def, beside its generator / computing",
            generators_share,
            (*ASYNC_CORES, *COMPUTE_ALL),
            low=0.0,
            high=0.9,
            clock_bound=False,
        ),
        Check(
            "async def: throughput with W = 2C / with C",
            throughput(*ASYNC_MORE),
            ASYNC_MORE,
            low=0.75,
            high=1.25,
            clock_bound=False,
        ),
    ),
    captured_at=("auto",),
)
