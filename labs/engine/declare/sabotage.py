"""How a lab's author breaks the lab on purpose: what the verdict must not let pass.

A case declares what the lab declares and starts something else. Beside it runs its control, the same
rows unbroken for as long: the control must be reproduced, the case not. `tests/test_sabotage.py` runs them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from labs.engine.declare.service import Variant

Change = Callable[[Variant], Variant]


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One lab broken in one way.

    fault         what is wrong, in words
    variants      the names of the rows that run, at the default size
    change        what is really started for each of them
    steady_s      seconds at full load, of the case and of its control; None: the lab's own
    inconclusive  the id of the guard that must say why, where the case can't be judged at all;
                  None: the case must come out as *not reproduced*
    every_check   all of the lab's claims that these rows show must fail, not only one
    control       what is started for the control; None: the rows as declared
    """

    fault: str
    variants: tuple[str, ...]
    change: Change
    steady_s: float | None = 5.0
    inconclusive: str | None = None
    every_check: bool = False
    control: Change | None = None


def path(path: str, only: str = "") -> Change:
    """The load asks for another route than declared, in the rows whose name contains `only`."""
    return lambda v: replace(v, endpoint=replace(v.endpoint, path=path)) if only in v.name else v


def workers(count: int, only: str = "") -> Change:
    return lambda v: replace(v, workers=count) if only in v.name else v


def tokens(count: int, only: str = "") -> Change:
    return lambda v: replace(v, thread_tokens=count) if only in v.name else v
