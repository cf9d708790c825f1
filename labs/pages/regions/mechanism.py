"""The moving views of a page, with the stills that stand there without them.

docs/assets/request-view.js and three-ways.js read what is written here. Which runs a lab's view shows is
declared in the lab's `tables.py`, as VIEW.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from labs import catalog
from labs.engine.declare.endpoints import ASYNC_SLEEP, SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Endpoint, Load, Scale, Variant
from labs.engine.errors import UsageError
from labs.engine.formatting import duration
from labs.engine.results import store
from labs.engine.results.result import median_runs
from labs.engine.theory.prediction import CpuCosts
from labs.pages import markdown, simulated, stills, twins
from labs.pages.captured import captured
from labs.pages.figures import Draw
from labs.simulator.request import Stage

TOKENS = 4  # of the worker in the three ways: few, so that six requests can wait for one
BLOCKING = Endpoint(path="/blocking", module="waiting", waits=1, blocks_loop=1)
WAYS = (
    ("def", "def wait(): time.sleep(1)", SYNC_SLEEP),
    ("async def that awaits", "async def wait(): await asyncio.sleep(1)", ASYNC_SLEEP),
    ("async def that blocks", "async def wait(): time.sleep(1)", BLOCKING),
)

# the stages in words, for the still's description
PLACES = {
    Stage.CONNECT: "not accepted yet",
    Stage.LOOP: "ready for the event loop",
    Stage.BLOCK: "blocking it",
    Stage.TOKEN: "waiting for a thread token",
    Stage.THREAD: "holding a token",
    Stage.CONNECTION: "waiting for a connection",
    Stage.QUERY: "holding a connection",
    Stage.AWAIT: "awaiting, holding nothing",
}


@dataclass(frozen=True, kw_only=True)
class View:
    """What a lab's request view shows: captured variants, the first one first; the sliders it has, by their
    names in request-view.js; and the moment of its still, seconds after the first user."""

    variants: tuple[str, ...]
    sliders: tuple[str, ...]
    at_s: float
    scale: Scale = "auto"


def request_view(number: int) -> str:
    """The request view of a lab: its settings, and its still."""
    lab = catalog.lab(number)
    view = _view(lab)
    shown = list(_shown(lab, view))
    presets = [{"name": v.name, "service": twins.service(v, cores, costs)} for v, costs, cores in shown]
    data = {"sliders": view.sliders, "presets": presets}
    return markdown.widget(
        "request-view", f' data-at="{view.at_s:g}"', data, f"lab{number:02d}-requests", _said(lab, view)
    )


def three_ways() -> str:
    """Six requests on one time axis, in three ways of waiting."""
    ways = [
        {"name": name, "code": code, "service": twins.service(variant, 1.0, None)}
        for (name, code, _), (_, variant) in zip(WAYS, _ways(), strict=True)
    ]
    said = stills.timelines_description(_ways())
    return markdown.widget("three-ways", "", {"ways": ways, "tokens": TOKENS}, "three-ways", said)


def pictures() -> dict[str, Draw]:
    """Every still by the name of its file."""
    found: dict[str, Draw] = {"three-ways": stills.timelines(_ways())}
    for lab in catalog.labs():
        view: View | None = getattr(catalog.part(lab, "tables"), "VIEW", None)
        if view and store.reference(catalog.folder(lab), view.scale):
            variant = next(_shown(lab, view))[0]
            found[f"lab{lab.number:02d}-requests"] = stills.service(variant, _moment(lab, view))
    return found


def _ways() -> list[tuple[str, Variant]]:
    load = Load(vus=stills.REQUESTS)
    return [
        (
            f"{name}, {TOKENS} tokens" if endpoint is SYNC_SLEEP else name,
            Variant(name=name, endpoint=endpoint, ms=1000, workers=1, thread_tokens=TOKENS, load=load),
        )
        for name, _, endpoint in WAYS
    ]


def _view(lab: Lab) -> View:
    view: View | None = getattr(catalog.part(lab, "tables"), "VIEW", None)
    if view is None:
        raise UsageError(f"{lab.name} has no request view: declare VIEW in its tables.py")
    return view


def _shown(lab: Lab, view: View) -> Iterator[tuple[Variant, CpuCosts | None, float]]:
    """The variants as the simulator plays them: with the CPU costs of the capture where the CPU limits."""
    result = captured(lab, view.scale)
    runs = median_runs(result)
    for name in view.variants:
        scenario = simulated.scenario(runs[name], result)
        if scenario is None:
            raise UsageError(
                f"{lab.name}, {name}: the simulator doesn't know {simulated.uncovered(runs[name])}. "
                "Leave this row out of VIEW in the lab's tables.py"
            )
        yield scenario.variant, scenario.costs, scenario.cores


@cache
def _moment(lab: Lab, view: View) -> stills.Moment:
    variant, costs, cores = next(_shown(lab, view))
    return stills.moment(variant, costs, cores, view.at_s)


def _said(lab: Lab, view: View) -> str:
    """The still in words: where the requests are at its moment."""
    counts: dict[Stage, int] = {}
    for (_, stage), count in _moment(lab, view).items():
        counts[stage] = counts.get(stage, 0) + count
    where = "; ".join(f"{counts[stage]:,} {words}" for stage, words in PLACES.items() if counts.get(stage))
    between = next(_shown(lab, view))[0].load.vus - sum(counts.values())
    rest = f"; {between:,} between two requests" if between > 0 else ""
    return f"The requests after {duration(view.at_s)}: {where}{rest}."
