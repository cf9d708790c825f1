"""What `invoke manifests` takes, checked."""

from typing import Annotated, Any

from pydantic import Field, ValidationError

from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Machine, Scale, Variant
from labs.engine.errors import UsageError
from labs.engine.harness import overrides
from labs.engine.harness.overrides import Overrides

IMAGE = "fastapi-under-load"


class Asked(Overrides):
    """How a lab is to run elsewhere, and what of it the reader changes."""

    scale: Annotated[Scale, Field(description="auto: sized to --cores; post: the post's own numbers; smoke: seconds")]
    generators: Annotated[int, Field(ge=1, le=50, description="k6 runners that make the load together")]
    cores: Annotated[float, Field(ge=1, le=128, description="CPU cores of the service")]
    repeat: Annotated[
        int | None, Field(ge=1, le=50, description="how often the rows run; the lab's own number without it")
    ] = None
    image: Annotated[str, Field(min_length=1, pattern=r"^[a-z0-9][a-z0-9._/:@-]*$", description="the course's image")]


HELP = {name: str(field.description) for name, field in Asked.model_fields.items()}


def parse(typed: dict[str, str]) -> Asked:
    """Raises UsageError, one line that names the option."""
    standard: dict[str, Any] = {"scale": "auto", "generators": 2, "cores": 2, "image": IMAGE}
    try:
        return Asked.model_validate(standard | typed)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"--{first['loc'][0]} can't be {first['input']!r}: {first['msg']}") from None


def declared(lab: Lab, asked: Asked) -> tuple[Variant, ...]:
    """The lab's own variants, sized to the service's cores. Raises UsageError for a lab that needs this machine."""
    variants = lab.rows(asked.scale, Machine(asked.cores))
    for variant in variants:
        if why := _bound_to_one_machine(variant):
            raise UsageError(f"{lab.name} runs on one machine only: {variant.name}: {why}")
    if lab.pgbench:
        raise UsageError(f"{lab.name} runs on one machine only: it also measures the database with pgbench")
    return variants


def rows(lab: Lab, asked: Asked) -> tuple[Variant, ...]:
    """The same as the reader wants them. Raises UsageError as well for a change that changes nothing."""
    return overrides.apply(asked, lab, declared(lab, asked))


def _bound_to_one_machine(variant: Variant) -> str | None:
    """What of a variant only the harness does, on the machine where it also starts the service."""
    beside = variant.sidecar
    reasons = {
        "the load begins before the workers are ready": not variant.waits_until_ready,
        "the service may fail to start, which is what is measured": variant.may_fail_to_start,
        "the service is warmed up by a load of its own": variant.warm_up_s > 0,
        "its server is restarted while the load runs": variant.restart is not None,
        "it limits the generator's cores": variant.generator_cores is not None,
        "its load goes to a sidecar, which listens on 127.0.0.1": beside is not None and beside.takes_load,
        "its sidecar takes jobs from a queue that is counted afterwards": beside is not None and variant.needs_database,
        "the service exports its metrics, for which the harness reads its files": variant.server_metrics == "exported",
    }
    return next((why for why, holds in reasons.items() if holds), None)
