"""Pure: the k6 processes of one load, each for itself and together."""

from collections.abc import Mapping, Sequence

from labs.engine.harness.sampler import PERIOD_S, Sample


def together(trees: Mapping[str, Sequence[Sample]]) -> list[Sample]:
    """The samples of several trees summed, where all of them have one within the same period.

    Before the last has started and after the first has ended there's no sum: it would jump.
    """
    first, *others = trees.values()
    found = []
    for sample in first:
        besides = [_nearest(sample.at_s, samples) for samples in others]
        if all(besides):
            found.append(_summed([sample, *(one for one in besides if one)]))
    return found


def _nearest(at_s: float, samples: Sequence[Sample]) -> Sample | None:
    nearest = min(samples, key=lambda sample: abs(sample.at_s - at_s), default=None)
    return nearest if nearest and abs(nearest.at_s - at_s) < PERIOD_S / 2 else None


def _summed(samples: Sequence[Sample]) -> Sample:
    return Sample(
        at_s=samples[0].at_s,
        cpu_s=sum(one.cpu_s for one in samples),
        rss_bytes=sum(one.rss_bytes for one in samples),
        threads=sum(one.threads for one in samples),
        fds=sum(one.fds for one in samples),
    )
