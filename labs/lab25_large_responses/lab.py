"""A large response costs CPU on the event loop after the endpoint has returned, a def endpoint's too."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import probe_time, server_cpu
from labs.engine.declare.service import Endpoint, Load, Machine, Probe, Scale, Variant, smoke


def returning(path: str) -> Endpoint:
    """A route whose `ms` is the number of products in its response; what they cost is measured."""
    return Endpoint(path=path, module="products", waits=0, ms_parameter="count")


LIST, MODEL = "a list", "a list, response model"
READY = "a ready Response"
STREAMED, IN_PIECES = "streamed, one at a time", "streamed, 500 at a time"
SMALL = "a list, a tenth of it"

PRODUCTS = 3000
HEALTH = Probe(path="/health", per_s=50, timeout_s=5)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    # one user: what the probe waits for is one response, not a queue of them
    load = smoke(1) if scale == "smoke" else Load(vus=1, ramp_s=0.2, steady_s=2.5, timeout_s=10, graceful_stop_s=11)
    plain = Variant(
        name=LIST, endpoint=returning("/products"), ms=PRODUCTS, workers=1, load=load, probe=HEALTH, judged=False
    )
    rows = [
        plain,
        replace(plain, name=MODEL, endpoint=returning("/products_model")),
        replace(plain, name=READY, endpoint=returning("/products_ready")),
        replace(plain, name=STREAMED, endpoint=returning("/products_streamed")),
        replace(plain, name=IN_PIECES, endpoint=returning("/products_in_pieces")),
        replace(plain, name=SMALL, ms=PRODUCTS // 10),
    ]
    return rows[:2] if scale == "smoke" else rows


LAB = Lab(
    number=25,
    slug="lab25_large_responses",
    title="Large responses",
    claim="without a response model, turning a large list into JSON holds the event loop, even for a def endpoint",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says=f"CPU per request of {LIST} / of {MODEL}",
            quantity=server_cpu(LIST) / server_cpu(MODEL),
            at_least=2.5,
            spoken="a list costs {value} times the CPU of one with a response model (claimed: at least 2.5 times)",
        ),
        Check(
            says=f"CPU per request of {LIST} / of {READY}",
            quantity=server_cpu(LIST) / server_cpu(READY),
            at_least=4,
            spoken="a list costs {value} times the CPU of a ready Response (claimed: at least 4 times)",
        ),
        Check(
            says=f"CPU per request of {STREAMED} / of {LIST}",
            quantity=server_cpu(STREAMED) / server_cpu(LIST),
            at_least=1.8,
            spoken="streaming one at a time costs {value} times the CPU of a list (claimed: at least 1.8 times)",
        ),
        Check(
            says=f"CPU per request of {STREAMED} / of {IN_PIECES}",
            quantity=server_cpu(STREAMED) / server_cpu(IN_PIECES),
            at_least=5,
            spoken="streaming one at a time costs {value} times the CPU of streaming 500 at a time "
            "(claimed: at least 5 times)",
        ),
        *(
            Check(
                # one response is made after the other, so the median probe meets one that's being made
                says=f"probe's p50 beside {LIST} / beside {name}",
                quantity=probe_time(LIST, 50) / probe_time(name, 50),
                at_least=2.5,
            )
            for name in (MODEL, READY, SMALL)
        ),
    ),
    segments=5,
    captured_at=("auto",),
)
