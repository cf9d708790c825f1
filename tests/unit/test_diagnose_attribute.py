"""Which resource is named from what was seen, and what is said of it."""

import pytest

from labs.diagnose.attribute import attribute
from labs.diagnose.ceilings import ceilings
from labs.diagnose.change import change
from labs.diagnose.evidence import Evidence, Resource
from labs.diagnose.finding import GENERATOR, LOOP, MACHINE, TRAP, WORKER_CORE, Answer
from labs.diagnose.report import sentence
from labs.engine.judgement.guards import others_used
from tests.unit.diagnose_builders import at_plateau, evidence, resource, step


def test_tokens_that_are_exhausted_and_waited_for_limit() -> None:
    e = at_plateau(400, 0.1, resources=(resource("thread tokens", 40, 40, 120),))
    found = attribute(e)
    assert (found.answer, found.limits[0].kind) == (Answer.LIMIT, "thread tokens")
    assert found.limits[0].held_s == pytest.approx(0.1) and "40 of 40 in use, 120 waiting" in found.because[0]
    assert sentence(e, found) == "400/s, limited by thread tokens"


def test_of_tokens_and_a_pool_behind_them_it_is_the_pool() -> None:
    tokens, pool = resource("thread tokens", 40, 40, 155), resource("connection pool", 5, 5, 35)
    found = attribute(at_plateau(100, 0.05, resources=(tokens, pool)))
    assert [limit.kind for limit in found.limits] == ["connection pool"]
    assert any("its holders are the ones who wait for the connection pool" in one for one in found.because)


def test_a_pool_whose_holders_wait_for_a_lock_is_not_the_limit() -> None:
    pool, lock = resource("connection pool", 10, 10, 60), resource("lock", 1, 1, 9)
    found = attribute(at_plateau(100, 0.1, resources=(pool, lock)))
    assert [limit.kind for limit in found.limits] == ["lock"]
    assert found.limits[0].held_s == pytest.approx(0.01)  # a tenth of the request


def test_two_that_are_not_one_behind_the_other_are_both_named() -> None:
    limiter, pool = resource("limiter", 5, 5, 30), resource("connection pool", 6, 6, 30)
    found = attribute(at_plateau(100, 0.1, resources=(limiter, pool)))
    assert found.answer == Answer.BETWEEN and {one.kind for one in found.limits} == {"limiter", "connection pool"}


def test_a_pool_is_not_named_while_the_worker_has_its_core() -> None:
    pool = resource("connection pool", 5, 5, 100)
    found = attribute(at_plateau(900, 0.005, worker_cores=0.97, server_cores=0.97, resources=(pool,)))
    assert [limit.kind for limit in found.limits] == [WORKER_CORE] and not found.limits[0].clock_limited


def test_a_pool_beside_a_nearly_full_core_is_between_the_two() -> None:
    pool = resource("connection pool", 5, 5, 100)
    found = attribute(at_plateau(900, 0.005, worker_cores=0.78, server_cores=0.78, resources=(pool,)))
    assert found.answer == Answer.BETWEEN
    assert [limit.kind for limit in found.limits] == ["connection pool", WORKER_CORE]


def test_a_resource_that_is_full_without_anyone_waiting_is_not_exhausted() -> None:
    found = attribute(at_plateau(400, 0.1, resources=(resource("thread tokens", 40, 40, 0),)))
    assert found.answer == Answer.OUTSIDE


def test_what_cannot_be_read_is_never_named_but_said() -> None:
    found = attribute(at_plateau(400, 0.1, resources=(resource("connection pool", None, None, None, "main in shop"),)))
    assert found.answer == Answer.OUTSIDE
    assert any("could not be read: connection pool (main in shop)" in one for one in found.because)


def test_a_pool_without_a_limit_has_been_read() -> None:
    found = attribute(at_plateau(400, 0.1, resources=(resource("http client pool", None, 12, 0),)))
    assert found.answer == Answer.OUTSIDE and not any("could not be read" in one for one in found.because)


def test_a_late_loop_with_an_idle_cpu_is_blocked() -> None:
    found = attribute(at_plateau(20, 0.1, loop_lag_s=0.15))
    assert found.limits[0].kind == LOOP and found.limits[0].held_s == pytest.approx(0.05)


