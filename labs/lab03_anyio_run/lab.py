"""`anyio.run` inside `def` waits on a loop of its own: the same thread token, the same ceiling, more CPU."""

from collections.abc import Sequence

from labs.engine.declare.claim import Check, PostComparison
from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import throughput
from labs.engine.declare.service import Endpoint, Load, Machine, Scale, Variant, smoke
from labs.post import ANYIO_RUN_16, SYNC_SLEEP_16

ANYIO_RUN = Endpoint(path="/sync_endpoint_async_processing", module="waiting", waits=1, holds_token=1)

SLEEP, RUN = "time.sleep", "anyio.run"
GAIN = throughput(RUN) / throughput(SLEEP)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        ms, workers, tokens, load = 100, 2, 4, smoke(40)
    elif scale == "post":
        ms, workers, tokens, load = 1000, 16, 40, Load(vus=10_000)
    else:
        # N = 4·W·T with two workers
        workers = 2 if machine.vus >= 320 else 1
        ms, tokens, load = 250, 40, Load(vus=160 * workers, steady_s=18, timeout_s=29)
    return [
        Variant(name=name, endpoint=endpoint, ms=ms, workers=workers, load=load, thread_tokens=tokens, repeats=row)
        for name, endpoint, row in ((SLEEP, SYNC_SLEEP, SYNC_SLEEP_16), (RUN, ANYIO_RUN, ANYIO_RUN_16))
    ]


LAB = Lab(
    number=3,
    slug="lab03_anyio_run",
    title="anyio.run inside def",
    claim="running async code inside a def, with anyio.run, gains nothing: the call still occupies its thread",
    variants=variants,
    tolerance=0.03,
    checks=(
        Check(
            says="throughput of anyio.run / of time.sleep",
            quantity=GAIN,
            at_least=0.97,
            at_most=1.03,
            spoken="the def with anyio.run completes as much as the one with time.sleep, to within {off}",
        ),
    ),
    post=PostComparison(says="throughput of anyio.run / of time.sleep", quantity=GAIN, tolerance=0.03),
    captured_at=("post", "auto"),
)
