"""How lab 24 is broken on purpose: tasks that hold something else than declared."""

from dataclasses import replace

from labs.engine.declare.sabotage import Broken, path, tokens
from labs.lab24_background_tasks.lab import AWAITED, AWAITS, BLOCKING, OWN_LIMITER, PILED, WITH_TASK

CASES: tuple[Broken, ...] = (
    Broken(fault="too few tokens", variants=(WITH_TASK,), change=tokens(5), steady_s=None),
    Broken(fault="def tasks that await", variants=(PILED,), change=path(AWAITS.path), steady_s=None),
    Broken(
        fault="all tasks are def",
        variants=(PILED, AWAITED, OWN_LIMITER),
        change=path("/task_def"),
        steady_s=None,
    ),
    Broken(
        fault="the task blocks for longer",
        variants=(BLOCKING,),
        change=lambda v: replace(v, ms=200),
        steady_s=None,
    ),
)
