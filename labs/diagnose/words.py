"""A diagnosis in sentences: what the terminal and the report file both say."""

from collections.abc import Iterator

from labs.diagnose import tls
from labs.diagnose.change import Change
from labs.diagnose.headroom import Headroom
from labs.diagnose.report import Document
from labs.engine.formatting import duration, rate

UNEVEN = 3.0  # p95 ÷ median of one user alone


def lines(document: Document) -> Iterator[str]:
    """The sentence first, then why, what to change, what comes next."""
    yield document.sentence
    for place, reason in enumerate(reasons(document)):
        yield f"  {'because ' if place == 0 else ''}{reason}"
    for remark in remarks(document):
        yield f"  {remark}"
    if document.change:
        yield from changed(document.change)
    if document.proof:
        yield f"proof: {document.proof.verdict}: {document.proof.says}"
    if document.headroom:
        yield from kept(document.headroom)
    if document.expected:
        yield f"expectation {document.expected.outcome}: {document.expected.says}"
    if document.lab:
        yield f"learn how this works: invoke lab{document.lab}"


def reasons(document: Document) -> list[str]:
    """Why, in numbers: what the sentence doesn't say already."""
    return [reason for reason in document.finding.because if reason not in document.sentence]


def remarks(document: Document) -> Iterator[str]:
    """What else a reader should know of the service, or of what couldn't be seen."""
    e = document.evidence
    if e.alone.p95_s > UNEVEN * e.alone.p50_s:
        yield (
            f"one user alone: half of the responses within {duration(e.alone.p50_s)}, 95% within "
            f"{duration(e.alone.p95_s)}, so not every request is alike"
        )
    if e.no_metrics and document.finding.answer != "places of an unknown kind":
        yield f"no server metrics: {e.no_metrics}"
    if tls.unchecked(document.service.url):
        yield tls.UNCHECKED


def changed(change: Change) -> Iterator[str]:
    if change.first:
        yield f"change: first {change.first}"
        yield "  it may bring more than all else, and nobody can say how much: do it, then diagnose again"
        yield f"  if you leave that as it is: {change.says}"
    else:
        yield f"change: {change.says}"
    if change.predicted_per_s:
        about = "" if change.clock_limited else _about(change)
        alone = " and nothing else changed" if change.first else ""
        yield f"  predicted with {change.counted}{alone}: {rate(change.predicted_per_s)}/s{about}"
    if change.then:
        yield f"  {change.then}"


def _about(change: Change) -> str:
    if change.decides == "CPU":
        return f" ({rate(change.low_per_s)} to {rate(change.high_per_s)}: CPU decides)"
    return f" at most, {rate(change.low_per_s)}/s if all of them wait for the event loop at the same time"


def kept(h: Headroom) -> Iterator[str]:
    """Whether the stated rate keeps its percentile."""
    asked = f"{rate(h.rate_per_s)}/s at random with a p95 of {duration(h.wanted_s)}"
    if h.unknown:
        yield f"headroom: {asked}: can't be calculated, what limits isn't among what was measured"
        yield f"  the most that this run reached is {rate(h.reached_per_s)}/s"
        return
    if h.keeps:
        yield f"headroom: {asked}: kept, the p95 is at most about {duration(h.p95_s)}"
        return
    why = "beyond a ceiling" if h.p95_s is None else f"the p95 would be about {duration(h.p95_s)}"
    yield f"headroom: {asked}: not kept, {why}"
    if h.machine_allows_per_s and h.rate_per_s > h.machine_allows_per_s:
        yield f"  this machine, which runs k6 as well, has CPU for {rate(h.machine_allows_per_s)}/s"
        return
    if h.workers:
        yield f"  {h.workers} workers keep it"
    if h.behind:
        yield f"  more places alone wouldn't: behind it, {h.behind} allows {rate(h.behind_per_s)}/s"
    if h.places:
        yield f"  {h.places:,} of the {h.of} per worker keep it"
    if not h.workers and not h.places and not h.behind:
        yield "  more workers or places wouldn't keep it: a request has to take less time"
