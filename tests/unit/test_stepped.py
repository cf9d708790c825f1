"""The mechanisms in steps: the models that play them, and what the pages are given of them."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from html import unescape

import pytest

from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.service import Load, Variant
from labs.engine.paths import DOCS
from labs.engine.theory import headroom
from labs.engine.theory.keep_alive import lost_after
from labs.lab12_hidden_tokens import tables as lab12
from labs.lab13_open_closed import arrivals as lab13
from labs.lab13_open_closed.lab import percentile_s
from labs.lab15_44ms import packets as lab15
from labs.lab16_connections import queues as lab16
from labs.lab20_headroom import waits as lab20
from labs.lab21_database_sessions import tables as lab21
from labs.lab23_hung_dependency import tables as lab23
from labs.lab23_hung_dependency.lab import EVERY, TOKENS, mean_s
from labs.lab26_keep_alive import crossing as lab26
from labs.lab27_restarts import played as lab27
from labs.pages import stepped
from labs.pages.circle import CONNECTION, TOKEN, admitted, take
from labs.simulator.locks import Action, Moment, circle, moments
from labs.simulator.request import Request, Stage
from labs.simulator.simulate import order
from labs.simulator.users import simulate_run
from tests.unit.test_template import BANNED

MECHANISMS: dict[str, Callable[[], stepped.Mechanism]] = {
    "lab12": lab12.circle_mechanism,
    "lab13": lab13.arrivals_mechanism,
    "lab15": lab15.packets_mechanism,
    "lab16": lab16.queues_mechanism,
    "lab20": lab20.waits_mechanism,
    "lab21": lab21.circle_mechanism,
    "lab23": lab23.tokens_mechanism,
    "lab26": lab26.crossing_mechanism,
    "lab27": lab27.restarts_mechanism,
}

# --- two locks in a circle ----------------------------------------------------------------------


def ends(actions: Sequence[Action], requests: int, tokens: int, connections: int, most: int = 1) -> Moment:
    *_, last = moments({TOKEN: tokens, CONNECTION: connections, "admission": most}, actions, requests)
    return last


@pytest.mark.parametrize("actions", [lab12.SESSION, lab21.WHOLE], ids=["lab 12", "lab 21"])
def test_the_circle_closes_from_as_many_requests_on_as_there_are_tokens_and_connections(
    actions: Sequence[Action],
) -> None:
    for tokens in range(1, 7):
        for connections in range(1, 7):
            least = tokens + connections
            assert all(one.done for one in ends(actions, least - 1, tokens, connections))
            closed = ends(actions, least, tokens, connections)
            assert circle(closed)
            assert sum(one.holds == (TOKEN,) and one.waits_for == CONNECTION for one in closed) == tokens
            assert sum(one.holds == (CONNECTION,) and one.waits_for == TOKEN for one in closed) == connections


def test_no_repair_closes_a_circle() -> None:
    for requests in (7, 20, 41):
        for connections in range(1, 5):
            for actions in (admitted(lab12.SESSION), admitted(lab21.WHOLE), lab21.SHORT, lab12.SINGLE):
                last = ends(actions, requests, 4, connections, most=connections)
                assert all(one.done for one in last) and not circle(last)


def test_a_second_connection_deadlocks_with_as_many_requests_as_connections() -> None:
    for connections in range(1, 7):
        assert not circle(ends(lab12.NESTED, connections - 1, 1, connections)) or connections == 1
        assert circle(ends(lab12.NESTED, connections, 1, connections))


@pytest.mark.parametrize("actions", [lab12.SESSION, lab21.WHOLE, lab21.SHORT, lab12.NESTED, admitted(lab21.WHOLE)])
def test_no_more_places_are_held_than_there_are_and_nobody_waits_while_one_is_free(actions: Sequence[Action]) -> None:
    places = {TOKEN: 4, CONNECTION: 3, "admission": 3}
    for moment in moments(places, actions, 12):
        for lock, count in places.items():
            held = sum(one.holds.count(lock) for one in moment)
            waiting = sum(one.waits_for == lock for one in moment)
            assert held <= count and (held == count or not waiting)
    assert take(TOKEN) in lab21.WHOLE


# --- the other models ---------------------------------------------------------------------------


def test_a_request_is_lost_where_theory_says_so() -> None:
    pauses = [place / 1000 for place in range(0, 1400, 7)]
    assert {one for one in pauses if lab26.Pause(one).lost} == {
        one for one in pauses if lost_after(one, lab26.KEEP_ALIVE_S, lab26.FAR_S)
    }
    assert not any(lab26.Pause(one, keep_alive_s=60).lost for one in pauses)
    assert not any(lab26.Pause(one, gives_up_s=0.5).lost for one in pauses if one > 0.5)


def test_what_happens_to_a_request_comes_in_the_order_of_time() -> None:
    for pause_s in (0.5, 0.85, 0.88, 0.93, 0.99, 1.1):
        at_s = [when for when, _, _ in lab26.happens(lab26.Pause(pause_s))]
        assert at_s == sorted(at_s) and at_s[0] == 0


def test_hung_calls_end_all_responses_after_the_predicted_number_and_a_timeout_keeps_the_law() -> None:
    endless, slow, quick = lab23.tokens_mechanism().tracks
    assert f"{TOKENS * (EVERY - 1)} responses so far" in endless.states[-1].says
    assert endless.states[-1].says.startswith(f"{TOKENS} of {TOKENS}")
    for track, timeout_s in ((slow, 2.0), (quick, 0.5)):
        responses = [int(state.says.split(". ")[1].split()[0]) for state in track.states[-5:]]
        per_s = (responses[-1] - responses[0]) / (4 * lab23.MOMENT_S)
        assert per_s == pytest.approx(TOKENS / mean_s(timeout_s), rel=0.05)


def test_both_percentiles_of_the_whole_stall_are_those_that_the_lab_predicts() -> None:
    for sent, users in ((lab13.due(), 0), (lab13.sent_in_closed(lab13.STALL_S), lab13.USERS)):
        for percent in (95, 99):
            counted = lab13.percentile_s(percent, sent, lab13.STALL_S)
            assert counted == pytest.approx(percentile_s(percent, len(sent), users), abs=2 / lab13.RATE_PER_S)
    assert len(lab13.due()) - len(lab13.sent_in_closed(lab13.STALL_S)) == 2 * lab13.RATE_PER_S + 2 - lab13.USERS


@pytest.mark.parametrize("held", [lab16.uneven(), lab16.even(97), (0, 3, 10, 11, 25, 10, 9, 30)])
def test_who_works_and_who_waits_at_a_worker_is_what_the_simulator_says(held: tuple[int, ...]) -> None:
    homes = order(held)
    watched: list[Request] = []
    few = Variant(
        name="any", endpoint=SYNC_SLEEP, ms=round(lab16.WAIT_S * 1000), workers=len(held),
        thread_tokens=lab16.TOKENS, load=Load(vus=sum(held), ramp_s=lab16.LANDING_S, steady_s=2.0),
    )  # fmt: skip
    simulate_run(few, homes, None, 2.0, False, watched)
    for at_s in (0.237, 0.613, 0.991, 1.377, 2.1):
        stages = [(one.worker, [stage for when_s, stage in one.stages or [] if when_s <= at_s]) for one in watched]
        simulated = Counter((worker, passed[-1]) for worker, passed in stages if passed)
        for place, worker in enumerate(lab16.moment(homes, at_s)):
            assert len(worker.waiting) == simulated[place, Stage.TOKEN]
            assert worker.users - len(worker.waiting) == simulated[place, Stage.THREAD]


def test_users_stay_with_the_worker_that_took_their_connection() -> None:
    homes = order(lab16.uneven())
    for at_s in (0.5, 1.0, 1.4, 3.0):
        for place, worker in enumerate(lab16.moment(homes, at_s)):
            here = [user for user in (*worker.at_work, *worker.waiting) if user is not None]
            assert len(set(here)) == len(here) and {homes[user] for user in here} <= {place}
    assert sum(worker.users for worker in lab16.moment(homes, 1.0)) == len(homes)


def test_dealt_evenly_no_token_is_idle_and_as_they_landed_the_law_says_how_many_are() -> None:
    landed, evenly = (track.states[-1] for track in lab16.queues_mechanism().tracks)
    idle = sum(max(0, lab16.TOKENS - held) for held in lab16.uneven())
    assert landed.marks["idle"].words == f"{idle} idle" and evenly.marks["idle"].words == "0 idle"
    assert "200 of the 200 requests per second" in evenly.says


def test_the_slider_of_the_utilization_says_what_the_formulas_say() -> None:
    five, forty = lab20.waits_mechanism().tracks
    for track, tokens in ((five, 5), (forty, 40)):
        state = next(one for one in track.states if one.value == "85%")
        assert state.says.startswith(f"{headroom.erlang_c(tokens, 0.85 * tokens):.0%} wait")
        wait = headroom.mean_wait(tokens, 0.85 * tokens, 1.0, service_cv2=0.0)
        assert f"mean wait is {wait:.2f} call times" in state.says


# --- what the pages are given -------------------------------------------------------------------


@pytest.mark.parametrize("name", MECHANISMS)
def test_the_data_are_small_and_hold_every_state(name: str) -> None:
    mechanism = MECHANISMS[name]()
    told = json.loads(json.dumps(stepped.data(mechanism)))
    assert len(json.dumps(told, separators=(",", ":"))) <= stepped.DATA_BYTES
    begun: dict[str, object] = {}
    for track, drawn in zip(mechanism.tracks, told["tracks"], strict=True):
        seen = dict(begun)
        for state, (says, changed, *value) in zip(track.states, drawn["states"], strict=True):
            seen = {key: mark for key, mark in (seen | changed).items() if mark}
            assert seen == {key: mark.data() for key, mark in state.marks.items()}
            assert (says, "".join(value)) == (state.says, state.value)
            begun = begun or dict(seen)


@pytest.mark.parametrize("name", MECHANISMS)
def test_every_state_has_a_sentence_and_fits_its_plane(name: str) -> None:
    mechanism = MECHANISMS[name]()
    for state in (state for track in mechanism.tracks for state in track.states):
        assert state.says.endswith(".") and len(state.says.split()) <= 45
        assert not [word for word in BANNED["words"] if re.search(word, state.says, re.IGNORECASE)]
        for mark in state.marks.values():
            x, y = mark.at[:2]
            right, below = (x + mark.at[2], y + mark.at[3]) if mark.kind in ("box", "bar") else (x, y)
            assert -1 <= x <= right <= stepped.WIDTH + 1 and -1 <= y <= below <= mechanism.height, mark


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_page_has_the_view_and_nothing_in_it_ends_its_region(name: str) -> None:
    text = (DOCS / "labs" / f"{name}.md").read_text(encoding="utf-8")
    told = text.split('<div class="stepped"')[1].split("data-view='")[1].split("'>")[0]
    assert json.loads(unescape(told))["tracks"]
    assert "]]]" not in told and "[[[" not in told


def test_too_much_to_load_is_an_error() -> None:
    state = stepped.State("x" * stepped.DATA_BYTES, {})
    with pytest.raises(ValueError, match="more than 16,000"):
        stepped.view("any", stepped.Mechanism(tracks=[stepped.Track("any", [state])], height=10, described="a b c"))