def test_a_late_loop_of_a_computing_worker_is_its_core() -> None:
    found = attribute(at_plateau(20, 0.05, loop_lag_s=0.15, worker_cores=0.99, server_cores=0.99))
    assert found.limits[0].kind == WORKER_CORE


def standstill(users: int, *resources: Resource) -> Evidence:
    stuck = step(users, 0.0, resources=resources, failed_share=1.0)
    return evidence(step(1, 10), step(4, 40), stuck, steady=None, stopped="standstill")


def test_a_standstill_with_everything_taken_is_a_deadlock() -> None:
    """Each of the ten holders wants a second one: it's in line as well."""
    found = attribute(standstill(20, resource("connection pool", 10, 10, 20)))
    assert found.answer == Answer.DEADLOCK and found.limits[0].kind == "connection pool"


@pytest.mark.parametrize("places", [1, 2, 15])
def test_two_whose_holders_wait_for_each_other_are_a_deadlock_however_small_the_one(places: int) -> None:
    pool, tokens = resource("connection pool", places, places, 40), resource("thread tokens", 40, 40, 60)
    found = attribute(standstill(100, pool, tokens))
    assert found.answer == Answer.DEADLOCK and len(found.limits) == 2


def test_holders_who_hang_in_a_call_are_no_deadlock() -> None:
    """As many as were sent are accounted for: holders and those in line, nobody twice."""
    found = attribute(standstill(64, resource("thread tokens", 40, 40, 24)))
    assert (found.answer, found.limits) == (Answer.OUTSIDE, ())
    assert any("they hang: in a call" in one for one in found.because)

    pool, tokens = resource("connection pool", 15, 15, 25), resource("thread tokens", 40, 40, 60)
    found = attribute(standstill(100, pool, tokens))
    assert found.answer == Answer.OUTSIDE and any("who hold the connection pool" in one for one in found.because)


def test_a_loop_that_waits_for_a_connection_is_in_the_deadlock() -> None:
    """A sync session in an `async def`: those who have a connection need the loop, which waits for one."""
    e = standstill(16, resource("connection pool", 15, 15, 1))
    stuck = e.steps[-1].model_copy(update={"loop_busy": 0.99, "worker_cores": 0.01})
    found = attribute(e.model_copy(update={"steps": (*e.steps[:-1], stuck)}))
    assert found.answer == Answer.DEADLOCK and [one.kind for one in found.limits] == ["connection pool", LOOP]
    advised = change(e, found)
    assert advised and "find the call that blocks" in advised.says


def test_a_plateau_with_nothing_exhausted_is_a_wait_outside() -> None:
    found = attribute(at_plateau(100, 0.05, resources=(resource("thread tokens", 40, 0, 0),)))
    assert found.answer == Answer.OUTSIDE and "as if 5 places were held" in found.because[2]


def test_without_server_metrics_places_are_counted_and_not_named() -> None:
    e = at_plateau(30, 0.1, worker_cores=None, server_cores=None, loop_lag_s=None, no_metrics="it ran already")
    found = attribute(e)
    assert found.answer == Answer.PLACES and found.limits == ()
    assert "as if 3 places were held for the whole request" in sentence(e, found)


def test_throughput_that_still_grows_has_no_limit() -> None:
    e = evidence(step(1, 50), step(4, 200), step(16, 800), stopped="most users")
    assert attribute(e).answer == Answer.NO_LIMIT and sentence(e, attribute(e)) == "no limit up to 16 users: 800/s"


def test_a_machine_that_is_full_is_named_as_that() -> None:
    e = at_plateau(3000, 0.001, worker_cores=0.6, server_cores=2.4, generator_cores=1.2, workers=4)
    assert [one.kind for one in attribute(e).limits] == [MACHINE]


def test_programs_of_others_make_it_inconclusive_where_the_cpu_counts_and_not_where_a_clock_does() -> None:
    tokens = (resource("thread tokens", 40, 40, 120),)
    busy = dict(other_cores=3.5, idle_cores=3.5, resources=tokens)
    assert attribute(at_plateau(400, 0.1, **busy, worker_cores=0.5, server_cores=0.5)).answer == Answer.INCONCLUSIVE
    waits = at_plateau(400, 0.1, **busy, worker_cores=0.1)
    assert attribute(waits).answer == Answer.INCONCLUSIVE  # of the time of a request alone it computes a tenth
    alone = waits.alone.model_copy(update={"worker_cores": 0.01})
    waits = waits.model_copy(update={"steps": (alone, *waits.steps[1:])})
    assert attribute(waits).limits[0].kind == "thread tokens"


