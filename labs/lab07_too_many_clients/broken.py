"""How lab 7 is broken on purpose: the database has room for every pool, so nothing is refused."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken
from labs.engine.declare.service import Pool
from labs.lab07_too_many_clients.lab import LOUD, SAFE, SILENT, TINY

CASES: tuple[Broken, ...] = (
    Broken(
        fault="pools that fit",
        variants=(TINY, SAFE, SILENT, LOUD),
        change=lambda v: replace(v, pool=Pool(size=5)),
    ),
)
