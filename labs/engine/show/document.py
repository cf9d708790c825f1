"""What `--json` prints: one document, of which this module is the schema."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from labs.engine.declare.service import Scale
from labs.engine.judgement.outcome import CheckOutcome, Outcome, PostAgreement, Verdict, interval
from labs.engine.results.measurement import GeneratorUse, Measurement, ResponseTimes, RestartTimes
from labs.engine.results.result import Result, Run, by_variant, median_run
from labs.engine.theory.prediction import Resource


class Times(BaseModel):
    """Response times in seconds, over `samples` requests; `timed_out` of them are censored at the timeout."""

    p50: float
    p90: float
    p95: float
    p99: float
    max: float
    samples: int
    timed_out: int


class Judged(BaseModel):
    """One check: `value` is the median over repeats, `interval` where the median of all repeats lies."""

    says: str
    passed: bool
    value: float
    interval: tuple[float, float]
    confidence: float
    low: float | None
    high: float | None


class ProbeEntry(BaseModel):
    """The second stream beside the load."""

    response_time_s: Times
    failed: int


class Gauge(BaseModel):
    """A server metric: the busiest worker's value in a typical second, and the highest of all."""

    typical: float
    highest: float


class VariantEntry(BaseModel):
    """One row: the repeat with the median throughput. None: not measured, or not known."""

    name: str
    path: str
    workers: int
    vus: int
    thread_tokens: int
    limited_by: list[Resource] = Field(description="one; two on a knee; none where it is not known")
    predicted_throughput_per_s: float | None
    throughput_per_s: float
    throughput_per_s_of_repeats: list[float]
    k6_rate_per_s: float
    response_time_s: Times
    probe: ProbeEntry | None
    server_metrics: dict[str, Gauge] | None
    requests: int
    failed_share: float
    interrupted: int
    dropped: int
    server_cpu_cores: float | None = Field(description="this and what else was watched of it: none where nobody did")
    server_cpu_s_per_request: float | None
    generator_cpu_cores: float | None
    generators: list[GeneratorUse] = Field(description="each of several k6 processes; of one, none")
    database_cpu_cores: float | None
    other_cpu_cores: float | None
    harness_cpu_cores: float
    server_rss_bytes: int | None
    server_threads: int | None
    server_fds: int | None
    worker_responses: list[int]
    listen_overflows: int | None
    database_fatals: int | None
    start_error: str | None
    restart: RestartTimes | None = Field(description="of a restart that was planned")
    boot_s: float
    load_s: float
    overhead_s: float


class Document(BaseModel):
    """One lab's run. `result` is everything that is stored of it, raw series included."""

    lab: int
    slug: str
    scale: Scale
    experiment: bool
    repeats: int
    stopped: str | None
    verdict: Outcome
    reasons: list[str]
    inconclusive_because: list[str] = Field(description="ids of the guards that tripped, see What each number means")
    checks: list[Judged]
    warnings: list[str]
    post: PostAgreement
    post_reason: str
    variants: list[VariantEntry]
    result: Result


def document(result: Result, verdict: Verdict) -> Document:
    return Document(
        lab=result.lab,
        slug=result.slug,
        scale=result.scale,
        experiment=result.experiment,
        repeats=result.repeats,
        stopped=result.stopped,
        verdict=verdict.outcome,
        reasons=list(verdict.reasons),
        inconclusive_because=[guard.id for guard in verdict.guards],
        checks=[_judged(check) for check in verdict.checks],
        warnings=list(verdict.warnings),
        post=verdict.post,
        post_reason=verdict.post_reason,
        variants=[_entry(runs) for runs in by_variant(result).values()],
        result=result,
    )


def _judged(check: CheckOutcome) -> Judged:
    low, high, confidence = interval(check.values)
    return Judged(
        says=check.says,
        passed=check.passed,
        value=check.value,
        interval=(low, high),
        confidence=confidence,
        low=check.low,
        high=check.high,
    )


def _times(times: ResponseTimes) -> Times:
    return Times(**{name: getattr(times, name) for name in Times.model_fields})


def _metrics(m: Measurement) -> dict[str, Gauge] | None:
    metrics = m.server_metrics
    if metrics is None:
        return None
    return {name: Gauge(typical=metrics.typical(name), highest=metrics.highest(name)) for name in metrics.gauges}


def _entry(runs: Sequence[Run]) -> VariantEntry:
    run = median_run(list(runs))
    m, variant = run.measurement, run.variant
    return VariantEntry(
        name=variant.name,
        path=variant.url_path,
        workers=variant.workers,
        vus=variant.load.vus,
        thread_tokens=variant.thread_tokens,
        limited_by=list(run.prediction.limited_by.resources),
        predicted_throughput_per_s=run.predicted_per_s,
        throughput_per_s=m.throughput_per_s,
        throughput_per_s_of_repeats=[one.throughput_per_s for one in runs],
        k6_rate_per_s=m.k6_rate_per_s,
        response_time_s=_times(m.response_time_s),
        probe=ProbeEntry(response_time_s=_times(m.probe), failed=m.probe_failed) if m.probe else None,
        server_metrics=_metrics(m),
        requests=m.requests,
        failed_share=m.failed_share,
        interrupted=m.interrupted,
        dropped=m.dropped,
        server_cpu_cores=m.server.cpu_cores if m.server.watched else None,
        server_cpu_s_per_request=m.server.cpu_s_per_request if m.server.watched else None,
        generator_cpu_cores=m.generator.cpu_cores if m.generator.watched else None,
        generators=list(m.generators),
        database_cpu_cores=m.database.cpu_cores if m.database else None,
        other_cpu_cores=m.other_cpu_cores if m.generator.watched else None,
        harness_cpu_cores=m.harness_cpu_cores,
        server_rss_bytes=m.server.rss_bytes if m.server.watched else None,
        server_threads=m.server.threads if m.server.watched else None,
        server_fds=m.server.fds if m.server.watched else None,
        worker_responses=list(m.worker_responses),
        listen_overflows=m.listen_overflows,
        database_fatals=m.database_fatals,
        start_error=m.start_error,
        restart=m.restart,
        boot_s=m.boot_s,
        load_s=m.load_s,
        overhead_s=m.overhead_s,
    )
