"""Pure: per-request records and samples in, one Measurement out. DESIGN of the numbers: docs/numbers.md."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labs.runner import panel
from labs.runner.load import Generated
from labs.runner.model import Measurement, ResponseTimes, Timeline, TreeUse, Variant, Window
from labs.runner.panel import Reading
from labs.runner.records import Requests, since
from labs.runner.sampler import Sample, Series
from labs.runner.window import Floats, steady_window, within


@dataclass(frozen=True)
class Housekeeping:
    """What the harness noted beside the load: passed through to the Measurement."""

    worker_answers: tuple[int, ...]
    workers_replaced: int
    listen_overflows: int | None
    boot_s: float
    overhead_s: float
    database_fatals: int | None
    jobs_waiting: int | None = None
    worker_connections: tuple[int, ...] = ()
    readings: Sequence[Reading] = ()


def measure(variant: Variant, wave_s: float, generated: Generated, series: Series, kept: Housekeeping) -> Measurement:
    """Throughput, response times, timeline and resource use of one run.

    `wave_s` is how long a request holds the binding resource, 0 if that is the CPU.
    """
    requests = generated.requests
    origin_s = start_of_load(requests)
    beside = generated.bystander
    if beside is not None and variant.bystander and variant.bystander.head_start_s:
        beside = since(beside, origin_s)
    answered_s = requests.ended_s[requests.expected] - origin_s
    window = steady_window(answered_s, variant.load, variant.service_time_s, wave_s)
    inside = (origin_s + window.start_s, origin_s + window.start_s + window.length_s)
    completions_per_s = int(np.count_nonzero(within(requests.ended_s, *inside))) / window.length_s
    use = {name: tree_use(samples, inside, completions_per_s) for name, samples in series.trees.items()}
    ours_cores = sum(tree.cpu_cores for tree in use.values())
    harness_cores = generated.harness_cpu_s / generated.elapsed_s
    busy_cores = _slope([at for at, _ in series.machine], [busy for _, busy in series.machine], inside)
    return Measurement(
        throughput_per_s=window.completions / window.length_s,
        window=window,
        k6_rate_per_s=generated.rate_per_s,
        requests=len(requests.ended_s),
        failed=int(np.count_nonzero(~requests.expected)),
        interrupted=generated.interrupted,
        dropped=generated.dropped,
        vus_reached=generated.vus_reached,
        response_time_s=response_times(requests),
        timeline=timeline(requests, origin_s, series),
        server=use["server"],
        generator=use["generator"],
        database=use.get("database"),
        other_cpu_cores=max(0.0, busy_cores - ours_cores - harness_cores),
        worker_answers=kept.worker_answers,
        workers_replaced=kept.workers_replaced,
        listen_overflows=kept.listen_overflows,
        errors=requests.errors,
        k6_exit=generated.exit,
        boot_s=kept.boot_s,
        load_s=generated.elapsed_s,
        overhead_s=kept.overhead_s,
        harness_cpu_cores=harness_cores,
        database_fatals=kept.database_fatals,
        clock_jump_s=generated.clock_jump_s,
        bystander=None if beside is None else response_times(beside),
        bystander_failed=0 if beside is None else int(np.count_nonzero(~beside.expected)),
        companion=use.get("companion"),
        jobs_waiting=kept.jobs_waiting,
        expected_time_s=times_of(requests.duration_s[requests.expected], timed_out=0),
        worker_connections=kept.worker_connections,
        panel=panel.inside(kept.readings, inside),
    )


def did_not_start(error: str, boot_s: float, database_fatals: int | None) -> Measurement:
    """The measurement of a server that never became ready: nothing, and why."""
    none = TreeUse(0.0, 0.0, 0, 0, 0)
    return Measurement(
        throughput_per_s=0.0,
        window=Window(0.0, 0.0, 0, 0, 0.0, 0.0),
        k6_rate_per_s=0.0,
        requests=0,
        failed=0,
        interrupted=0,
        dropped=0,
        vus_reached=0,
        response_time_s=_no_times(),
        timeline=Timeline(*([()] * 10)),
        server=none,
        generator=none,
        database=None,
        other_cpu_cores=0.0,
        worker_answers=(),
        workers_replaced=0,
        listen_overflows=None,
        errors={},
        k6_exit=0,
        boot_s=boot_s,
        load_s=0.0,
        overhead_s=0.0,
        harness_cpu_cores=0.0,
        database_fatals=database_fatals,
        start_error=error,
    )


def start_of_load(requests: Requests) -> float:
    """When the first request was sent, seconds since the epoch; 0 if there was none."""
    return float(np.min(requests.ended_s - requests.duration_s)) if len(requests.ended_s) else 0.0


def response_times(requests: Requests) -> ResponseTimes:
    """Percentiles by linear interpolation over every request that had a connection, failed ones included."""
    return times_of(requests.duration_s[requests.connected], int(np.count_nonzero(requests.timed_out)))


def times_of(durations: Floats, timed_out: int) -> ResponseTimes:
    if not len(durations):
        return _no_times()
    cut = [float(q) for q in np.percentile(durations, range(101))]
    return ResponseTimes(
        samples=len(durations),
        timed_out=timed_out,
        min=cut[0], p50=cut[50], p90=cut[90], p95=cut[95], p99=cut[99], max=cut[100],
        mean=float(durations.mean()),
        quantiles=tuple(round(q, 4) for q in cut),
    )  # fmt: skip


def _no_times() -> ResponseTimes:
    """Of a run that nothing answered: `samples` 0 says that the times mean nothing."""
    return ResponseTimes(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, ())


def tree_use(samples: Sequence[Sample], inside: tuple[float, float], completions_per_s: float) -> TreeUse:
    """CPU from the samples that bracket the window, the rest at its highest over the whole run."""
    cores = _slope([s.at_s for s in samples], [s.cpu_s for s in samples], inside)
    return TreeUse(
        cpu_cores=cores,
        cpu_s_per_request=cores / completions_per_s if completions_per_s else 0.0,
        rss_bytes=max((s.rss_bytes for s in samples), default=0),
        threads=max((s.threads for s in samples), default=0),
        fds=max((s.fds for s in samples), default=0),
    )


def timeline(requests: Requests, origin_s: float, series: Series) -> Timeline:
    """Per second of the run: counts by the second a request ended in, samples by the nearest one."""
    if not len(requests.ended_s):
        return Timeline(*([()] * 10))
    ended = requests.ended_s - origin_s
    sent = ended - requests.duration_s
    seconds = np.arange(int(np.ceil(ended.max())) + 1)
    whole = ended.astype(int)
    expected = np.bincount(whole[requests.expected], minlength=len(seconds))
    failed = np.bincount(whole[~requests.expected], minlength=len(seconds))
    p95 = [
        float(np.percentile(chosen, 95))
        if len(chosen := requests.duration_s[(whole == s) & requests.connected])
        else None
        for s in seconds
    ]
    in_flight = np.searchsorted(np.sort(sent), seconds + 1.0) - np.searchsorted(np.sort(ended), seconds + 1.0)
    server = _per_second(series.trees.get("server", []), origin_s, len(seconds))
    generator = _per_second(series.trees.get("generator", []), origin_s, len(seconds))
    return Timeline(
        second=tuple(map(int, seconds)),
        expected_per_s=tuple(map(int, expected)),
        failed_per_s=tuple(map(int, failed)),
        p95_s=tuple(None if value is None else round(value, 4) for value in p95),
        in_flight=tuple(map(int, in_flight)),
        server_cpu_cores=tuple(cores for cores, _ in server),
        generator_cpu_cores=tuple(cores for cores, _ in generator),
        server_rss_bytes=tuple(s.rss_bytes if s else None for _, s in server),
        server_threads=tuple(s.threads if s else None for _, s in server),
        server_fds=tuple(s.fds if s else None for _, s in server),
    )


def _per_second(samples: Sequence[Sample], origin_s: float, seconds: int) -> list[tuple[float | None, Sample | None]]:
    rows: list[tuple[float | None, Sample | None]] = [(None, None)] * seconds
    for before, after in itertools.pairwise(samples):
        second = int(after.at_s - origin_s)
        if 0 <= second < seconds and after.at_s - origin_s >= 0 and after.at_s > before.at_s:
            rows[second] = (round((after.cpu_s - before.cpu_s) / (after.at_s - before.at_s), 3), after)
    return rows


def _slope(at: Sequence[float], total: Sequence[float], inside: tuple[float, float]) -> float:
    """Growth of a cumulative total a second, from the first to the last sample inside the window."""
    chosen = [(a, t) for a, t in zip(at, total, strict=True) if inside[0] - 0.5 <= a <= inside[1] + 0.5]
    if len(chosen) < 2 or chosen[-1][0] <= chosen[0][0]:
        return 0.0
    return (chosen[-1][1] - chosen[0][1]) / (chosen[-1][0] - chosen[0][0])
