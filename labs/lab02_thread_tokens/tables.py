"""What lab 2's page shows moving: forty tokens and a queue."""

from labs.lab02_thread_tokens.lab import FORTY, HUNDRED, TEN
from labs.pages.regions.mechanism import View

VIEW = View(variants=(FORTY, TEN, HUNDRED), sliders=("tokens", "vus", "workers", "waits"), at_s=3.0)
