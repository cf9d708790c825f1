"""What a proof, an expectation and a stated rate are judged by."""

import pytest

from labs.diagnose import expect, prove, words
from labs.diagnose.attribute import attribute
from labs.diagnose.change import Change, change
from labs.diagnose.evidence import Evidence
from labs.diagnose.expect import Expectation
from labs.diagnose.finding import GENERATOR, Answer, Finding, Limit
from labs.diagnose.headroom import headroom
from labs.diagnose.target import parse
from tests.unit.diagnose_builders import at_plateau, evidence, resource, step


def tokens() -> Evidence:
    return at_plateau(400, 0.1, resources=(resource("thread tokens", 40, 40, 120),))


def advised(e: Evidence) -> Change:
    found = change(e, attribute(e))
    assert found is not None
    return found


def computing() -> Evidence:
    return at_plateau(900, 0.001, worker_cores=0.98, server_cores=0.98, generator_cores=0.3)


@pytest.mark.parametrize(
    ("size", "per_s", "more", "verdict"),
    [
        (80, 790, {}, "as predicted"),
        (80, 700, {}, "not as predicted"),
        (80, 900, {}, "not as predicted"),
        (80, 700, {"other_cores": 3.8}, "inconclusive"),
        (80, 790, {"failed_share": 0.2}, "inconclusive"),
        (40, 400, {}, "not set"),
        (None, 400, {}, "not set"),
    ],
)
def test_where_a_clock_limits_a_proof_is_held_to_ten_percent(
    size: int | None, per_s: float, more: dict[str, float], verdict: str
) -> None:
    e = tokens()
    assert prove.judge(e, advised(e), size, step(320, per_s, **more)).verdict == verdict


@pytest.mark.parametrize(
    ("per_s", "verdict"), [(1600, "as predicted"), (950, "not as predicted"), (2500, "not as predicted")]
)
def test_where_the_cpu_decides_a_proof_is_held_to_the_interval_that_was_stated(per_s: float, verdict: str) -> None:
    e = computing()
    assert prove.judge(e, advised(e), 2, step(8, per_s)).verdict == verdict


def test_the_changed_service_has_as_many_users_for_each_place() -> None:
    e = tokens()
    assert prove.users(e, advised(e), 2048) == 2 * e.judged.users
    assert prove.users(e, advised(e), 100) == 100
    assert prove.users(e, advised(e), 90) is None  # 80 tokens want 80 users, and some who wait


def test_what_cannot_be_proven_says_why() -> None:
    app, running = parse({"app": "shop:app"}), parse({"url": "http://127.0.0.1:9000"})
    assert prove.cannot(app, None) == "there is no change to prove"
    assert prove.cannot(app, advised(tokens())) is None
    assert "restarted by us" in (prove.cannot(running, advised(tokens())) or "")
    assert "inside --command" in (prove.cannot(parse({"command": "run {port}"}), advised(computing())) or "")
    pool = at_plateau(100, 0.05, resources=(resource("connection pool", 5, 5, 35),))
    assert "from outside" in (prove.cannot(app, advised(pool)) or "")


@pytest.mark.parametrize(
    ("expected", "outcome"),
    [
        (Expectation(kind="thread tokens"), "kept"),
        (Expectation(kind="connection pool"), "broken"),
        (Expectation(kind="thread tokens", at_least_per_s=390), "kept"),
        (Expectation(kind="thread tokens", at_least_per_s=410), "inconclusive"),
        (Expectation(at_least_per_s=500), "broken"),
        (Expectation(answer=Answer.NO_LIMIT), "broken"),
    ],
)
def test_an_expectation_is_kept_broken_or_within_the_noise(expected: Expectation, outcome: str) -> None:
    e = tokens()
    assert expect.judge(expected, e, attribute(e)).outcome == outcome


def test_an_expectation_is_not_decided_by_a_diagnosis_that_is_not() -> None:
    near = at_plateau(
        900, 0.005, worker_cores=0.78, server_cores=0.78, resources=(resource("connection pool", 5, 5, 99),)
    )
    assert expect.judge(Expectation(kind="connection pool"), near, attribute(near)).outcome == "inconclusive"
    none = evidence(step(1, 0), stopped="time")
    assert expect.judge(Expectation(kind="connection pool"), none, attribute(none)).outcome == "inconclusive"


