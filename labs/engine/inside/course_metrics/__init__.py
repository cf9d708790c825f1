"""Server metrics, read inside a service that knows nothing of them. Python 3.10 and newer, no dependency.

The folder above is put on the service's path; its `sitecustomize` calls `prepare`. Whatever a service
makes that holds only so many at once is noted as it is made, by hooks into the classes that are known:
one module of this package for each. A thread of each process that runs an event loop writes what it
sees to a file, so that a blocked loop is seen as well. Nothing runs in processes without a loop.
"""

import os
from importlib import import_module

from course_metrics import hooks, loops, writer


def prepare(folder: str, known: list[str]) -> None:
    """Hook the event loops and the `known` modules of this package; write to `folder`, a file per process."""
    for name in known:
        import_module(f"course_metrics.{name}").hook()
    hooks.after_import("asyncio.events", lambda module: loops.hook(module, lambda: writer.start(folder)))
    os.register_at_fork(after_in_child=writer.forget)
