"""A mechanism in steps: its states as data, for docs/assets/stepped.js to move and for a still of the same states.

A state is a sentence and the marks that are to be seen, each with a name of its own: a mark that has the same
name in the next state moves there. Lengths are in units of a plane that is `WIDTH` wide; y runs down.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atan2, cos, pi, sin
from typing import Literal

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from labs.pages import markdown
from labs.pages.figures import WIDTH_IN, Draw, Palette

WIDTH = 340  # units; a phone shows them in 328 px
LETTERS = 12  # how tall they are
HEAD, SPREAD = 7, pi / 7  # of an arrow: its length, and half its angle
STROKE = 1.3  # pt
DATA_BYTES = 16_000  # about 3,000 over the wire
TITLE = 18  # above a still where there are several

Kind = Literal["dot", "box", "bar", "line", "arrow", "text"]
KINDS: tuple[Kind, ...] = ("dot", "box", "bar", "line", "arrow", "text")  # the order that stepped.js has
Tone = Literal["ink", "faint", "waits", "works", "fails", "idle"]
TONES: tuple[Tone, ...] = ("ink", "faint", "waits", "works", "fails", "idle")  # this too
Anchor = Literal["start", "middle", "end"]
ANCHORS: tuple[Anchor, ...] = ("start", "middle", "end")


@dataclass(frozen=True)
class Mark:
    """One thing to be seen. `at` is for a dot x, y, radius; for a box (an outline) and a bar (filled) x, y, width,
    height; for a line and an arrow the x and y of each of its points; for a text x, y and its anchor's number."""

    kind: Kind
    tone: Tone
    at: tuple[float, ...]
    words: str = ""

    def data(self) -> list[object]:
        rounded = [round(one, 1) for one in self.at]
        numbers = [int(one) if one == int(one) else one for one in rounded]
        return [KINDS.index(self.kind), TONES.index(self.tone), *([self.words] if self.words else []), *numbers]


Marks = Mapping[str, Mark]


def dot(x: float, y: float, radius: float, tone: Tone, words: str = "") -> Mark:
    return Mark("dot", tone, (x, y, radius), words)


def box(x: float, y: float, width: float, height: float, tone: Tone = "faint") -> Mark:
    return Mark("box", tone, (x, y, width, height))


def bar(x: float, y: float, width: float, height: float, tone: Tone) -> Mark:
    return Mark("bar", tone, (x, y, width, height))


def line(*points: float, tone: Tone = "faint") -> Mark:
    return Mark("line", tone, points)


def arrow(*points: float, tone: Tone = "ink") -> Mark:
    """A line whose last point has a head."""
    return Mark("arrow", tone, points)


def text(x: float, y: float, words: str, anchor: Anchor = "start", tone: Tone = "ink") -> Mark:
    return Mark("text", tone, (x, y, ANCHORS.index(anchor)), words)


@dataclass(frozen=True)
class State:
    """What is seen, and the sentence that says it; `value` is what the slider reads here, if it isn't the step."""

    says: str
    marks: Marks
    value: str = ""


@dataclass(frozen=True)
class Track:
    """One way that it can go."""

    name: str
    states: Sequence[State]


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """`stills` are the states (track, state) that stand there where nothing moves; the view opens with the first.

    `slider` names what runs through the states. `pace_s` is how long one stays while it plays; None: as long as its
    sentence takes to read.
    """

    tracks: Sequence[Track]
    height: float
    described: str
    stills: Sequence[tuple[int, int]] = ((0, -1),)
    slider: str = "step"
    pace_s: float | None = None


def data(mechanism: Mechanism) -> dict[str, object]:
    """What stepped.js reads: of each state the marks that differ from the state before; 0 for one that is gone.

    Before a track's first state comes the first state of all.
    """
    track, state = mechanism.stills[0]
    begun = mechanism.tracks[0].states[0].marks
    return {
        "height": mechanism.height,
        "slider": mechanism.slider,
        "pace": 1000 * (mechanism.pace_s or 0),
        "opens": [track, state % len(mechanism.tracks[track].states)],
        "tracks": [
            {"name": one.name, "states": _changes(one.states, begun if place else {})}
            for place, one in enumerate(mechanism.tracks)
        ],  # objects, for three brackets in a row would end a generated region
    }


