"""The sentence that only lab 0's page has: the noise floor."""

from labs.engine import formatting
from labs.engine.declare.service import Scale
from labs.engine.results.result import noise_floor
from labs.lab00_noise.lab import LAB
from labs.pages.captured import captured
from labs.pages.markdown import region


def noise(scale: Scale = "auto") -> str:
    """The noise floor that the capture gives."""
    found = noise_floor(captured(LAB, scale))
    said = formatting.noise(found.clock_limited, found.cpu_limited)
    return region([f"The noise floor of the reference machine: {said}."])
