"""The picture of lab 26's mechanism, step by step: a response, a pause, a request, and the close that may cross it.

Times are to scale, in seconds from the moment at which the response leaves the service.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from labs.lab26_keep_alive.lab import FAR_S, KEEP_ALIVE_S, LONG_S
from labs.pages import stepped
from labs.pages.messages import Message, Sides
from labs.pages.stepped import Mark

WAY_S = FAR_S / 2  # of a message, from one side to the other
SHOWN_S = 1.56
# in units of the drawing
CLIENT, SERVICE, THICK, HEIGHT = 30.0, 94.0, 6.0, 120.0
SIDES = Sides(CLIENT, SERVICE, 0.0, stepped.WIDTH, stepped.WIDTH / SHOWN_S, WAY_S)


@dataclass(frozen=True)
class Pause:
    """What a client does after a response: it pauses, and before that it may give up the idle connection."""

    pause_s: float
    keep_alive_s: float = KEEP_ALIVE_S
    gives_up_s: float | None = None

    @property
    def sent_s(self) -> float:
        """When it wants to send the request."""
        return WAY_S + self.pause_s

    @property
    def closes_s(self) -> float:
        """When the service closes, if nothing comes before."""
        return self.keep_alive_s

    @property
    def knows(self) -> bool:
        """Whether the client knows then that the connection is closed."""
        return self.gives_up_s is not None or self.sent_s >= self.closes_s + WAY_S

    @property
    def in_time(self) -> bool:
        return not self.knows and self.sent_s + WAY_S <= self.closes_s

    @property
    def lost(self) -> bool:
        return not self.knows and not self.in_time


def happens(one: Pause) -> Iterator[tuple[float, str, Message | None]]:
    """What happens when, in order: the second, the sentence, and the message that sets out then."""
    keeps = f"{one.keep_alive_s:g} s"
    yield 0.0, f"The service sends a response and starts a timer of {keeps}.", Message("response", 0.0, "below")
    yield WAY_S, f"The response arrives. The client pauses for {one.pause_s:g} s.", None
    sent = Message("request", one.sent_s, "above", "fails" if one.lost else "ink")
    arrives_s = one.sent_s + WAY_S
    closes = Message("closed", one.closes_s, "below")
    if one.lost:
        hears_s = one.closes_s + WAY_S
        lost = [
            (one.sent_s, "The client sends a request. As far as it knows, the connection is open.", sent),
            (one.closes_s, "The timer ends, for no byte has come. The service closes the connection.", closes),
            (arrives_s, "The request finds the connection closed. It's lost: no code of the service sees it.", None),
            (hears_s, "The client hears of the close. It gets no response, and a proxy would report a 502.", None),
        ]
        yield from sorted(lost, key=lambda event: event[0])
    elif one.in_time:
        yield one.sent_s, "The client sends a request.", sent
        back = Message("response", arrives_s, "below")
        yield arrives_s, "The request arrives before the timer ends, and gets its response.", back
        yield arrives_s + WAY_S, "The response arrives. The timer of the service began again when it left.", None
    else:
        if one.gives_up_s is None:
            yield one.closes_s, "The timer ends. The service closes the connection.", closes
            yield one.closes_s + WAY_S, "The client hears that the connection is closed.", None
        else:
            gone_s = WAY_S + one.gives_up_s
            says = f"The client has kept the idle connection for {one.gives_up_s:g} s, and closes it first."
            yield gone_s, says, Message("closed", gone_s, "above")
            yield gone_s + WAY_S, "The service hears that the connection is closed.", None
        opens = Message("", one.sent_s, "above")
        yield one.sent_s, "The client has a request, and opens another connection.", opens
        yield arrives_s, "The service accepts it.", Message("", arrives_s, "below")
        again_s = one.sent_s + 2 * WAY_S
        yield again_s, "The client sends the request on the new connection.", Message("", again_s, "above")
        back = Message("", again_s + WAY_S, "below")
        yield again_s + WAY_S, "The request arrives, and gets its response.", back
        yield again_s + 2 * WAY_S, "The response arrives. Nothing is lost.", None


# --- what is seen ------------------------------------------------------------------------------


def track(name: str, one: Pause) -> stepped.Track:
    events = list(happens(one))
    messages = [message for _, _, message in events if message]
    states = [
        stepped.State(says, SIDES.lines(at_s) | _base(one, at_s) | SIDES.drawn(messages, at_s))
        for at_s, says, _ in events
    ]
    return stepped.Track(name, states)


def _base(one: Pause, at_s: float) -> dict[str, Mark]:
    ends_s = SHOWN_S if one.in_time else one.closes_s if one.gives_up_s is None else one.gives_up_s + 2 * WAY_S
    marks = {
        "client": stepped.text(0, CLIENT - 12, "client"),
        "service": stepped.text(0, SERVICE + 21, "service"),
        "keeps": stepped.text(60, SERVICE + 21, "keeps the connection", tone="works"),
        "kept": stepped.bar(0, SERVICE - THICK / 2, SIDES.x(min(at_s, ends_s)), THICK, "works"),
    }
    if one.knows and (again_s := one.sent_s + WAY_S) < at_s:
        marks["again"] = stepped.bar(SIDES.x(again_s), SERVICE - THICK / 2, SIDES.x(at_s - again_s), THICK, "works")
    if one.closes_s < SHOWN_S and one.gives_up_s is None:
        left, middle = SIDES.x(one.closes_s - WAY_S), SIDES.x(one.closes_s)
        marks["zone"] = stepped.bar(left, CLIENT - THICK / 2, 2 * (middle - left), THICK, "fails")
        marks["zone says"] = stepped.text(middle, CLIENT - 12, "sent here: lost", "middle", "fails")
    return marks


def crossing_mechanism() -> stepped.Mechanism:
    """The lab's distance and keep-alive: a request that is lost, and four that aren't."""
    tracks = (
        track("a pause of 0.88 s", Pause(0.88)),
        track("a pause of 0.5 s", Pause(0.5)),
        track("a pause of 1.1 s", Pause(1.1)),
        track("0.88 s, the service keeps longer", Pause(0.88, keep_alive_s=LONG_S)),
        track("0.88 s, the client closes first", Pause(0.88, gives_up_s=0.5)),
    )
    said = (
        "Drawing: the service keeps a connection for a while after its response, then closes it. A request that the "
        "client sends in the last round trip crosses the close on the way, and is lost."
    )
    return stepped.Mechanism(tracks=tracks, height=HEIGHT, described=said)


def crossing() -> str:
    return stepped.view("lab26-crossing", crossing_mechanism())
