"""Pure: the dimensionless ratios that most checks compare."""

from collections.abc import Mapping

from labs.runner.model import Measurement, Observed, Ratio, ResponseTimes, Variant


def share_of_prediction(name: str) -> Ratio:
    """Throughput of a variant over its predicted ceiling."""

    def ratio(seen: Mapping[str, Observed]) -> float:
        return seen[name].throughput_per_s / (seen[name].predicted_per_s or 1.0)

    return ratio


def throughput(name: str, other: str) -> Ratio:
    """Throughput of one variant over that of another."""

    def ratio(seen: Mapping[str, Observed]) -> float:
        return seen[name].throughput_per_s / seen[other].throughput_per_s

    return ratio


def measured(seen: Mapping[str, Observed], name: str) -> Measurement:
    """The whole measurement of a variant that ran here; a row of the post has none."""
    found = seen[name].measurement
    if found is None:
        raise ValueError(f"{name} was not measured here")
    return found


def bystander(seen: Mapping[str, Observed], name: str) -> ResponseTimes:
    """What the second stream beside a variant felt."""
    found = measured(seen, name).bystander
    if found is None or not found.samples:
        raise ValueError(f"{name} had no bystander")
    return found


def ran(seen: Mapping[str, Observed], name: str) -> Variant:
    """The variant as it ran, the reader's overrides applied."""
    found = seen[name].variant
    if found is None:
        raise ValueError(f"{name} did not run here")
    return found
