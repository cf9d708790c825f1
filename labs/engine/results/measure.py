"""Pure but for reading k6's files: one raw run in, one Measurement out. What the numbers mean: docs/numbers.md."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labs.engine.declare.service import Variant
from labs.engine.harness import load
from labs.engine.harness.gauges import Reading
from labs.engine.harness.sampler import Sample, Series, generator_trees
from labs.engine.harness.trial import NotStarted, RawRun
from labs.engine.results.generators import together
from labs.engine.results.measurement import (
    GeneratorUse,
    Measurement,
    RestartTimes,
    ServerMetrics,
    TreeUse,
    Window,
)
from labs.engine.results.records import PROBE, Requests, ended_within, merged, read_requests, read_summary, since
from labs.engine.results.timeline import NOTHING, timeline
from labs.engine.results.times import no_times, response_times, start_of_load, times_of
from labs.engine.results.window import steady_window, within


def measure(variant: Variant, wave_s: float, raw: RawRun | NotStarted) -> Measurement:
    """Throughput, response times, timeline and resource use of one run.

    `wave_s` is how long a request holds the limiting resource, 0 if that is the CPU.
    Raises UsageError if k6 left no summary.
    """
    return _did_not_start(raw) if isinstance(raw, NotStarted) else _measured(variant, wave_s, raw)


def _measured(variant: Variant, wave_s: float, raw: RawRun) -> Measurement:
    generated, series = raw.generated, raw.series
    summary = read_summary(generated)
    records = [folder / load.REQUESTS for folder in generated.folders]
    parts = [read_requests(path) for path in records]
    requests = merged(parts)
    origin_s = start_of_load(requests)
    probe = _probe(variant, records, origin_s)
    completed_s = requests.ended_s[requests.expected] - origin_s
    in_waves_s = wave_s if variant.load.pauses == "constant" else 0.0  # users who pause at random don't come in waves
    window = steady_window(completed_s, variant.load, variant.service_time_s, in_waves_s)
    inside = (origin_s + window.start_s, origin_s + window.start_s + window.length_s)
    completions_per_s = int(np.count_nonzero(within(requests.ended_s, *inside))) / window.length_s
    names = generator_trees(len(parts))
    each = [tree_use(series.trees[name], inside, completions_per_s) for name in names]
    series = _with_one_generator(series, names)
    use = {name: tree_use(samples, inside, completions_per_s) for name, samples in series.trees.items()}
    harness_cores = generated.harness_cpu_s / generated.elapsed_s
    busy_cores = _slope([at for at, _ in series.machine], [busy for _, busy in series.machine], inside)
    return Measurement(
        throughput_per_s=window.completions / window.length_s,
        window=window,
        k6_rate_per_s=summary.rate_per_s,
        requests=len(requests.ended_s),
        failed=int(np.count_nonzero(~requests.expected)),
        interrupted=summary.interrupted,
        dropped=summary.dropped,
        vus_reached=summary.vus_reached,
        response_time_s=response_times(requests),
        timeline=timeline(requests, origin_s, series),
        server=use["server"],
        generator=use["generator"],
        database=use.get("database"),
        other_cpu_cores=max(0.0, busy_cores - sum(tree.cpu_cores for tree in use.values()) - harness_cores),
        worker_responses=raw.worker_responses,
        workers_replaced=raw.workers_replaced,
        listen_overflows=raw.listen_overflows,
        errors=requests.errors,
        k6_exit=generated.exit,
        boot_s=raw.boot_s,
        load_s=generated.elapsed_s,
        overhead_s=raw.overhead_s,
        harness_cpu_cores=harness_cores,
        database_fatals=raw.database_fatals,
        start_error=None,
        clock_jump_s=generated.clock_jump_s,
        probe=None if probe is None else response_times(probe),
        probe_failed=0 if probe is None else int(np.count_nonzero(~probe.expected)),
        sidecar=use.get("sidecar"),
        jobs_waiting=raw.jobs_waiting,
        expected_time_s=times_of(requests.duration_s[requests.expected], timed_out=0),
        worker_connections=raw.worker_connections,
        server_metrics=metrics_inside(raw.readings, inside),
        window_time_s=response_times(ended_within(requests, *inside)),
        generators=_generators(each, parts, origin_s) if len(parts) > 1 else (),
        restart=_restart(raw, origin_s),
    )


def _restart(raw: RawRun, origin_s: float) -> RestartTimes | None:
    """The planned restart, where there was one, by the load's own clock."""
    noted = raw.restarted
    if noted is None or noted.signal_s is None:
        return None
    after_s = [None if at_s is None else at_s - noted.signal_s for at_s in (noted.stopped_s, noted.ready_s)]
    return RestartTimes(noted.signal_s - origin_s, *after_s)


