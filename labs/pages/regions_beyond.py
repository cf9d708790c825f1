"""The generated tables that only some pages of the labs beyond the post, 8 to 19, have."""

from dataclasses import replace
from statistics import median

from labs.pages.regions import captured, panel_lines
from labs.runner import queueing, words
from labs.runner.guards import doubts
from labs.runner.model import Run, Scale
from labs.runner.verdict import by_variant, median_run


def bystanders(number: int) -> str:
    """What the second stream of every variant felt, in its median repeat."""
    _, result = captured(number, "auto")
    lines = [
        "",
        "| variant | bystander's requests | failed | fastest | p50 | p90 | p99 | slowest |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, runs in by_variant(result).items():
        m = median_run(runs).measurement
        if m.bystander is None:
            continue
        times = (m.bystander.min, m.bystander.p50, m.bystander.p90, m.bystander.p99, m.bystander.max)
        cells = " | ".join(words.duration(time) for time in times)
        lines.append(f"| {name} | {m.bystander.samples:,} | {m.bystander_failed:,} | {cells} |")
    return "\n".join([*lines, "", ""])


def queued_jobs(number: int) -> str:
    """Of every variant with a task queue: jobs accepted, waiting at the end, and so begun a second."""
    _, result = captured(number, "auto")
    lines = [
        "",
        "| variant | repeat | accepted | waiting at the end | begun | begun a second | the worker's CPU, cores |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for run in result.runs:
        m, load = run.measurement, run.variant.load
        if m.jobs_waiting is None or m.companion is None:
            continue
        accepted = m.requests - m.failed
        begun = accepted - m.jobs_waiting
        lines.append(
            f"| {run.variant.name} | {run.repeat + 1} | {accepted:,} | {m.jobs_waiting:,} | {begun:,} "
            f"| {words.rate(begun / (load.ramp_s + load.hold_s))} | {m.companion.cpu_cores:.2f} |"
        )
    return "\n".join([*lines, "", ""])


def sweep_of_workers(number: int, scale: Scale = "post") -> str:
    """What every worker brought and what it took: variants named "kind, title", the first of a kind its base."""
    _, result = captured(number, scale)
    lines = [
        "",
        "| endpoint | W | throughput/s | times its first row | by theory | server memory | a worker |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    bases: dict[str, Run] = {}
    for name, runs in by_variant(result).items():
        run, kind = median_run(runs), name.split(",")[0]
        base = bases.setdefault(kind, run)
        workers, measured = run.variant.workers, run.measurement.throughput_per_s
        first = base.measurement.throughput_per_s
        # a calibrating first row has no prediction: the later ones were predicted from its measurement
        foretold = (run.prediction.throughput_per_s or first) / (base.prediction.throughput_per_s or first)
        memory = run.measurement.server.rss_bytes
        lines.append(
            f"| {kind} | {workers} | {words.rate(measured)} | {measured / first:.2f} | {foretold:.2f} "
            f"| {words.size(memory)} | {words.size(memory / workers)} |"
        )
    return "\n".join([*lines, "", ""])


def cpu_per_request(number: int, base: str, scale: Scale = "post") -> str:
    """What a request costs the server in every variant, the median of its repeats, against one of them."""
    _, result = captured(number, scale)
    costs = {
        name: [run.measurement.server.cpu_s_per_request for run in runs] for name, runs in by_variant(result).items()
    }
    floor = median(costs[base])
    lines = [
        "",
        f"| variant | CPU a request, c | range | beyond “{base}” | 1/c | throughput/s | cores used by the server |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, runs in by_variant(result).items():
        cost, m = median(costs[name]), median_run(runs).measurement
        extra = f"{(cost - floor) * 1e6:+,.0f}".replace("-", "−")
        lines.append(
            f"| {name} | {cost * 1e6:,.0f} µs | {min(costs[name]) * 1e6:,.0f} to {max(costs[name]) * 1e6:,.0f} µs "
            f"| {extra} µs | {words.rate(1 / cost)} | {words.rate(m.throughput_per_s)} | {m.server.cpu_cores:.2f} |"
        )
    return "\n".join([*lines, "", ""])


def answer_bursts(number: int, scale: Scale = "auto") -> str:
    """How evenly the answers came: fastest, median, and the seconds of the load with most and with none."""
    _, result = captured(number, scale)
    lines = ["", "| variant | fastest | p50 | busiest second | seconds without an answer |", "|---|--:|--:|--:|--:|"]
    for name, runs in by_variant(result).items():
        run = median_run(runs)
        m, load = run.measurement, run.variant.load
        during = m.timeline.expected_per_s[: int(load.ramp_s + load.hold_s)]
        times = m.expected_time_s or m.response_time_s
        lines.append(
            f"| {name} | {words.duration(times.min)} | {words.duration(times.p50)} | {max(during, default=0):,} "
            f"| {sum(count == 0 for count in during)} of {len(during)} |"
        )
    return "\n".join([*lines, "", ""])


def arrivals_served(number: int, scale: Scale = "auto") -> str:
    """What became of the arrivals of an open model: answered how fast, refused how many."""
    _, result = captured(number, scale)
    lines = [
        "",
        "| variant | arrived | answered | refused | p50 of the answers | p95 | p99 |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, runs in by_variant(result).items():
        m = median_run(runs).measurement
        times = m.expected_time_s or m.response_time_s
        lines.append(
            f"| {name} | {m.requests:,} | {m.requests - m.failed:,} "
            f"| {words.share(m.failed_share)} | {words.duration(times.p50)} | {words.duration(times.p95)} "
            f"| {words.duration(times.p99)} |"
        )
    return "\n".join([*lines, "", ""])


def connections_held(number: int, scale: Scale = "auto") -> str:
    """The connections each worker held, and what theory makes of them; `def` variants with several workers only."""
    _, result = captured(number, scale)
    lines = [
        "",
        "| variant | repeat | connections of each worker | Σ min(nᵢ, T) / S | throughput/s "
        "| N / X | largest nᵢ·S / T | p99 |",
        "|---|--:|---|--:|--:|--:|--:|--:|",
    ]
    for run in result.runs:
        v, m = run.variant, run.measurement
        held = sorted(m.worker_connections)
        if v.workers < 2:
            continue
        allowed = queueing.thread_tokens_spread(held, v.thread_tokens, v.token_time_s)
        slowest_s = max(v.token_time_s, max(held) * v.token_time_s / v.thread_tokens)
        lines.append(
            f"| {v.name} | {run.repeat + 1} | {', '.join(map(str, held))} | {words.rate(allowed)} "
            f"| {words.rate(m.throughput_per_s)} | {words.duration(v.load.vus / m.throughput_per_s)} "
            f"| {words.duration(slowest_s)} | {words.duration(m.response_time_s.p99)} |"
        )
    return "\n".join([*lines, "", ""])


def users_let_in(number: int, scale: Scale = "auto") -> str:
    """How many users had a request in flight after some seconds; variants with one worker only."""
    _, result = captured(number, scale)
    moments = (1, 2, 4, 8)
    lines = [
        "",
        "| variant | repeat | listen overflows | " + " | ".join(f"in flight after {s} s" for s in moments) + " | p99 |",
        "|---|--:|--:|" + "--:|" * (len(moments) + 1),
    ]
    for run in result.runs:
        m = run.measurement
        if run.variant.workers > 1:
            continue
        flying = " | ".join(f"{m.timeline.in_flight[s - 1]:,}" for s in moments)
        lines.append(
            f"| {run.variant.name} | {run.repeat + 1} | {m.listen_overflows} | {flying} "
            f"| {words.duration(m.response_time_s.p99)} |"
        )
    return "\n".join([*lines, "", ""])


def tails(number: int, scale: Scale = "post") -> str:
    """Requests and the high percentiles of every variant (its median repeat)."""
    _, result = captured(number, scale)
    lines = ["", "| variant | requests | p50 | p90 | p95 | p99 | max |", "|---|--:|--:|--:|--:|--:|--:|"]
    for name, runs in by_variant(result).items():
        m = median_run(runs).measurement
        times = m.response_time_s
        shown = [words.duration(value) for value in (times.p50, times.p90, times.p95, times.p99, times.max)]
        lines.append(f"| {name} | {m.requests:,} | {' | '.join(shown)} |")
    return "\n".join([*lines, "", ""])


def who_is_busy(number: int, scale: Scale = "post") -> str:
    """CPU of k6 and of the server beside the response time that k6 reports (the median repeat)."""
    _, result = captured(number, scale)
    lines = [
        "",
        "| variant | throughput/s | k6's CPU, cores | of which it may use | server's CPU, cores | workers | p50 |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, runs in by_variant(result).items():
        run = median_run(runs)
        m, variant = run.measurement, run.variant
        lines.append(
            f"| {name} | {words.rate(m.throughput_per_s)} | {m.generator.cpu_cores:.2f} "
            f"| {variant.generator_cores or result.provenance.cores:g} | {m.server.cpu_cores:.2f} "
            f"| {variant.workers} | {words.duration(m.response_time_s.p50)} |"
        )
    return "\n".join([*lines, "", ""])


def generator_guard(number: int, scale: Scale = "post") -> str:
    """What the guards say of the runs whose generator was held to one core, had the lab not asked for that."""
    lab, result = captured(number, scale)
    held = [
        replace(run, variant=replace(run.variant, generator_cores=None))
        for run in result.runs
        if run.variant.generator_cores == 1 and run.repeat == 0
    ]
    found = doubts(lab, replace(result, runs=tuple(held)))
    said = [sentence for sentence in (*found.measurement, *found.noise) if "load generator" in sentence]
    return "\n".join(["", "```text", *(said or ["nothing: the generator was not saturated"]), "```", "", ""])


def panel(number: int, scale: Scale = "auto") -> str:
    """What the workers' own gauges said, in the open."""
    return "\n".join(["", *panel_lines(number, scale, captured(number, scale)[1]), "", ""])
