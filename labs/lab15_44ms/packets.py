"""The picture of lab 15's mechanism, packet by packet: a response with and without TCP_NODELAY. Not to scale."""

from collections.abc import Sequence

from labs.pages import stepped
from labs.pages.messages import Message, Sides

# in a unit of the drawing: when each packet leaves, and how long it travels
REQUEST_AT, HEADERS_AT, BODY_AT, TIMER_AT, TRIP = 1.0, 4.0, 5.5, 30.0, 2.0
LATE_AT = TIMER_AT + TRIP
HEIGHT = 104.0
SIDES = Sides(above=24.0, below=78.0, left=44.0, right=336.0, unit=7.6, way=TRIP)

Event = tuple[float, str, Message | None]  # when, the sentence, and the packet that leaves then

ASKED: tuple[Event, ...] = (
    (REQUEST_AT, "The client sends a request.", Message("request", REQUEST_AT, "above")),
    (
        HEADERS_AT,
        "The server writes status and headers, and its kernel sends them.",
        Message("", HEADERS_AT, "below", "works"),
    ),
)
WITHOUT: tuple[Event, ...] = (
    *ASKED,
    (BODY_AT, "The server writes the body. Its kernel holds it back: the headers aren't acknowledged yet.", None),
    (
        HEADERS_AT + TRIP,
        "The client's kernel has the headers. It delays the acknowledgement, in the hope of data to send it with.",
        None,
    ),
    (
        TIMER_AT,
        "After 40 ms the client's timer ends, and the acknowledgement leaves.",
        Message("ack", TIMER_AT, "above", "waits"),
    ),
    (
        LATE_AT,
        "The server's kernel has the acknowledgement, and sends the body.",
        Message("body", LATE_AT, "below", "works"),
    ),
    (LATE_AT + TRIP, "The response is complete, 40 ms late.", None),
)
WITH: tuple[Event, ...] = (
    *ASKED,
    (
        BODY_AT,
        "The server writes the body, and its kernel sends it at once.",
        Message("headers, body", BODY_AT, "below", "works"),
    ),
    (BODY_AT + TRIP, "The response is complete, and nobody has waited for a timer.", None),
)


def packets_mechanism() -> stepped.Mechanism:
    """One request and its response between client and server, without and with the option."""
    tracks = (_track("without TCP_NODELAY", WITHOUT, waits=True), _track("with TCP_NODELAY", WITH, waits=False))
    said = (
        "Drawing of packets between client and server. With TCP_NODELAY, headers and body follow each other. Without "
        "it, the body waits for the acknowledgement of the headers, which the client's timer delays by 40 ms."
    )
    return stepped.Mechanism(tracks=tracks, height=HEIGHT, described=said, stills=((0, -1), (1, -1)))


def _track(name: str, events: Sequence[Event], waits: bool) -> stepped.Track:
    messages = [message for _, _, message in events if message]
    states = [
        stepped.State(says, SIDES.lines(at) | _sides(at, waits) | SIDES.drawn(messages, at)) for at, says, _ in events
    ]
    return stepped.Track(name, states)


def _sides(at: float, waits: bool) -> dict[str, stepped.Mark]:
    """Their names, and how long each of them has been waiting."""
    marks = {
        "client": stepped.text(0, SIDES.above + 4, "client"),
        "server": stepped.text(0, SIDES.below + 4, "server"),
    }
    middle = SIDES.x((HEADERS_AT + TRIP + TIMER_AT) / 2)
    if waits and at > HEADERS_AT + TRIP:
        marks["timer"] = _waited(SIDES.above, HEADERS_AT + TRIP, min(at, TIMER_AT))
        marks["timer says"] = stepped.text(middle, SIDES.above - 9, "a timer: 40 ms", "middle")
    if waits and at > BODY_AT:
        marks["held"] = _waited(SIDES.below, BODY_AT, min(at, LATE_AT))
    if waits and at >= TIMER_AT:
        marks["held says"] = stepped.text(middle, SIDES.below + 18, "the body waits for the ack", "middle")
    return marks


def _waited(y: float, since: float, until: float) -> stepped.Mark:
    return stepped.bar(SIDES.x(since), y - 2, SIDES.x(until) - SIDES.x(since), 4, "fails")


def packets() -> str:
    return stepped.view("lab15-packets", packets_mechanism())
