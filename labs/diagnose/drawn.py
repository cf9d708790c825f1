"""Line charts as inline SVG: no library, no color of its own, so that the page's palettes decide.

Sizes in CSS pixels of a phone 360 px wide; the letters are 12 px there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10
from xml.etree.ElementTree import Element, SubElement

from labs.engine.formatting import rate

WIDTH, HEIGHT = 320, 178
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 10, 36
LABEL_PX = 30  # what one label of the x axis needs


@dataclass(frozen=True)
class Line:
    """`style` names a class of the page's style sheet: measured, other, or ceiling."""

    style: str
    points: Sequence[tuple[float, float]]
    marks: bool = False


def chart(
    title: str,
    x_label: str,
    lines: Sequence[Line],
    x_ticks: Sequence[tuple[float, str]],
    told: Callable[[float], str] = rate,
) -> Element:
    """Lines over a common x; the y axis begins at 0. `title` is the alternative text."""
    most_x = max(x for line in lines for x, _ in line.points)
    least_x = min(x for line in lines for x, _ in line.points)
    step = tick_step(max(y for line in lines for _, y in line.points))
    most_y = step * max(1, -(-max(y for line in lines for _, y in line.points) // step))

    def at(x: float, y: float) -> tuple[float, float]:
        across = (x - least_x) / (most_x - least_x) if most_x > least_x else 0.5
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y / most_y * (HEIGHT - TOP - BOTTOM)

    svg = Element("svg", {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img", "aria-label": title})
    for place in range(round(most_y / step) + 1):
        _, y = at(least_x, place * step)
        _line(svg, (LEFT, y), (WIDTH - RIGHT, y), "grid")
        _text(svg, LEFT - 6, y + 4, told(place * step), "left")
    free = 0.0
    for x, label in x_ticks:
        across, _ = at(x, 0)
        if across >= free:
            _text(svg, across, HEIGHT - BOTTOM + 16, label, "below")
            free = across + max(LABEL_PX, 8.0 * len(label))
    _text(svg, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, x_label, "below")
    for line in lines:
        placed = [at(x, y) for x, y in line.points]
        SubElement(svg, "polyline", {"class": line.style, "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)})
        for x, y in placed if line.marks else ():
            SubElement(svg, "circle", {"class": line.style, "cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "3"})
    return svg


def tick_step(most: float) -> float:
    """The distance of two ticks, 1, 2 or 5 times a power of ten: three to six of them reach `most`."""
    if most <= 0:
        return 1.0
    rough = most / 4
    power = 10.0 ** floor(log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def _line(svg: Element, begin: tuple[float, float], end: tuple[float, float], style: str) -> None:
    (x1, y1), (x2, y2) = begin, end
    places = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    SubElement(svg, "line", {"class": style, **{name: f"{value:.1f}" for name, value in places.items()}})


def _text(svg: Element, x: float, y: float, text: str, style: str) -> None:
    SubElement(svg, "text", {"class": style, "x": f"{x:.1f}", "y": f"{y:.1f}"}).text = text
