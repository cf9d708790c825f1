"""What lab 3's page shows moving: a thread that awaits, and holds its token all the same."""

from labs.lab03_anyio_run.lab import RUN, SLEEP
from labs.pages.regions.mechanism import View

VIEW = View(variants=(RUN, SLEEP), sliders=("tokens", "vus", "waits"), at_s=2.0)
