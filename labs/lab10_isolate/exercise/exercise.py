"""A slow route takes all thread tokens, and the quick routes of its worker wait for them."""

from labs.engine.declare.exercise import (
    Exercise,
    Target,
    Wrong,
    failed,
    gauge,
    probe_percentile,
    requests,
)
from labs.engine.declare.service import Endpoint, Load, Probe, Variant

EXERCISE = Exercise(
    lab=10,
    title="Give the label printer a line of its own",
    story=(
        "A warehouse prints labels. The printer's client blocks for 0.4 s, stays as it is, and takes 50 calls at once: "
        "it refuses the 51st. At the busiest time 90 labels per second are needed. The same worker looks up "
        "how many pieces of an article are in stock, which takes 5 ms. While many labels are printed, a look-up takes "
        "half a second and more."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/label", module="", waits=1),
        ms=400,
        workers=1,
        load=Load(vus=150, ramp_s=0.5, steady_s=7, timeout_s=10, graceful_stop_s=11, think_time_s=0.5),
        probe=Probe(path="/stock", per_s=20, timeout_s=5),
    ),
    responds={"parcel": 7, "file": "label-7.pdf"},
    targets=(
        Target(
            says="labels",
            quantity=requests(),
            unit="per second",
            at_least=85,
            otherwise="Labels per second are calls at once ÷ 0.4 s. Too few run at once, or the printer refuses them.",
        ),
        Target(
            says="the stock's p95",
            quantity=probe_percentile(95),
            unit="seconds",
            at_most=0.1,
            otherwise="The stock takes 5 ms. If it's slow, it waited: for a thread token, or for the event loop.",
        ),
        Target(
            says="failed requests",
            quantity=failed(),
            unit="share",
            at_most=0,
            otherwise="Some got no label: they gave up, or the printer had 50 calls already and refused.",
        ),
        Target(
            says="thread tokens in use",
            quantity=gauge("tokens_in_use"),
            unit="count",
            at_most=10,
            how=True,
            otherwise=(
                "The labels still take the worker's thread tokens. Every def route and every def dependency of this "
                "worker needs one of the same tokens."
            ),
        ),
    ),
    hints=(
        "Which routes take a thread token, and how long does each of them keep it?",
        "A slow call can have a limiter of its own. Then only its own callers stand in its line.",
        "How many places? Labels per second × seconds per label are in use, and the printer takes no more than 50.",
        "await to_thread.run_sync(print_label, parcel, limiter=label_places), with a CapacityLimiter of 36 to 50.",
    ),
    wrong=(
        Wrong(
            file="more_tokens",
            title="400 thread tokens",
            fails="thread tokens in use",
            because=(
                "Nobody waits for a token any more, so more than 50 calls reach the printer at once, and it refuses "
                "the rest. The tokens were all that kept them away."
            ),
        ),
        Wrong(
            file="quick_route",
            title="the quick route as an async def",
            fails="thread tokens in use",
            because=(
                "This one route needs no token now, and blocks the event loop for 5 ms instead. The labels still "
                "take all tokens, and the next def route or dependency stands in their line again."
            ),
        ),
    ),
)
