"""The picture of lab 27's mechanism, step by step: what becomes of requests around a restart. Computed, not measured.

Times are seconds from the signal. That uvicorn looks for a signal every tenth of a second is left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from labs.lab27_restarts.lab import MS, PAUSE_S, TIMEOUT_S
from labs.pages import stepped
from labs.pages.stepped import Mark, Tone

SERVICE_S = MS / 1000
START_S = 0.5  # until a new process is ready; about what it takes
EVERY_S = 0.4  # between two requests
FROM_S, TO_S = -2.0, 4.8  # what is shown
# in units of the drawing
LANES, LANE, THICK = 6, 13.0, 8.0
LEFT, UNIT = 58.0, (stepped.WIDTH - 58.0) / (TO_S - FROM_S)
SERVERS, REQUESTS = 8.0, 46.0  # where the rows of servers and of requests begin
HEIGHT = REQUESTS + LANES * LANE + 22

Fate = Literal["served", "cut off", "refused", "reset"]
TONES: dict[Fate, Tone] = {"served": "works", "cut off": "fails", "refused": "fails", "reset": "fails"}


@dataclass(frozen=True)
class Way:
    """One way to restart. `several`: a supervisor keeps the port while its workers stop."""

    timeout_s: float | None = None
    several: bool = False
    one_by_one: bool = False


@dataclass(frozen=True)
class Life:
    """One server process: it serves in [ready, signal), stops until `ended`, and was started at `born`."""

    born_s: float
    ready_s: float
    signal_s: float
    ended_s: float


@dataclass(frozen=True)
class Request:
    """One request, from its arrival to its end, and what became of it. `stranded`: no process ever took it."""

    arrives_s: float
    ends_s: float
    fate: Fate
    stranded: bool = False


def stop_s(way: Way) -> float:
    """How long a server works on after the signal, if a request has only just come then."""
    return SERVICE_S if way.timeout_s is None else min(SERVICE_S, way.timeout_s + PAUSE_S)


def lives(way: Way) -> list[tuple[str, list[Life]]]:
    """The processes, old and new, by the place that they take turns in."""
    stop, long_ago, never = stop_s(way), FROM_S - 1, TO_S + 1
    if not way.one_by_one:
        turns = [Life(long_ago, long_ago, 0.0, stop), Life(stop, stop + START_S, never, never)]
        names = ("worker 1", "worker 2") if way.several else ("server",)
        return [(name, turns) for name in names]
    rows, begins_s = [], 0.0
    for name in ("worker 1", "worker 2"):
        ready_s = begins_s + START_S
        old = Life(long_ago, long_ago, ready_s, ready_s + stop)
        rows.append((name, [old, Life(begins_s, ready_s, never, never)]))
        begins_s = old.ended_s
    return rows


def becomes(arrives_s: float, way: Way) -> Request:
    """What becomes of a request that arrives then."""
    stop, served_s = stop_s(way), arrives_s + SERVICE_S
    if way.one_by_one or arrives_s >= stop + START_S:
        return Request(arrives_s, served_s, "served")
    if arrives_s < 0:
        return Request(arrives_s, min(served_s, stop), "served" if served_s <= stop else "cut off")
    if way.several and arrives_s < stop:
        return Request(arrives_s, stop, "reset", stranded=True)
    return Request(arrives_s, arrives_s, "refused")


def requests(way: Way, every_s: float = EVERY_S) -> Iterator[Request]:
    """One after the other at a constant rate, none of them at the moment of the signal."""
    count = int((TO_S - FROM_S) / every_s)
    yield from (becomes(FROM_S + (place + 0.5) * every_s, way) for place in range(count))


# --- what is seen ------------------------------------------------------------------------------


def x(at_s: float) -> float:
    return LEFT + UNIT * (min(max(at_s, FROM_S), TO_S) - FROM_S)


def _span(start_s: float, end_s: float, at_s: float, y: float, thick: float, tone: Tone) -> Mark | None:
    """A bar from start to end as far as it has come by then; None if it hasn't begun."""
    left, right = x(start_s), x(min(end_s, at_s))
    return stepped.bar(left, y, right - left, thick, tone) if right > left else None


