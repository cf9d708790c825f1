"""Draws requests that need a thread token and a connection, from state to state: who holds what, and waits for what."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labs.pages.stepped import WIDTH, Anchor, Mark, State, Tone, Track, arrow, box, dot, text
from labs.simulator.locks import Action, Moment, Seen, circle, moments

TOKEN, CONNECTION, ADMISSION = "token", "connection", "admission"
TOKENS, CONNECTIONS = 4, 3  # a small service: few enough that each can be followed
BOTH = TOKENS + CONNECTIONS
HEIGHT = 130.0
RADIUS, SEAT = 11, 36
LEFT, TOP, ACROSS = {TOKEN: 108.0, CONNECTION: 264.0}, 22.0, 2
LINE_X, LINE_Y, LINE_STEP = (18.0, 48.0), 36.0, 27.0
GAP = (186.0, 260.0)  # between the boxes: from x to x
THERE_Y, BACK_Y = 46.0, 78.0  # of the arrow that waits for a connection, and of the one that waits for a token


@dataclass(frozen=True, kw_only=True)
class Route:
    """What one request does."""

    name: str
    actions: Sequence[Action]
    admitted: int = BOTH


def take(lock: str) -> Action:
    return "take", lock


def give(lock: str) -> Action:
    return "give", lock


def work(ticks: int, does: str) -> Action:
    return "work", ticks, does


def admitted(actions: Sequence[Action]) -> tuple[Action, ...]:
    """The same, by so many requests at a time as it admits."""
    return take(ADMISSION), *actions, give(ADMISSION)


def track(route: Route, requests: int = BOTH) -> Track:
    """So many requests that come at once, until all are served or nobody goes on."""
    places = {TOKEN: TOKENS, CONNECTION: CONNECTIONS, ADMISSION: route.admitted}
    needs_token = take(TOKEN) in route.actions
    first = (Seen(waits_for=TOKEN if needs_token else CONNECTION),) * requests
    seats: dict[str, list[int | None]] = {TOKEN: [None] * TOKENS, CONNECTION: [None] * CONNECTIONS}
    states = [State(f"{requests} requests come at once.", _marks(first, seats, needs_token, False))]
    for moment in moments(places, route.actions, requests):
        closed = circle(moment)
        _sit(moment, seats)
        states.append(State(_says(moment, closed), _marks(moment, seats, needs_token, closed)))
    return Track(route.name, states)


def _sit(moment: Moment, seats: Mapping[str, list[int | None]]) -> None:
    """Who keeps a place stays in its seat; who has got one takes the first that is free."""
    for lock, taken in seats.items():
        wanted = [number for number, seen in enumerate(moment) for held in seen.holds if held == lock]
        for place, number in enumerate(taken):
            if number in wanted:
                wanted.remove(number)
            else:
                taken[place] = None
        for number in wanted:
            taken[taken.index(None)] = number


# --- what is seen ------------------------------------------------------------------------------


def _marks(moment: Moment, seats: Mapping[str, list[int | None]], needs_token: bool, closed: bool) -> dict[str, Mark]:
    marks = {"nothing": text(0, 13, "hold nothing")}
    for lock, taken in seats.items():
        if lock == TOKEN and not needs_token:
            continue
        left, rows = LEFT[lock], (len(taken) + 1) // ACROSS
        anchor: Anchor = "start" if lock == TOKEN else "end"  # with wide letters, too, both stay in the picture
        marks[f"{lock}s"] = text(left if lock == TOKEN else WIDTH - 2, 13, f"{len(taken)} {lock}s", anchor)
        marks[lock] = box(left, TOP, ACROSS * SEAT, rows * SEAT, "fails" if closed else "faint")
    marks |= _arrows(moment, needs_token, closed)
    line_place = 0
    for number, seen in enumerate(moment):
        if seen.done:
            continue
        tone: Tone = "ink" if not seen.holds else "waits" if seen.waits_for else "works"
        at = [_seat(lock, place) for lock, taken in seats.items() for place, one in enumerate(taken) if one == number]
        if not at:
            at = [(LINE_X[line_place % 2], LINE_Y + LINE_STEP * (line_place // 2))]
            line_place += 1
        for name, (x, y) in zip("rs", at, strict=False):
            marks[f"{name}{number + 1}"] = dot(x, y, RADIUS, tone, str(number + 1))
    if served := sum(seen.done for seen in moment):
        marks["served"] = text(LEFT[TOKEN], TOP + 2 * SEAT + 22, f"{served} served", tone="idle")
    return marks


def _seat(lock: str, place: int) -> tuple[float, float]:
    return LEFT[lock] + (place % ACROSS + 0.5) * SEAT, TOP + (place // ACROSS + 0.5) * SEAT


def _arrows(moment: Moment, needs_token: bool, closed: bool) -> dict[str, Mark]:
    """From what is held to what its holders wait for, with their number."""
    waiting = {lock: sum(bool(seen.holds) and seen.waits_for == lock for seen in moment) for lock in LEFT}
    start, end = GAP
    tone: Tone = "fails" if closed else "waits"
    middle = (start + end) / 2
    marks: dict[str, Mark] = {}
    if (count := waiting[CONNECTION]) and needs_token:
        marks["there"] = arrow(start, THERE_Y, end, THERE_Y, tone=tone)
        marks["there n"] = text(middle, THERE_Y - 7, _wait(count), "middle")
    elif count:  # for another connection
        marks["there"] = arrow(end, BACK_Y, middle, BACK_Y, middle, THERE_Y, end, THERE_Y, tone=tone)
        marks["there n"] = text(middle - 6, (THERE_Y + BACK_Y) / 2 + 4, _wait(count), "end")
    if count := waiting[TOKEN]:
        marks["back"] = arrow(end, BACK_Y, start, BACK_Y, tone=tone)
        marks["back n"] = text(middle, BACK_Y + 17, _wait(count), "middle")
    return marks


def _wait(count: int) -> str:
    return f"{count} wait" if count > 1 else "1 waits"


# --- what is said ------------------------------------------------------------------------------

WAITING: Mapping[tuple[bool, bool, str | None], str] = {  # holds a token, a connection, waits for
    (False, True, TOKEN): "holds a connection and waits for a token",
    (True, False, CONNECTION): "holds a token and waits for a connection",
    (False, True, CONNECTION): "holds a connection and waits for another",
}


def _says(moment: Moment, closed: bool) -> str:
    groups: dict[str, list[int]] = {}
    for number, seen in enumerate(moment, start=1):
        if not seen.done:
            held = (TOKEN in seen.holds, CONNECTION in seen.holds, seen.waits_for)
            groups.setdefault(seen.does or WAITING.get(held, "queues"), []).append(number)
    said = [f"{_named(members)} {does if len(members) == 1 else _plural(does)}." for does, members in groups.items()]
    if closed:
        said.append("The circle is closed: nobody goes on until the pool's timeout lets requests fail.")
    if all(seen.done for seen in moment):
        said.append(f"All {len(moment)} requests are served.")
    return " ".join(said)


def _plural(does: str) -> str:
    """Of "holds its token and waits": the verbs stand first and after "and"."""
    return re.sub(r"(^|\band )(\w+)s\b", r"\1\2", does).replace(" its ", " their ")


def _named(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"Request {numbers[0]}"
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"Requests {numbers[0]} to {numbers[-1]}"
    return f"Requests {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
