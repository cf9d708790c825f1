"""What will run: one lab at one scale on this machine, the reader's overrides applied."""

from dataclasses import dataclass

from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Machine, Scale, Variant
from labs.engine.errors import UsageError
from labs.engine.harness import machine, overrides, preflight, segments
from labs.engine.harness.overrides import Options
from labs.engine.theory.prediction import predict


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`started` are what is really started for the variants: the variants themselves, unless a lab is
    broken on purpose to test its verdict. Rows run `repeats` times in turns, those that the lab runs `once`
    only `once_repeats` times. So many `generators`, k6 processes, make the load together: that changes where it
    comes from and not what it is, so it makes no experiment. `notes` are what the reader should know before it
    runs. Its folder is named by its lab, unless it is `called` something else.
    """

    lab: Lab
    scale: Scale
    variants: tuple[Variant, ...]
    started: tuple[Variant, ...] = ()
    repeats: int = 1
    once_repeats: int = 1
    generators: int = 1
    port: int = 8000
    dashboard: bool = False
    experiment: bool = False
    notes: tuple[str, ...] = ()
    called: str | None = None

    @property
    def name(self) -> str:
        return self.called or self.lab.name

    def pairs(self, repeat: int = 0) -> list[tuple[Variant, Variant]]:
        """Each variant of a repeat as declared, which is what is predicted and judged, and what is started for it."""
        both = zip(self.variants, self.started or self.variants, strict=True)
        return [pair for pair in both if repeat < self.times(pair[0])]

    def times(self, variant: Variant) -> int:
        """How often a variant runs."""
        return min(self.once_repeats, self.repeats) if variant.name in self.lab.once else self.repeats

    @property
    def total(self) -> int:
        """How many runs there are."""
        return sum(map(self.times, self.variants))


STARTING_S = 4.0  # a service and k6, and stopping them


def about_s(planned: Plan, cores: float) -> float:
    """How long a plan takes, seconds: every row's load, the time its last responses need, and starting it."""

    def row_s(variant: Variant) -> float:
        load, per_s = variant.load, predict(variant, cores).throughput_per_s
        drains_s = min(load.graceful_stop_s, load.vus / per_s) if per_s else 0.0
        head_s = variant.probe.head_start_s if variant.probe else 0.0
        return STARTING_S + variant.warm_up_s + head_s + load.ramp_s + load.steady_s + drains_s

    return sum(planned.times(variant) * row_s(variant) for variant in planned.variants)


def make_plan(lab: Lab, options: Options, dashboard: bool = False, on: Machine | None = None) -> Plan:
    """The plan for this machine, or for `on`. Raises UsageError."""
    here = on or this_machine()
    declared = lab.rows(options.scale, here)
    notes: tuple[str, ...] = ()
    if declared != lab.rows(options.scale, Machine(here.cores)):
        most = max(v.load.vus for v in declared)
        notes = (f"sized down to {most:,} users, which is what this machine allows; invoke doctor says what limits it",)
    variants = overrides.apply(options, lab, declared)
    segments.check(variants, options.generators)
    if dashboard and options.generators > 1:
        raise UsageError("--dashboard shows one k6 process: leave it out, or leave out --generators")
    return Plan(
        lab=lab,
        scale=options.scale,
        variants=variants,
        repeats=options.repeat or (1 if options.scale == "smoke" else lab.segments),
        once_repeats=options.repeat or 1,
        generators=options.generators,
        port=options.port,
        dashboard=dashboard,
        experiment=variants != declared,
        notes=notes,
    )


def limits() -> preflight.Limits:
    """What this machine offers, its descriptor limit raised."""
    return preflight.Limits(
        machine.raise_descriptor_limit(),
        machine.ephemeral_ports(),
        machine.available_memory_bytes(),
        machine.free_disk_bytes(),
        machine.cores(),
        machine.somaxconn(),
    )


def this_machine() -> Machine:
    return Machine(machine.cores(), preflight.most_vus(limits()))
