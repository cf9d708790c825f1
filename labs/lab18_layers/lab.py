"""Middleware, loop and parser each add to the CPU a request costs, c; only where 1/c binds do they show."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, Ratio, Scale, Variant
from labs.runner.ratios import throughput

# asked with ms=0 it costs CPU and nothing else; the bare app answers every path alike
AWAITS = Endpoint("/async_endpoint_async_processing", "waiting", waits=1)

BARE, NONE, TWO, FOUR = "bare ASGI", "no layer", "2 layers", "4 layers"
PURE, ASYNCIO, H11 = "4 pure ASGI layers", "asyncio loop", "h11 parser"
WAITING, WAITING_FOUR = "500 ms, no layer", "500 ms, 4 layers"


def layered(name: str, layers: int, load: Load, ms: int = 0, kind: str = "base") -> Variant:
    settings = (("LAYERS", str(layers)), ("LAYER_KIND", kind))
    # where a request costs microseconds the panel would be one layer more
    return Variant(name, AWAITS, ms, 1, load, app="layers", settings=settings, judged=ms > 0, panel=ms > 0)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        load = Load(10, 0.2, 2, 5, 6)
        bare = replace(layered(BARE, 0, load), app="bare", settings=())
        return [bare, layered(FOUR, 4, load), layered(WAITING_FOUR, 4, load, ms=50)]
    busy = Load(min(32, machine.vus), hold_s=8, timeout_s=29)
    # few enough that X·c stays far below 1: a wait binds, not the CPU
    idle = Load(20, hold_s=10, timeout_s=29)
    plain = layered(NONE, 0, busy)
    return [
        replace(plain, name=BARE, app="bare", settings=()),
        plain,
        layered("1 layer", 1, busy),
        layered(TWO, 2, busy),
        layered(FOUR, 4, busy),
        layered(PURE, 4, busy, kind="asgi"),
        replace(plain, name=ASYNCIO, loop="asyncio"),
        replace(plain, name=H11, http="h11"),
        layered(WAITING, 0, idle, ms=500),
        layered(WAITING_FOUR, 4, idle, ms=500),
    ]


def cost(name: str, other: str) -> Ratio:
    """CPU a request costs the server in one variant over that in another."""

    def ratio(seen: Mapping[str, Observed]) -> float:
        return (seen[name].cpu_s_per_request or 0.0) / (seen[other].cpu_s_per_request or 1.0)

    return ratio


def additive(seen: Mapping[str, Observed]) -> float:
    """Four layers over what none and two foretell, if every layer costs the same."""
    none, two, four = (seen[name].cpu_s_per_request or 0.0 for name in (NONE, TWO, FOUR))
    return four / (none + 2 * (two - none))


def inverse(seen: Mapping[str, Observed]) -> float:
    """The fall of throughput over the rise of c: 1 where throughput is 1/c in both."""
    return throughput(NONE, FOUR)(seen) / cost(FOUR, NONE)(seen)


LAB = Lab(
    number=18,
    slug="lab18_layers",
    title="What a layer costs",
    claim="each layer adds its own CPU to c and divides 1/c; where a wait binds, four layers change nothing",
    variants=variants,
    tolerance=0.03,
    checks=(
        Check("CPU a request with 4 layers / with none", cost(FOUR, NONE), (FOUR, NONE), low=2.0, clock_bound=False),
        Check(
            "CPU a request with 4 layers / foretold from none and 2",
            additive,
            (NONE, TWO, FOUR),
            low=0.75,
            high=1.25,
            clock_bound=False,
        ),
        Check(
            "throughput with none / with 4 layers, over the ratio of their CPU",
            inverse,
            (NONE, FOUR),
            low=0.85,
            high=1.15,
            clock_bound=False,
        ),
        Check(
            "CPU a request with 4 pure ASGI layers / with 4 of BaseHTTPMiddleware",
            cost(PURE, FOUR),
            (PURE, FOUR),
            low=0.0,
            high=0.6,
            clock_bound=False,
        ),
        Check("CPU a request of FastAPI / of bare ASGI", cost(NONE, BARE), (NONE, BARE), low=2.0, clock_bound=False),
        Check(
            "CPU a request on asyncio / on uvloop", cost(ASYNCIO, NONE), (ASYNCIO, NONE), low=1.05, clock_bound=False
        ),
        Check("CPU a request with h11 / with httptools", cost(H11, NONE), (H11, NONE), low=1.1, clock_bound=False),
        Check(
            "where each request waits 500 ms: throughput with 4 layers / with none",
            throughput(WAITING_FOUR, WAITING),
            (WAITING_FOUR, WAITING),
            low=0.97,
            high=1.03,
        ),
    ),
    captured_at=("auto",),
)
