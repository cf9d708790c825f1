"""Pure: whether the one ratio that a lab names is the same in the post and here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from labs.engine.declare.lab import Lab
from labs.engine.declare.published import PostRow
from labs.engine.declare.quantities import Seen
from labs.engine.declare.service import Machine, Variant
from labs.engine.judgement.outcome import PostAgreement
from labs.engine.results.measurement import Measurement, ResponseTimes
from labs.engine.results.result import Result, Run
from labs.engine.theory import prediction, queueing

GRACEFUL_STOP_S = 30.0  # k6's own, which the post left as it is


@dataclass(frozen=True)
class PublishedRun:
    """A row of the post as checks read it: it was not measured here."""

    throughput_per_s: float
    predicted_per_s: float | None
    measurement: Measurement | None = None
    times: ResponseTimes | None = None
    variant: Variant | None = None


def post_steady(row: PostRow) -> float:
    """The post's throughput over its steady phase, undone from its totals; of a failing row, responses by time."""
    if row.failed:
        # every response fell between the first one and the end of the graceful stop
        return (row.requests - row.failed) / (row.ramp_s + row.steady_s + GRACEFUL_STOP_S)
    if row.cpu_limited:
        return queueing.cpu_limited_from_summary(row.requests, row.vus, row.ramp_s, row.steady_s)
    return queueing.steady_from_summary(row.requests, row.vus, row.ramp_s, row.steady_s, row.service_time_s)


def by_the_same_formula(row: PostRow, run: Run) -> float | None:
    """Our run's throughput from its totals, as the post's is known; None where too much failed for that."""
    m, load = run.measurement, run.variant.load
    if m.failed or m.interrupted:
        return None
    ours = replace(row, requests=m.requests, failed=0, vus=load.vus, ramp_s=load.ramp_s, steady_s=load.steady_s)
    return post_steady(ours)


def published(row: PostRow, variant: Variant) -> PublishedRun:
    return PublishedRun(post_steady(row), prediction.predict(variant, cores=1.0).throughput_per_s)


def compare_with_post(lab: Lab, result: Result, repeats: Sequence[Seen]) -> tuple[PostAgreement, str]:
    """The agreement, and both values in words."""
    if lab.post is None:
        return "not comparable", "it has no such result"
    variants = lab.rows("post", Machine(result.provenance.cores))
    theirs_seen = {v.name: published(v.repeats, v) for v in variants if v.repeats is not None}
    needed = lab.post.quantity.reads
    usable = [seen for seen in repeats if all(name in seen for name in needed)]
    if result.scale == "smoke" or not usable or not all(name in theirs_seen for name in needed):
        return "not comparable", "this run lacks the variants that the post measured"
    try:
        theirs = lab.post.quantity.of(theirs_seen)
        ours = median(lab.post.quantity.of(seen) for seen in usable)
    except ZeroDivisionError:
        return "not comparable", "nothing completed"
    except ValueError as error:
        return "not comparable", str(error)
    agrees = abs(ours - theirs) <= lab.post.tolerance * abs(theirs)
    return ("agrees" if agrees else "differs"), f"{lab.post.says}: the post {theirs:.3f}, here {ours:.3f}"
