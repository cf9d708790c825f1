"""The worked example of "Size your own service": what is measured per route, added up per resource, with headroom."""

from dataclasses import dataclass

from labs.engine.theory.headroom import servers_for
from labs.pages import markdown

WORKERS = 2
BUSIEST = 1.2  # the busiest worker has a fifth more than its share
RARE = 0.01  # the share of requests that may wait
SOME = 0.10
OFFERED = (1, 2, 5, 10, 20, 40)
CONNECTION, TOKEN, CLIENT = "database connection", "thread token", "connection to the payment service"


@dataclass(frozen=True)
class Route:
    """At the busiest minute: per second, how long a request holds each resource (seconds), CPU seconds."""

    name: str
    per_s: float
    holds_s: dict[str, float]
    cpu_s: float


ROUTES = (
    Route("`GET /products`, `async def`", 200, {CONNECTION: 0.015}, 0.002),
    Route("`GET /invoices/…`, `def`", 40, {TOKEN: 0.25, CONNECTION: 0.005}, 0.004),
    Route("`POST /orders`, `async def`", 20, {CONNECTION: 0.04, CLIENT: 0.3}, 0.005),
)


def busy(resource: str) -> float:
    """How many are in use on average, all workers together: the sum over the routes of rate × holding time."""
    return sum(route.per_s * route.holds_s.get(resource, 0.0) for route in ROUTES)


def cores() -> float:
    return sum(route.per_s * route.cpu_s for route in ROUTES)


def busiest(resource: str) -> float:
    """How many are in use on average in the worker that gets most."""
    return BUSIEST * busy(resource) / WORKERS


def places(resource: str) -> int:
    """Per worker, so that rarely anybody waits."""
    return servers_for(busiest(resource), RARE)


def routes() -> str:
    """What was measured."""
    rows = [
        (route.name, f"{route.per_s:g}", *(_ms(route.holds_s.get(one, 0.0)) for one in (CONNECTION, TOKEN, CLIENT)),
         _ms(route.cpu_s))
        for route in ROUTES
    ]  # fmt: skip
    headings = ("route", "per second", "holds a database connection", "a token", "a payment connection", "CPU")
    return markdown.region(markdown.table(headings, rows))


def sums() -> str:
    """Per resource: how many are busy, and how many a worker needs."""
    rows = [
        (f"{one}s" if one != CLIENT else "connections to the payment service", " + ".join(_products(one)),
         f"{busy(one):g}", f"{busiest(one):g}", places(one))
        for one in (CONNECTION, TOKEN, CLIENT)
    ]  # fmt: skip
    headings = ("resource", "rate × holding time", "busy", "in the busiest worker", "needed per worker")
    core = f"CPU: {' + '.join(f'{r.per_s:g} × {_ms(r.cpu_s)}' for r in ROUTES)} = {cores():g} cores"
    each = f"a worker computes {cores() / WORKERS:.0%} of the time on average"
    most = f"and the busiest {BUSIEST * cores() / WORKERS:.0%}"
    return markdown.region([*markdown.table(headings, rows, words=2), "", f"{core}, so {each}, {most}."])


def headroom() -> str:
    """Erlang C: how many places it takes so that few random arrivals wait."""
    rows = [
        (offered, servers_for(offered, SOME), rare := servers_for(offered, RARE), f"{offered / rare:.0%}")
        for offered in OFFERED
    ]
    headings = (
        *("in use on average", f"places so that {SOME:.0%} wait", f"places so that {RARE:.0%} wait"),
        f"share in use, where {RARE:.0%} wait",
    )
    return markdown.region(markdown.table(headings, rows, words=0))


def _products(resource: str) -> list[str]:
    return [f"{route.per_s:g} × {_ms(held)}" for route in ROUTES if (held := route.holds_s.get(resource))]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:g}\u00a0ms" if seconds else "–"