def _changes(states: Sequence[State], before: Marks) -> list[list[object]]:
    found: list[list[object]] = []
    for state in states:
        changed: dict[str, object] = {name: 0 for name in before if name not in state.marks}
        changed |= {name: mark.data() for name, mark in state.marks.items() if mark != before.get(name)}
        found.append([state.says, changed, *([state.value] if state.value else [])])
        before = state.marks
    return found


def view(name: str, mechanism: Mechanism) -> str:
    """The region of a page: the still, and the data of the view. Raises ValueError if that is too much to load."""
    told = data(mechanism)
    if (size := len(json.dumps(told, separators=(",", ":")))) > DATA_BYTES:
        raise ValueError(f"{name}: its states are {size:,} bytes, more than {DATA_BYTES:,}")
    return markdown.widget("stepped", "", told, name, mechanism.described)


# --- the still --------------------------------------------------------------------------------


def still(mechanism: Mechanism) -> Draw:
    """Its stills below each other, each under its track's name where there are several."""
    shown = [(mechanism.tracks[track].name, mechanism.tracks[track].states[place]) for track, place in mechanism.stills]
    title = TITLE if len(shown) > 1 else 0
    each = mechanism.height + title
    letters_pt = LETTERS * 72 * WIDTH_IN / WIDTH

    def draw(palette: Palette) -> Figure:
        figure = pyplot.figure(figsize=(WIDTH_IN, WIDTH_IN * each * len(shown) / WIDTH))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(each * len(shown), 0)
        axes.axis("off")
        for place, (name, state) in enumerate(shown):
            down = place * each
            if title:
                axes.text(0, down + LETTERS, name, fontsize=letters_pt, weight="bold")
            pen = _Pen(axes, _colors(palette), letters_pt, down + title)
            for order, mark in enumerate(state.marks.values(), start=1):
                pen.draw(mark, order)
        return figure

    return draw


def _colors(palette: Palette) -> dict[str, str]:
    """Of each tone."""
    known = (palette.ink, palette.faint, palette.predicted, palette.measured, palette.failed, palette.series[2])
    return dict(zip(TONES, known, strict=True))


@dataclass(frozen=True)
class _Pen:
    """Draws marks so far down; `letters_pt` is how tall letters are on paper. A later mark lies over an earlier one."""

    axes: Axes
    colors: Mapping[str, str]
    letters_pt: float
    down: float

    def draw(self, mark: Mark, order: int) -> None:
        x, y = mark.at[0], mark.at[1] + self.down
        color = self.colors[mark.tone]
        if mark.kind == "text":
            self._letters(x, y, mark.words, ("left", "center", "right")[int(mark.at[2])], order, color)
        elif mark.kind == "dot":
            see_through = 0.25 if mark.words else 1  # its letter has to stand out in both palettes
            if mark.tone == "faint":  # a line's faint color is too faint for what is small
                color, see_through = self.colors["ink"], 0.4
            self.axes.add_patch(Circle((x, y), mark.at[2], fc=color, linewidth=0, alpha=see_through, zorder=order))
            if mark.words:
                self.axes.add_patch(Circle((x, y), mark.at[2], fill=False, ec=color, linewidth=STROKE, zorder=order))
                self._letters(x, y + 0.36 * LETTERS, mark.words, "center", order, self.colors["ink"])
        elif mark.kind == "bar":
            self.axes.add_patch(Rectangle((x, y), *mark.at[2:], fc=color, linewidth=0, zorder=order))
        elif mark.kind == "box":
            self.axes.add_patch(Rectangle((x, y), *mark.at[2:], fill=False, ec=color, linewidth=STROKE, zorder=order))
        else:
            points = list(zip(mark.at[::2], (one + self.down for one in mark.at[1::2]), strict=True))
            self._path(points, color, order)
            if mark.kind == "arrow":
                (from_x, from_y), (x, y) = points[-2:]
                angle = atan2(y - from_y, x - from_x)
                one, other = (
                    (x - HEAD * cos(angle + turn), y - HEAD * sin(angle + turn)) for turn in (SPREAD, -SPREAD)
                )
                self._path([one, (x, y), other], color, order)

    def _path(self, points: Sequence[tuple[float, float]], color: str, order: int) -> None:
        self.axes.plot(*zip(*points, strict=True), color=color, linewidth=STROKE, solid_joinstyle="round", zorder=order)

    def _letters(self, x: float, y: float, words: str, side: str, order: int, color: str) -> None:
        self.axes.text(x, y, words, ha=side, fontsize=self.letters_pt, color=color, zorder=order)
