"""What only lab 11's page has: four services by what their workers report, to be named by the reader."""

from labs.engine.formatting import duration
from labs.engine.results.result import median_runs
from labs.lab11_what_to_watch.lab import BLOCKED, HEALTHY, LAB, NO_CONNECTIONS, NO_TOKENS
from labs.pages.captured import captured
from labs.pages.markdown import region, table

UNNAMED = {"A": NO_TOKENS, "B": HEALTHY, "C": NO_CONNECTIONS, "D": BLOCKED}  # in an order that gives nothing away
SAID = {
    HEALTHY: "is healthy: no line anywhere",
    NO_TOKENS: "has its tokens exhausted: calls wait for one, and the loop is on time",
    NO_CONNECTIONS: "has its pool exhausted: requests wait for a connection",
    BLOCKED: "has its loop blocked: the timer comes late, and both lines are empty",
}
COLUMNS = {
    "waiting for a token": "tokens_waiting",
    "waiting for a connection": "pool_waiting",
}


def name_the_fault() -> str:
    """Throughput, loop lag and both lines of each service, its busiest worker's in a typical second."""
    runs = median_runs(captured(LAB, "auto"))
    rows = []
    for letter, name in UNNAMED.items():
        told = runs[name].measurement.server_metrics
        if told is None:
            raise ValueError(f"{name} reported no server metrics")
        lines = [f"{told.typical(gauge):,.0f}" for gauge in COLUMNS.values()]
        rows.append((letter, f"{runs[name].throughput_per_s:.0f}", duration(told.typical("loop_lag_seconds")), *lines))
    return region(table(("service", "requests/s", "loop lag", *COLUMNS), rows))


def faults_named() -> str:
    said = "; ".join(f"{letter} {SAID[name]}" for letter, name in UNNAMED.items())
    return region(['??? question "Which is which?"', "", f"    {said}."])
