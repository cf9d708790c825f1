"""The operational laws hold for every configuration, not only for those of the labs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from labs.engine.declare.service import Endpoint, Load, Pool, Variant
from labs.engine.theory import queueing
from labs.engine.theory.prediction import CpuCosts, predict

TIMES_MS = some.integers(1, 5_000)
SMALL_SHARE = some.floats(0.05, 1.0)


@some.composite
def variants(draw: some.DrawFn) -> Variant:
    """Any endpoint: what it holds is at most as long as it takes to respond."""
    size = draw(some.none() | some.integers(1, 200))
    endpoint = Endpoint(
        path="/any",
        module="waiting",
        waits=1,
        holds_token=draw(some.sampled_from([0.0, 1.0])),
        blocks_loop=draw(some.sampled_from([0.0, 0.5])),
        holds_connection=draw(SMALL_SHARE) if size else 0.0,
    )
    load = Load(vus=draw(some.integers(1, 50_000)), think_time_s=draw(some.floats(0, 10)))
    return Variant(
        name="any",
        endpoint=endpoint,
        ms=draw(TIMES_MS),
        workers=draw(some.integers(1, 64)),
        load=load,
        thread_tokens=draw(some.integers(1, 500)),
        pool=Pool(size=size) if size else None,
    )


COSTS = some.one_of(some.none(), some.builds(CpuCosts, *[some.floats(1e-5, 0.01)] * 3))


def capacity(variant: Variant, costs: CpuCosts | None = None) -> float:
    return predict(variant, 4.0, costs).throughput_per_s or 0.0


@given(variants(), COSTS, some.integers(1, 10))
def test_more_of_a_resource_never_lowers_the_prediction(variant: Variant, costs: CpuCosts | None, more: int) -> None:
    before = capacity(variant, costs)
    assert capacity(replace(variant, workers=variant.workers + more), costs) >= before
    assert capacity(replace(variant, thread_tokens=variant.thread_tokens + more), costs) >= before
    if variant.pool:
        assert capacity(replace(variant, pool=Pool(size=variant.pool.size + more)), costs) >= before


@given(variants(), COSTS)
def test_no_prediction_exceeds_what_the_users_can_ask_for(variant: Variant, costs: CpuCosts | None) -> None:
    asked = variant.load.vus / (variant.service_time_s + variant.load.think_time_s)
    assert capacity(variant, costs) <= asked * (1 + 1e-12)


@given(variants(), COSTS)
def test_littles_law_closes(variant: Variant, costs: CpuCosts | None) -> None:
    load, throughput = variant.load, capacity(variant, costs)
    response_s = queueing.response_time(load.vus, throughput, load.think_time_s)
    assert throughput * (response_s + load.think_time_s) == pytest.approx(load.vus)
    assert response_s >= variant.service_time_s - 1e-9 * load.vus


@given(variants(), COSTS)
def test_the_limiting_resource_is_named_only_if_the_next_is_twice_as_high(
    variant: Variant, costs: CpuCosts | None
) -> None:
    prediction = predict(variant, 4.0, costs)
    lowest, *others = prediction.ceilings
    alone = not others or others[0].throughput_per_s >= 2 * lowest.throughput_per_s
    assert (prediction.limited_by.only == lowest.resource) == alone == (not prediction.limited_by.on_knee)


@given(some.lists(some.integers(0, 1_000), min_size=1, max_size=64), some.integers(1, 500), some.floats(0.001, 10))
def test_uneven_connections_never_complete_more_than_even_ones(held: list[int], tokens: int, held_s: float) -> None:
    spread = queueing.thread_tokens_spread(held, tokens, held_s)
    assert spread <= queueing.thread_tokens(len(held), tokens, held_s) * (1 + 1e-12)