def _with_one_generator(series: Series, names: Sequence[str]) -> Series:
    """The samples with the generators' trees as one, which is how all but their guards look at them."""
    if len(names) == 1:
        return series
    others = {name: samples for name, samples in series.trees.items() if name not in names}
    return Series({**others, "generator": together({name: series.trees[name] for name in names})}, series.machine)


def _generators(each: Sequence[TreeUse], parts: Sequence[Requests], origin_s: float) -> tuple[GeneratorUse, ...]:
    return tuple(
        GeneratorUse(
            use.cpu_cores if use.watched else None,
            start_of_load(sent) - origin_s if len(sent.ended_s) else None,
            len(sent.ended_s),
        )
        for use, sent in zip(each, parts, strict=True)
    )


def _probe(variant: Variant, records: Sequence[Path], origin_s: float) -> Requests | None:
    """What the probe sent during the load, its head start left out; None where there's no probe."""
    if not variant.probe:
        return None  # the records are long: nobody reads them a second time for nothing
    sent = merged([read_requests(path, PROBE) for path in records])
    return since(sent, origin_s) if variant.probe.head_start_s else sent


def _did_not_start(raw: NotStarted) -> Measurement:
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
        response_time_s=no_times(),
        timeline=NOTHING,
        server=none,
        generator=none,
        database=None,
        other_cpu_cores=0.0,
        worker_responses=(),
        workers_replaced=0,
        listen_overflows=None,
        errors={},
        k6_exit=0,
        boot_s=raw.boot_s,
        load_s=0.0,
        overhead_s=0.0,
        harness_cpu_cores=0.0,
        database_fatals=raw.database_fatals,
        start_error=raw.error,
        clock_jump_s=0.0,
        probe=None,
        probe_failed=0,
        sidecar=None,
        jobs_waiting=None,
        expected_time_s=None,
        worker_connections=(),
        server_metrics=None,
        window_time_s=None,
    )


def metrics_inside(readings: Sequence[Reading], window: tuple[float, float]) -> ServerMetrics | None:
    """The gauges read inside a window (seconds since the epoch), a row per second; None if there are none.

    A gauge that some worker did not report is absent. A reading that lacks what its worker reports at other times is
    left out: the worker was starting or ending.
    """
    known: dict[int, set[str]] = {}
    for reading in readings:
        known.setdefault(reading.worker, set()).update(reading.gauges)
    readings = [reading for reading in readings if reading.gauges.keys() == known[reading.worker]]
    rows: dict[float, list[dict[str, float]]] = {}
    for reading in readings:
        if window[0] <= reading.at_s < window[1]:
            rows.setdefault(reading.at_s, []).append(reading.gauges)
    if not rows:
        return None
    names = [name for name in readings[-1].gauges if all(name in one for row in rows.values() for one in row)]
    return ServerMetrics({name: tuple(tuple(one[name] for one in row) for row in rows.values()) for name in names})


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


def _slope(at: Sequence[float], total: Sequence[float], inside: tuple[float, float]) -> float:
    """Growth of a cumulative total a second, from the first to the last sample inside the window."""
    chosen = [(a, t) for a, t in zip(at, total, strict=True) if inside[0] - 0.5 <= a <= inside[1] + 0.5]
    if len(chosen) < 2 or chosen[-1][0] <= chosen[0][0]:
        return 0.0
    return (chosen[-1][1] - chosen[0][1]) / (chosen[-1][0] - chosen[0][0])