def test_programs_that_begin_with_the_load_are_not_taken_for_the_service() -> None:
    """They weren't there before it; the machine is full, and most of that is theirs."""
    pool = (resource("connection pool", 3, 3, 12),)
    full = dict(other_cores=3.5, idle_cores=0.0, resources=pool)
    computing = at_plateau(60, 0.05, **full, worker_cores=0.5, server_cores=0.5)
    found = attribute(computing)
    assert found.answer == Answer.INCONCLUSIVE and "3.50 of 4 cores meanwhile" in found.because[0]
    alone = computing.alone.model_copy(update={"worker_cores": 0.01})
    waits = at_plateau(60, 0.05, **full, worker_cores=0.1)
    waits = waits.model_copy(update={"steps": (alone, *waits.steps[1:])})
    assert attribute(waits).answer != Answer.INCONCLUSIVE


def test_a_late_loop_in_a_process_that_uses_more_than_one_core_waits_for_the_interpreter_lock() -> None:
    late = dict(loop_lag_s=0.02, worker_cores=1.28, server_cores=1.28, generator_cores=0.05)
    found = attribute(at_plateau(61.8, 0.02, **late))
    assert found.answer == Answer.BETWEEN and {one.kind for one in found.limits} == {WORKER_CORE, MACHINE}
    idle = attribute(at_plateau(61.8, 0.02, **{**late, "worker_cores": 0.1, "server_cores": 0.1}))
    assert idle.limits[0].kind == LOOP


def test_several_workers_on_the_asyncio_loop_are_in_the_trap_of_delayed_acknowledgments() -> None:
    assert attribute(at_plateau(1000, 0.044, loop="asyncio", workers=2)).limits[0].kind == TRAP
    assert attribute(at_plateau(1000, 0.044, loop="uvloop", workers=2)).answer == Answer.OUTSIDE
    full = at_plateau(15_000, 0.044, loop="asyncio", workers=2, generator_cores=3.8, server_cores=0.1)
    assert attribute(full).limits[0].kind == TRAP, "users enough bring the generator to its limit, and the trap stays"


def test_refusals_name_what_is_exhausted_and_else_nothing() -> None:
    full = step(64, 90, failed_share=0.4, errors={"1503": 40}, resources=(resource("connection pool", 5, 5, 50),))
    refused = evidence(step(1, 10), step(16, 90), full, steady=step(16, 90), stopped="errors")
    assert attribute(refused).limits[0].kind == "connection pool"
    bare = full.model_copy(update={"resources": ()})
    found = attribute(refused.model_copy(update={"steps": (step(1, 10), step(16, 90), bare)}))
    assert found.answer == Answer.INCONCLUSIVE and "40 × status 503" in found.because[0]


def test_more_tokens_bring_throughput_up_to_the_next_ceiling() -> None:
    both = (resource("thread tokens", 40, 40, 120), resource("connection pool", 30, 20, 0))
    e = at_plateau(400, 0.1, resources=both)
    advice = change(e, attribute(e))
    assert advice is not None and (advice.setting, advice.before, advice.after) == ("tokens", 40, 80)
    assert advice.predicted_per_s == pytest.approx(600)  # 30 connections, each held for 50 ms
    assert advice.clock_limited and advice.then is not None and "connection pool" in advice.then


def test_tokens_whose_holders_wait_for_the_pool_are_not_counted_as_busy() -> None:
    both = (resource("thread tokens", 40, 40, 155), resource("connection pool", 5, 5, 35))
    e = at_plateau(100, 0.05, resources=both)
    known = {one.name: one.per_s for one in ceilings(e, attribute(e))}
    assert known["connection pool"] == pytest.approx(100) and known["thread tokens"] == pytest.approx(800)


def test_more_workers_for_a_full_core_are_promised_as_an_interval() -> None:
    e = at_plateau(900, 0.001, worker_cores=0.98, server_cores=0.98, generator_cores=0.3)
    advice = change(e, attribute(e))
    assert advice is not None and (advice.setting, advice.after, advice.clock_limited) == ("workers", 2, False)
    assert advice.low_per_s is not None and advice.high_per_s is not None
    assert 900 < advice.low_per_s < 1800 < advice.high_per_s