def _marks(way: Way, at_s: float) -> dict[str, Mark]:
    marks: dict[str, Mark | None] = {}
    rows = lives(way)
    for row, (name, turns) in enumerate(rows):
        top = SERVERS + row * 2 * THICK + (THICK if len(rows) == 1 else 0)
        marks[name] = stepped.text(0, top + THICK, name)
        for turn, life in enumerate(turns):
            y, each = top + turn * THICK / 2, THICK / 2 - 0.5
            marks[f"{name} {turn} starts"] = _span(life.born_s, life.ready_s, at_s, y, each, "idle")
            marks[f"{name} {turn} serves"] = _span(life.ready_s, life.signal_s, at_s, y, each, "works")
            marks[f"{name} {turn} stops"] = _span(life.signal_s, life.ended_s, at_s, y, each, "waits")
    marks["requests"] = stepped.text(0, REQUESTS + THICK + 1, "requests")
    for place, one in enumerate(requests(way)):
        y = REQUESTS + place % LANES * LANE
        over = one.ends_s <= at_s
        if one.fate == "refused":
            marks[f"r{place}"] = stepped.dot(x(one.arrives_s), y + THICK / 2, THICK / 2, "fails") if over else None
            continue
        tone: Tone = TONES[one.fate] if over else "waits" if one.stranded else "works"
        marks[f"r{place}"] = _span(one.arrives_s, one.ends_s, at_s, y, THICK, tone)
    bottom = REQUESTS + LANES * LANE
    marks["signal"] = stepped.line(x(0), SERVERS - 4, x(0), bottom, tone="ink")
    marks["signal says"] = stepped.text(x(0), bottom + 15, "signal", "middle")
    if at_s > 0:
        marks["now"] = stepped.bar(x(at_s) - 0.75, SERVERS - 4, 1.5, bottom - SERVERS + 4, "faint")
    return {name: mark for name, mark in marks.items() if mark}


def _track(name: str, way: Way, told: Sequence[tuple[float, str]]) -> stepped.Track:
    return stepped.Track(name, [stepped.State(says, _marks(way, at_s)) for at_s, says in told])


WAYS: dict[str, Way] = {
    "no timeout": Way(),
    f"timeout {TIMEOUT_S} s": Way(timeout_s=TIMEOUT_S),
    "2 workers": Way(several=True),
    "workers one by one": Way(one_by_one=True),
}
BEGINS = "Five requests are in flight. The service gets the signal to stop."


def restarts_mechanism() -> stepped.Mechanism:
    """Requests of 2 s around the signal, for each way to restart."""
    plain, timed, several, _ = WAYS.values()
    again_s = stop_s(plain) + START_S
    told = [
        [
            (0.0, BEGINS),
            (1.0, "It has closed the port. What it had goes on; what comes now is refused."),
            (stop_s(plain), "The last response is sent, and the process ends."),
            (again_s, "A new process has started. Until now everything was refused."),
            (TO_S, "The new process serves what comes. None that the old one had read was lost."),
        ],
        [
            (0.0, BEGINS),
            (1.0, "It has closed the port. What it had goes on; what comes now is refused."),
            (stop_s(timed), "The timeout is over. What isn't ready is cut off, and gets a response with status 500."),
            (stop_s(timed) + START_S, "A new process has started, sooner than without the timeout."),
            (TO_S, "The new process serves what comes."),
        ],
        [
            (0.0, BEGINS),
            (1.0, "Both workers have closed the port, but their supervisor keeps it open. What comes now waits."),
            (stop_s(several), "The last worker ends, then the supervisor. What waited is reset."),
            (again_s, "A new supervisor and its workers have started. Meanwhile requests were refused."),
            (TO_S, "The new workers serve what comes. What was reset had waited for nothing."),
        ],
        [
            (0.0, "Five requests are in flight. The supervisor gets the signal to replace its workers."),
            (START_S, "A new worker is ready. Only now the first old one is told to stop."),
            (1.5, "The old worker finishes what it has. The others serve what comes."),
            (START_S + SERVICE_S, "The first old worker has ended. The next new one starts."),
            (TO_S, "The second old worker finishes what it has. No request has failed."),
        ],
    ]  # fmt: skip
    tracks = [_track(name, way, says) for (name, way), says in zip(WAYS.items(), told, strict=True)]
    said = (
        "Computed timeline of requests around a restart. Those in flight at the signal are served to their end; "
        "those that come until the new process is ready are refused."
    )
    return stepped.Mechanism(tracks=tracks, height=HEIGHT, described=said)


def restarts() -> str:
    return stepped.view("lab27-restarts", restarts_mechanism())