def test_too_little_throughput_is_broken_whatever_limits_it() -> None:
    """A change after which requests fail or stand still must not pass a pipeline that lets status 20 through."""
    pool = Expectation(kind="connection pool", at_least_per_s=5_000)
    near = at_plateau(
        900, 0.005, worker_cores=0.78, server_cores=0.78, resources=(resource("connection pool", 5, 5, 99),)
    )
    assert expect.judge(pool, near, attribute(near)).outcome == "broken"
    none = evidence(step(1, 0), stopped="time")
    assert expect.judge(pool, none, attribute(none)).outcome == "broken"
    failing = evidence(step(1, 20), step(16, 40, failed_share=0.9), stopped="errors")
    assert attribute(failing).answer == Answer.INCONCLUSIVE
    assert expect.judge(pool, failing, attribute(failing)).outcome == "broken"
    assert expect.judge(Expectation(kind="connection pool"), failing, attribute(failing)).outcome == "inconclusive"


def test_a_load_generator_at_its_limit_decides_no_throughput() -> None:
    e = tokens()
    k6 = Finding(answer=Answer.LIMIT, limits=(Limit(kind=GENERATOR, size=None, held_s=None),), because=("k6 is full",))
    assert expect.judge(Expectation(at_least_per_s=5_000), e, k6).outcome == "inconclusive"
    pool = Expectation(kind="connection pool", at_least_per_s=5_000)
    assert expect.judge(pool, e, k6).outcome == "inconclusive"
    assert expect.judge(pool, e.model_copy(update={"idle_cores": 2.0}), attribute(e)).outcome == "inconclusive"


def test_a_limit_cannot_be_confirmed_where_the_load_generator_is_the_limit() -> None:
    e = tokens()
    k6 = Finding(answer=Answer.LIMIT, limits=(Limit(kind=GENERATOR, size=None, held_s=None),), because=("k6 is full",))
    assert expect.judge(Expectation(kind="connection pool"), e, k6).outcome == "inconclusive"
    assert expect.judge(Expectation(answer=Answer.NO_LIMIT), e, k6).outcome == "inconclusive"
    assert expect.judge(Expectation(at_least_per_s=300), e, k6).outcome == "kept"
    assert expect.judge(Expectation(kind=GENERATOR), e, k6).outcome == "kept"


@pytest.mark.parametrize("stopped", ["time", "machine"])
def test_a_run_that_ended_before_all_users_came_confirms_neither_a_limit_nor_that_there_is_none(stopped: str) -> None:
    cut = evidence(step(1, 10), step(4, 40), stopped=stopped)
    assert attribute(cut).answer == Answer.NO_LIMIT
    for expected in (Expectation(kind="connection pool"), Expectation(answer=Answer.NO_LIMIT)):
        assert expect.judge(expected, cut, attribute(cut)).outcome == "inconclusive"
    assert expect.judge(Expectation(at_least_per_s=30), cut, attribute(cut)).outcome == "kept"


def test_a_service_that_stands_still_in_the_longest_phase_never_passes() -> None:
    e = evidence(step(1, 20), step(16, 100), step(32, 101), steady=step(64, 0))
    assert attribute(e).answer == Answer.INCONCLUSIVE
    assert expect.judge(Expectation(kind="connection pool"), e, attribute(e)).outcome == "broken"


@pytest.mark.parametrize("met", ["while the limit is looked for", "by the many users after it"])
def test_a_service_that_stands_still_never_passes(met: str) -> None:
    full = (resource("thread tokens", 40, 40, 61), resource("connection pool", 15, 15, 40))
    stood = step(128, 0, resources=full)
    steps = (step(1, 20), step(16, 320), *([stood] if met.startswith("while") else []))
    e = evidence(*steps, steady=None, overload=None if met.startswith("while") else stood, stopped="standstill")
    found = attribute(e)
    assert found.answer == Answer.DEADLOCK
    for expected in (
        Expectation(at_least_per_s=300),
        Expectation(kind="connection pool"),
        Expectation(kind="connection pool", at_least_per_s=300),
    ):
        assert expect.judge(expected, e, found).outcome == "broken"
    assert expect.judge(Expectation(answer=Answer.DEADLOCK), e, found).outcome == "kept"
    busy = e.model_copy(update={"idle_cores": 3.9})
    assert expect.judge(Expectation(at_least_per_s=300), busy, attribute(busy)).outcome == "broken"


