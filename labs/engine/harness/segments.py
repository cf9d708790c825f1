"""One load from several k6 processes: each makes its own execution segment of it.

Source: https://grafana.com/docs/k6/latest/using-k6/k6-options/reference/#execution-segment
"""

import itertools
from collections.abc import Sequence
from fractions import Fraction

from labs.engine.declare.service import Variant
from labs.engine.errors import UsageError


def arguments(generators: int) -> tuple[tuple[str, ...], ...]:
    """What k6's command line has besides, for each of `generators` processes; nothing where there is only one.

    Each gets an equal part. The sequence, which all are given, names every part, so that k6 divides users and
    arrivals without losing or doubling any.
    """
    if generators == 1:
        return ((),)
    edges = [str(Fraction(part, generators)) for part in range(generators + 1)]
    sequence = ",".join(edges)
    return tuple(
        ("--execution-segment", f"{start}:{end}", "--execution-segment-sequence", sequence)
        for start, end in itertools.pairwise(edges)
    )


def check(variants: Sequence[Variant], generators: int) -> None:
    """Raise UsageError where a load can't come from so many processes, or one is what it's about."""
    if generators == 1:
        return
    fewest = min(variants, key=lambda variant: variant.load.vus)
    if fewest.load.vus < generators:
        raise UsageError(
            f"--generators {generators} leaves some of them without a user: {fewest.name} has {fewest.load.vus}"
        )
    if limited := next((variant for variant in variants if variant.generator_cores), None):
        raise UsageError(
            f"--generators {generators} would change what {limited.name} is about: "
            f"one generator that may use {limited.generator_cores} of the cores"
        )
