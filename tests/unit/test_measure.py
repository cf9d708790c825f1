"""Windows, percentiles and timelines, on made and on recorded requests."""

import gzip
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from labs.engine.declare.service import Load
from labs.engine.errors import UsageError
from labs.engine.harness.load import CONSOLE, Generated
from labs.engine.harness.sampler import Series
from labs.engine.results.records import Requests, ended_within, read_requests, read_summary, since
from labs.engine.results.timeline import timeline
from labs.engine.results.times import response_times, times_of
from labs.engine.results.window import quietest, start_up, steady_window

FIXTURE = Path(__file__).parent / "fixtures" / "requests.json.gz"


def bursts(every_s: float, of: int, until_s: float) -> np.ndarray:
    """Completions as thread tokens make them: `of` at once, every `every_s`, with a little spread."""
    moments = np.arange(1, int(until_s / every_s) + 1) * every_s
    spread = np.linspace(0, 0.02, of)
    return np.sort((moments[:, None] + spread[None, :]).ravel())


def test_bursts_on_the_edges_do_not_change_the_throughput() -> None:
    """80/s in bursts of 80: windows that cut bursts read up to a whole one too few or too many."""
    load = Load(vus=400, ramp_s=1, steady_s=30)
    for shift in (0.0, 0.25, 0.5, 0.98):
        window = steady_window(bursts(1.0, 80, 33) + shift, load, 1.0, 1.0)
        assert window.completions / window.length_s == pytest.approx(80)
        assert window.waves % 2 == 0 and window.first_half_per_s == window.second_half_per_s


def test_the_window_lies_inside_the_steady_phase_and_after_the_first_wave() -> None:
    window = steady_window(bursts(1.0, 80, 33), Load(vus=400, ramp_s=1, steady_s=30), 1.0, 1.0)
    assert window.start_s >= 2 and window.start_s + window.length_s <= 31


def test_a_service_that_slows_down_has_unequal_halves() -> None:
    times = np.concatenate([np.arange(0, 15, 0.01), np.arange(15, 31, 0.1)])
    window = steady_window(times, Load(vus=100, ramp_s=1, steady_s=30), 0.1, 0.0)
    assert window.first_half_per_s > 3 * window.second_half_per_s


def test_the_quietest_moment_may_lie_across_the_end_of_the_wave() -> None:
    counts = np.array([0, 0, 5, 5, 5, 5, 5, 5, 0, 0])
    assert quietest(counts) == pytest.approx(0.0)


def test_recorded_requests_are_read_whole() -> None:
    """Against a second reading that shares no code with ours."""
    ended, durations = [], []
    with gzip.open(FIXTURE, "rt") as lines:
        for line in lines:
            point = json.loads(line)
            if point["metric"] == "http_req_duration" and point["type"] == "Point":
                ended.append(datetime.fromisoformat(point["data"]["time"]).timestamp())
                durations.append(point["data"]["value"] / 1000)
    read = read_requests(FIXTURE)
    assert len(read.ended_s) == len(ended) > 1000
    assert read.ended_s == pytest.approx(sorted(ended), abs=1e-5)
    assert sorted(read.duration_s) == pytest.approx(sorted(durations))
    assert read.expected.all() and not read.timed_out.any()
    times = response_times(read)
    assert (times.p95, times.max) == pytest.approx((np.percentile(durations, 95), max(durations)))


def test_times_in_another_zone_are_the_same_moment(tmp_path: Path) -> None:
    points = [
        {"metric": "http_req_duration", "type": "Point", "data": {"time": moment, "value": 1, "tags": tags}}
        for moment, tags in (
            ("2026-01-01T00:00:00.5Z", {"expected_response": "true"}),
            ("2026-01-01T01:00:00.75+01:00", {"expected_response": "false", "error_code": "1050"}),
            ("2026-01-01T00:00:01Z", {"expected_response": "false", "error_code": "1212"}),
        )
    ]
    file = tmp_path / "requests.json"
    file.write_text("\n".join(json.dumps(point, separators=(",", ":")) for point in points))
    read = read_requests(file)
    assert list(read.ended_s - read.ended_s[0]) == pytest.approx([0, 0.25, 0.5])
    assert read.errors == {"1050": 1, "1212": 1}
    assert list(read.timed_out) == [False, True, False] and list(read.expected) == [True, False, False]


def test_the_timeline_counts_every_request_once() -> None:
    requests = Requests(
        np.array([1.2, 1.7, 2.1, 4.5]),
        np.array([0.2, 0.7, 1.0, 3.0]),
        np.array([True, True, False, True]),
        np.zeros(4, bool),
        np.ones(4, bool),
        {},
    )
    line = timeline(requests, 1.0, Series())
    assert line.expected_per_s == (2, 0, 0, 1, 0)[: len(line.second)] and sum(line.failed_per_s) == 1
    assert line.in_flight == (2, 1, 1, 0, 0)[: len(line.in_flight)]


def test_a_storm_at_the_start_is_cut_off_and_nothing_more() -> None:
    storm = [554, 528, 222, 229, 765, 583, 514, 746, 944]
    assert start_up(np.array(storm + [640] * 19)) == len(storm)


def test_a_steady_service_loses_no_wave_and_a_late_fault_is_not_cut_away() -> None:
    assert start_up(np.array([638, 641, 640, 639] * 7)) == 0
    assert start_up(np.array([640] * 20 + [0] * 8)) <= 14  # at least half is kept, so the fall is seen