def test_a_throughput_alone_needs_no_named_limit() -> None:
    e = tokens()
    places = Finding(answer=Answer.PLACES, limits=(), because=("no server metrics",))
    assert expect.judge(Expectation(at_least_per_s=300), e, places).outcome == "kept"
    assert expect.judge(Expectation(kind="connection pool"), e, places).outcome == "inconclusive"


def test_a_throughput_that_is_too_low_while_others_compute_decides_nothing() -> None:
    e = tokens()
    quiet, wanted = attribute(e), Expectation(kind="thread tokens", at_least_per_s=500)
    assert expect.judge(wanted, e, quiet).outcome == "broken"
    assert expect.judge(wanted, e.model_copy(update={"idle_cores": 2.0}), quiet).outcome == "inconclusive"


def test_without_a_limit_of_known_size_no_percentile_is_promised() -> None:
    outside = at_plateau(200, 0.05)
    assert attribute(outside).answer == Answer.OUTSIDE
    for per_s in (300, 100):
        found = headroom(outside, attribute(outside), per_s, 0.2)
        assert found.unknown and not found.keeps and found.reached_per_s == 200
        assert "can't be calculated" in next(words.kept(found))
    growing = evidence(step(1, 10), step(4, 40), stopped="most users")
    assert attribute(growing).answer == Answer.NO_LIMIT
    assert headroom(growing, attribute(growing), 30, 0.2).keeps
    assert headroom(growing, attribute(growing), 50, 0.2).unknown


def test_more_places_are_not_advised_where_the_next_limit_is_below_the_rate() -> None:
    full = (resource("thread tokens", 40, 40, 120), resource("connection pool", 42, 40, 0))
    e = at_plateau(200, 0.2, resources=full)
    found = headroom(e, attribute(e), 300, 0.4)
    assert found.behind == "connection pool" and found.behind_per_s == pytest.approx(210) and found.places is None
    assert any("connection pool allows 210/s" in one for one in words.kept(found))
    assert headroom(e, attribute(e), 205, 2.0).places


def test_a_resource_that_is_nearly_full_makes_requests_wait_though_it_is_not_named() -> None:
    full = (resource("thread tokens", 40, 40, 0),)
    cut = evidence(step(10, 50, resources=full), step(40, 199, resources=full), stopped="most users")
    assert attribute(cut).answer == Answer.NO_LIMIT
    found = headroom(cut, attribute(cut), 190, 0.4)
    assert not found.keeps and found.p95_s and found.p95_s > 0.4 and found.of == "thread tokens"


def test_a_rate_far_below_the_ceiling_keeps_its_percentile() -> None:
    e = tokens()
    found = headroom(e, attribute(e), 200, 0.2)
    assert found.keeps and found.p95_s == pytest.approx(0.1, rel=0.05)


def test_a_rate_beyond_the_ceiling_says_how_many_workers_or_tokens_keep_it() -> None:
    e = tokens()
    found = headroom(e, attribute(e), 600, 0.2)
    assert not found.keeps and found.p95_s is None and found.of == "thread tokens"
    assert found.workers == 2 and found.places is not None and 60 < found.places < 80
    again = at_plateau(600, 0.1, resources=(resource("thread tokens", found.places, found.places, 60),))
    assert headroom(again, attribute(again), 590, 0.3).p95_s is not None


def test_a_percentile_below_what_one_user_alone_has_is_never_kept() -> None:
    e = tokens()
    found = headroom(e, attribute(e), 10, 0.05)
    assert not found.keeps and found.workers is None and found.places is None
    assert list(words.kept(found))[1:] == ["  more workers or places wouldn't keep it: a request has to take less time"]