def test_a_resource_held_for_longer_than_a_request_takes_alone_hides_what_its_holders_wait_for() -> None:
    e = at_plateau(100, 0.05, resources=(resource("thread tokens", 40, 40, 60),))
    found = attribute(e)
    assert found.answer == Answer.OUTSIDE and "its holders wait for something else" in found.because[1]
    busy = e.model_copy(update={"idle_cores": 2.0})
    assert attribute(busy).answer == Answer.INCONCLUSIVE and "other programs" in attribute(busy).because[0]


def test_a_deadlock_that_only_an_overload_meets_is_named() -> None:
    pool, tokens = resource("connection pool", 5, 5, 45), resource("thread tokens", 40, 40, 5)
    stuck = step(90, 0.0, resources=(pool, tokens))
    e = at_plateau(90, 0.05, resources=(resource("connection pool", 5, 5, 11),))
    found = attribute(e.model_copy(update={"overload": stuck, "steady": None, "stopped": "standstill"}))
    assert found.answer == Answer.DEADLOCK
    assert {limit.kind for limit in found.limits} == {"connection pool", "thread tokens"}


def test_a_full_core_beside_other_programs_is_not_called_the_limit() -> None:
    """They were there before the load: what a request costs, and how full a core is, is theirs as well."""
    full = dict(worker_cores=0.93, server_cores=0.93, generator_cores=0.2, cores=2.0)
    found = attribute(at_plateau(900, 0.001, **full, other_cores=0.8, idle_cores=0.8))
    assert found.answer == Answer.INCONCLUSIVE and found.limits == ()
    assert found.because[0] == others_used(0.8, 2.0) == "other programs used 0.8 of 2 cores: close them"
    assert attribute(at_plateau(900, 0.001, **full)).limits[0].kind == WORKER_CORE


def test_a_full_core_of_a_machine_that_others_fill_meanwhile_is_not_called_the_limit() -> None:
    full = dict(worker_cores=0.9, server_cores=0.9, generator_cores=0.2)
    found = attribute(at_plateau(900, 0.001, **full, other_cores=2.6))
    assert found.answer == Answer.INCONCLUSIVE and "2.60 of 4 cores meanwhile" in found.because[0]
    roomy = attribute(at_plateau(900, 0.001, **full, other_cores=2.6, cores=16.0))
    assert roomy.limits[0].kind == WORKER_CORE, "a database that is busy on cores of its own takes none of the worker's"


def test_a_generator_with_most_of_what_others_left_is_not_called_the_limit() -> None:
    most = dict(worker_cores=0.3, server_cores=0.3, generator_cores=1.0, cores=2.0)
    found = attribute(at_plateau(2000, 0.001, **most, other_cores=0.5, idle_cores=0.5))
    assert found.answer == Answer.INCONCLUSIVE and found.because[0] == others_used(0.5, 2.0)
    assert attribute(at_plateau(2000, 0.001, **{**most, "generator_cores": 1.8})).limits[0].kind == GENERATOR


def test_a_generator_that_others_held_up_makes_no_wait_outside() -> None:
    starved = dict(worker_cores=0.1, server_cores=0.1, generator_cores=0.4, cores=2.0, other_cores=1.5, idle_cores=1.4)
    e = at_plateau(900, 0.02, **starved)
    e = e.model_copy(update={"steps": (e.alone.model_copy(update={"worker_cores": 0.01}), *e.steps[1:])})
    assert attribute(e).answer == Answer.INCONCLUSIVE
    tokens = e.judged.model_copy(update={"resources": (resource("thread tokens", 20, 20, 30),)})
    waited = attribute(e.model_copy(update={"steady": tokens}))
    assert waited.limits[0].kind == "thread tokens", "where requests wait inside, k6 sends enough"


def test_a_plateau_that_began_to_fail_names_no_wait_outside() -> None:
    e = at_plateau(36, 0.05, failed_share=0.99, errors={"1212": 9_000})
    found = attribute(e)
    assert found.answer == Answer.INCONCLUSIVE
    assert "99% of the requests failed (9,000 × connection refused)" in found.because[0]
