"""The picture of lab 13's mechanism: which requests a stall catches, as it gets longer, and what p99 says of it.

Computed from the lab's rules, not measured. A dot stands for each tenth request around the stall; the percentiles
are of all requests of the run.
"""

from labs.engine.formatting import duration
from labs.lab13_open_closed.lab import AFTER_S, MS, RATE_PER_S, STALL_S, USERS
from labs.pages import stepped

RUN_S = 25.0  # the ramp and the steady phase
SHOWN_FROM_S, SHOWN_S = AFTER_S - 0.5, 3.0
STEP_S = 0.2  # of the slider
EACH = 10  # a dot stands for so many requests
# in units of the drawing
LEFT, PER_S, PER_WAIT, TALL, RADIUS = 26.0, 104.0, 28.0, 92.0, 2.6
HEIGHT = 2 * TALL + 18


def takes_s(sent_s: float, stall_s: float) -> float:
    """How long a request takes that was sent then: one whose wait would end in the stall ends with the stall,
    one that comes while the service stands still begins its wait after it."""
    ends_s, wait_s = AFTER_S + stall_s, MS / 1000
    if AFTER_S <= sent_s < ends_s:
        return ends_s - sent_s + wait_s
    return max(wait_s, ends_s - sent_s) if AFTER_S - wait_s < sent_s < AFTER_S else wait_s


def due() -> list[float]:
    """When the open test sends, seconds since its begin."""
    return [place / RATE_PER_S for place in range(round(RUN_S * RATE_PER_S))]


def sent_in_closed(stall_s: float) -> list[float]:
    """The same without those that nobody is left to send: each user has one request in the stall."""
    caught = [one for one in due() if AFTER_S - MS / 1000 < one < AFTER_S + stall_s]
    missing = set(caught[USERS:])
    return [one for one in due() if one not in missing]


def percentile_s(percent: float, sent_s: list[float], stall_s: float) -> float:
    """What so many percent of the requests stay below."""
    slowest_first = sorted((takes_s(one, stall_s) for one in sent_s), reverse=True)
    return slowest_first[int(len(sent_s) * (1 - percent / 100))]


def arrivals_mechanism() -> stepped.Mechanism:
    states = [_state(place * STEP_S) for place in range(round(STALL_S / STEP_S) + 1)]
    said = (
        "Drawing of response times by when each request was sent. Closed: six requests wait for the stall to end, and "
        "the others were never sent. Open: each request sent during the stall waits for its end."
    )
    track = stepped.Track("one stall", states)
    return stepped.Mechanism(tracks=[track], height=HEIGHT, described=said, slider="length of the stall", pace_s=1.5)


def _state(stall_s: float) -> stepped.State:
    closed, every = sent_in_closed(stall_s), due()
    marks = {"sent": stepped.text(LEFT + PER_S * SHOWN_S, HEIGHT - 4, "when sent; bar: the stall", "end")}
    reports = []
    for name, sent, ground in (("closed", closed, TALL), ("open", every, 2 * TALL)):
        p99_s = percentile_s(99, sent, stall_s)
        reports.append(duration(p99_s))
        marks |= _chart(name, p99_s, stall_s, ground)
        known = set(sent)
        for place, one in enumerate(one for one in every[::EACH] if 0 <= one - SHOWN_FROM_S <= SHOWN_S):
            tone: stepped.Tone = "works" if one in known else "faint"
            x, y = LEFT + PER_S * (one - SHOWN_FROM_S), ground - PER_WAIT * takes_s(one, stall_s)
            marks[f"{name[0]}{place}"] = stepped.dot(x, y, RADIUS, tone)
    says = f"The service stands still for {stall_s:.1f} s. "
    says += f"p99 in the closed test: {reports[0]}, in the open one: {reports[1]}."
    return stepped.State(says, marks, f"{stall_s:.1f} s")


def _chart(name: str, p99_s: float, stall_s: float, ground: float) -> dict[str, stepped.Mark]:
    """Its ground, the stall on it, and the line of p99."""
    right, y = LEFT + PER_S * SHOWN_S, ground - PER_WAIT * p99_s
    says = "closed: gray was never sent" if name == "closed" else "open"
    return {
        name: stepped.text(LEFT, ground - TALL + 14, says),
        f"{name} 0": stepped.text(LEFT - 5, ground + 4, "0", "end"),
        f"{name} 2": stepped.text(LEFT - 5, ground - 2 * PER_WAIT + 4, "2 s", "end"),
        f"{name} ground": stepped.line(LEFT, ground, right, ground),
        f"{name} stall": stepped.bar(LEFT + PER_S * (AFTER_S - SHOWN_FROM_S), ground, PER_S * stall_s, 4, "fails"),
        f"{name} p99": stepped.bar(LEFT, y - 0.75, right - LEFT, 1.5, "waits"),
        f"{name} told": stepped.text(right, ground - TALL + 14, f"p99 {duration(p99_s)}", "end", "waits"),
    }


def arrivals() -> str:
    return stepped.view("lab13-arrivals", arrivals_mechanism())
