"""Middleware, loop and parser each add to the CPU a request costs, c; only where 1/c limits do they show."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import ASYNC_SLEEP, SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import server_cpu, throughput
from labs.engine.declare.service import Load, Machine, Scale, Uvicorn, Variant, smoke

BARE, NO_LAYER, DEF, FOUR = "bare ASGI", "no layer", "no layer, def", "4 layers"
PURE, ASYNCIO, H11 = "4 pure ASGI layers", "asyncio loop", "h11 parser"
WAITING, WAITING_FOUR = "500 ms, no layer", "500 ms, 4 layers"


def layered(name: str, layers: int, load: Load, ms: int = 0, kind: str = "base") -> Variant:
    """With ms=0 a request costs CPU and nothing else."""
    return Variant(
        name=name,
        endpoint=ASYNC_SLEEP,
        ms=ms,
        workers=1,
        load=load,
        app="layers",
        settings=(("LAYERS", str(layers)), ("LAYER_KIND", kind)),
        judged=ms > 0,
        server_metrics="inside" if ms > 0 else None,  # where a request costs microseconds they would be one layer more
    )


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    small = scale == "smoke"
    busy = smoke(10) if small else Load(vus=min(32, machine.vus), steady_s=4, timeout_s=29)
    plain = layered(NO_LAYER, 0, busy)
    bare = replace(plain, name=BARE, app="bare", settings=())  # it responds to every path alike
    if small:
        return [bare, layered(FOUR, 4, busy), layered(WAITING_FOUR, 4, busy, ms=50)]
    # few enough that X·c stays far below 1: a wait limits, not the CPU
    idle = Load(vus=20, steady_s=10, timeout_s=29)
    return [
        bare,
        plain,
        replace(plain, name=DEF, endpoint=SYNC_SLEEP),  # a hop into a thread and back
        layered(FOUR, 4, busy),
        layered(PURE, 4, busy, kind="asgi"),
        # shown: too near to uvloop and httptools, or too scattered, for a claim
        replace(plain, name=ASYNCIO, uvicorn=Uvicorn(loop="asyncio")),
        replace(plain, name=H11, uvicorn=Uvicorn(http="h11")),
        layered(WAITING, 0, idle, ms=500),
        layered(WAITING_FOUR, 4, idle, ms=500),
    ]


LAB = Lab(
    number=18,
    slug="lab18_layers",
    title="What a layer costs",
    claim="each middleware adds its CPU to every request; where threads or pools are the limit, that changes nothing",
    variants=variants,
    tolerance=0.03,
    checks=(
        Check(
            says="CPU per request with 4 layers / with none",
            quantity=server_cpu(FOUR) / server_cpu(NO_LAYER),
            at_least=2.0,
            spoken="a request through four layers costs {value} times the CPU of one through none "
            "(claimed: at least 2 times)",
        ),
        Check(
            says="CPU per request of a def / of an async def",
            quantity=server_cpu(DEF) / server_cpu(NO_LAYER),
            at_least=1.2,
            spoken="a request to a def costs {value} times the CPU of one to an async def "
            "(claimed: at least 1.2 times)",
        ),
        Check(
            says="CPU per request with 4 pure ASGI layers / with 4 of BaseHTTPMiddleware",
            quantity=server_cpu(PURE) / server_cpu(FOUR),
            at_most=0.6,
            spoken="a request through four pure ASGI layers costs {share} of the CPU of one through four of "
            "BaseHTTPMiddleware (claimed: at most 60%)",
        ),
        Check(
            says="CPU per request of FastAPI / of bare ASGI",
            quantity=server_cpu(NO_LAYER) / server_cpu(BARE),
            at_least=2.0,
            spoken="a request to FastAPI without layers costs {value} times the CPU of one to bare ASGI "
            "(claimed: at least 2 times)",
        ),
        Check(
            says="where each request waits 500 ms: throughput with 4 layers / with none",
            quantity=throughput(WAITING_FOUR) / throughput(WAITING),
            at_least=0.97,
            at_most=1.03,
        ),
    ),
    segments=5,
    once=(WAITING, WAITING_FOUR),
    captured_at=("auto",),
)
