"""The generated tables that only some pages of the post's labs, 0 to 7, have."""

from labs.pages.regions import captured
from labs.runner import words
from labs.runner.model import Scale
from labs.runner.noise import floor as floor_of
from labs.runner.verdict import by_variant, median_run

# k6's error codes (its documentation, "Error codes")
FAILURE_CAUSES = {
    "1050": "no answer within the timeout (1050)",
    "1211": "no connection within 30 s (1211)",
    "1212": "connection refused (1212)",
    "1220": "connection reset (1220)",
}


def noise(number: int) -> str:
    """The noise floor that a capture of lab 0 gives."""
    _, result = captured(number, "auto")
    floor = floor_of(result)
    said = words.noise(floor.clock_bound, floor.cpu_bound)
    return f"\nThe noise floor of the reference machine: {said}.\n\n"


def database_limit(number: int) -> str:
    """What pgbench reached with the service's own query, beside the fastest variant."""
    _, result = captured(number, "post")
    fastest = max(run.measurement.throughput_per_s for run in result.runs)
    limits = words.spread(result.database_limit_per_s)
    return (
        f"\nThe database alone, asked by `pgbench` with the same query (without a wait) over as many connections as "
        f"the first row's pools hold, reached {limits} selects/s. The fastest variant above reached "
        f"{words.rate(fastest)}/s.\n\n"
    )


def fatals(number: int) -> str:
    """FATAL lines and start-up errors of every variant."""
    _, result = captured(number, "post")
    lines = [
        "",
        "| variant | W·P | started | failed requests | FATAL lines in PostgreSQL's log |",
        "|---|--:|---|--:|--:|",
    ]
    for name, runs in by_variant(result).items():
        counts = [run.measurement.database_fatals or 0 for run in runs]
        variant, started = runs[0].variant, not any(run.measurement.start_error for run in runs)
        lines.append(
            f"| {name} | {variant.workers * variant.pool_size} | {'yes' if started else 'no'} "
            f"| {sum(run.measurement.failed for run in runs):,} | {', '.join(f'{count:,}' for count in counts)} |"
        )
    return "\n".join([*lines, "", ""])


def workers(number: int, scale: Scale = "post") -> str:
    """How the answers spread over the workers, by the workers' own count, and the fastest answer."""
    _, result = captured(number, scale)
    lines = [
        "",
        "| variant | repeat | throughput/s | fastest answer | workers that answered | fewest answers | most answers |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for run in result.runs:
        m = run.measurement
        active = sum(count > 0 for count in m.worker_answers)
        lines.append(
            f"| {run.variant.name} | {run.repeat + 1} | {words.rate(m.throughput_per_s)} "
            f"| {words.duration(m.response_time_s.min)} | {active} of {run.variant.workers} "
            f"| {min(m.worker_answers, default=0):,} | {max(m.worker_answers, default=0):,} |"
        )
    return "\n".join([*lines, "", ""])


def failures(number: int, scale: Scale = "post") -> str:
    """What became of the requests of every variant (its median repeat), failures by their cause."""
    _, result = captured(number, scale)
    chosen = {name: median_run(runs).measurement for name, runs in by_variant(result).items()}
    codes = sorted({code for measured in chosen.values() for code in measured.errors})
    headings = [
        "answered",
        *(FAILURE_CAUSES.get(code, f"k6's error {code}") for code in codes),
        "interrupted, not counted",
    ]
    lines = ["", "| variant | " + " | ".join(headings) + " |", "|---|" + "--:|" * len(headings)]
    for name, measured in chosen.items():
        counts = [measured.requests - measured.failed, *(measured.errors.get(code, 0) for code in codes)]
        cells = [f"{count:,}" for count in (*counts, measured.interrupted)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", ""])