def test_requests_that_never_connected_are_not_response_times() -> None:
    """k6 records 0 s for them, which would make a failing service look fast."""
    requests = Requests(
        ended_s=np.array([1.0, 2.0, 3.0]),
        duration_s=np.array([1.0, 1.0, 0.0]),
        expected=np.array([True, True, False]),
        timed_out=np.zeros(3, bool),
        connected=np.array([True, True, False]),
        errors={"1211": 1},
    )
    times = response_times(requests)
    assert (times.samples, times.min, times.p50) == (2, 1.0, 1.0)


def test_what_a_probe_sent_before_the_load_is_left_out() -> None:
    ended_s, duration_s = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.5, 0.5, 2.5, 0.5])
    yes, no = np.ones(4, dtype=bool), np.zeros(4, dtype=bool)
    sent = Requests(ended_s, duration_s, expected=yes, timed_out=no, connected=yes, errors={})
    assert list(since(sent, 1.5).ended_s) == [2.0, 4.0]


def test_the_windows_times_are_those_of_what_ended_in_it() -> None:
    ended_s, duration_s = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.5, 0.6, 2.5, 0.7])
    yes, no = np.ones(4, dtype=bool), np.zeros(4, dtype=bool)
    requests = Requests(ended_s, duration_s, expected=yes, timed_out=no, connected=yes, errors={})
    assert list(ended_within(requests, 2.0, 4.0).duration_s) == [0.6, 2.5]


def test_the_times_of_the_expected_responses_leave_the_refusals_out() -> None:
    """Lab 17: half of the requests are refused at once, and would halve every percentile."""
    durations = np.array([0.001] * 50 + [1.0] * 50)
    expected = np.array([False] * 50 + [True] * 50)
    assert times_of(durations, timed_out=0).p50 < 1.0
    served = times_of(durations[expected], timed_out=0)
    assert (served.samples, served.min, served.p50) == (50, 1.0, 1.0)
    assert times_of(durations[:0], timed_out=0).samples == 0


def test_a_timeout_while_connecting_had_no_connection(tmp_path: Path) -> None:
    """k6 gives it the code of a timeout and 0 s; one that waited for its response lasted as long as the timeout."""
    kinds = (("200", "", "true", 900.0), ("0", "1050", "false", 0.0), ("0", "1050", "false", 60_000.0))
    records = tmp_path / "requests.json"
    records.write_text(
        "".join(
            f'{{"metric":"http_req_duration","type":"Point","data":{{"time":"2026-01-01T00:00:0{place}Z","value":{ms},'
            f'"tags":{{"status":"{status}","error_code":"{code}","expected_response":"{expected}"}}}}}}\n'
            for place, (status, code, expected, ms) in enumerate(kinds)
        )
    )
    assert list(read_requests(records).connected) == [True, False, True]


def test_few_waves_leave_two_however_uneven_they_are() -> None:
    """Lab 16: a wait of 2 s in a steady phase of 9 s, and hardly anybody in the first wave."""
    completed = np.array([2.2] * 3 + [4.2] * 3 + [6.2] * 800 + [8.2] * 800)
    window = steady_window(completed, Load(vus=800, ramp_s=0.1, steady_s=9.0), 2.0, 2.0)
    assert (window.waves, window.length_s) == (2, 4.0) and window.completions > 0


def test_a_record_that_is_cut_off_is_said_to_be(tmp_path: Path) -> None:
    """A full disk leaves it so; what is there reads like a run that ended earlier."""
    cut = tmp_path / "requests.json.gz"
    cut.write_bytes(FIXTURE.read_bytes()[:-2_000])
    with pytest.raises(UsageError, match=r"record isn't whole .*free space there"):
        read_requests(cut)


@pytest.mark.parametrize(
    ("status", "console", "says"),
    [
        (-9, "running (02.0s)", r"no summary: it was killed \(SIGKILL\).*dmesg"),
        (-11, "running (02.0s)", r"no summary: it was ended by SIGSEGV"),
        (0, 'level=error msg="x" error="write k6-summary.json: no space left on device"\nmain 100%', "disk is full"),
        (107, 'level=error msg="TypeError: x is not a function"\nmain 100%', r"exit 107.*TypeError"),
        (1, "", r"exit 1\): it printed nothing"),
    ],
)
def test_why_k6_left_no_summary_is_said(tmp_path: Path, status: int, console: str, says: str) -> None:
    (tmp_path / CONSOLE).write_text(console)
    with pytest.raises(UsageError, match=says):
        read_summary(Generated((tmp_path,), status, 1.0, 0.0, 0.0))


def test_a_wave_longer_by_less_than_one_in_all_counts_the_same() -> None:
    """What the page What each number means says of the window: bunches move over an edge only as a whole."""
    waves = 22

    def counted_per_s(wave_s: float) -> float:
        completed = np.concatenate([k * wave_s + np.linspace(0, 0.02, 40) for k in range(1, 30)])
        window = steady_window(completed, Load(vus=80, ramp_s=0.0, steady_s=23.9), 1.0, 1.0)
        assert window.waves == waves
        return window.completions / window.length_s

    assert counted_per_s(1.0) == counted_per_s(1.005) == 40.0
    assert counted_per_s(1.0 + 1.5 / waves) < 39.0
