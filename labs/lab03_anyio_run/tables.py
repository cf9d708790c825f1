"""What only lab 3's page has: a thread that awaits and holds its token all the same, and what its loop costs."""

from labs.engine.results.result import median_runs
from labs.lab03_anyio_run.lab import LAB, RUN, SLEEP
from labs.pages.captured import captured
from labs.pages.markdown import region
from labs.pages.regions.mechanism import View

VIEW = View(variants=(RUN, SLEEP), sliders=("tokens", "vus", "waits"), at_s=2.0)


def cost() -> str:
    runs = median_runs(captured(LAB, "auto"))
    sleep, run = (f"{runs[name].measurement.server.cpu_s_per_request * 1e3:.1f}\u00a0ms" for name in (SLEEP, RUN))
    return region(
        [f"In our run, a request cost the server {sleep} of CPU with `time.sleep`, and {run} with `anyio.run`."]
    )
