"""What manifests were written for: kept beside them, and read again when their results come back."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from labs import catalog
from labs.elsewhere import asked
from labs.elsewhere.asked import Asked
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Variant
from labs.engine.errors import UsageError
from labs.engine.harness import fingerprint, segments
from labs.engine.harness.plan import Plan

NAME = "plan.json"
RESULTS = "results"


class Written(BaseModel):
    """The lab, how it runs, and the fingerprint of what it executes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lab: int
    asked: Asked
    fingerprint: str


def plan(lab: Lab, chosen: Asked) -> Plan:
    """Raises UsageError for a lab that runs on one machine only, and for more generators than users."""
    variants = asked.rows(lab, chosen)
    segments.check(variants, chosen.generators)
    return Plan(
        lab=lab,
        scale=chosen.scale,
        variants=variants,
        repeats=chosen.repeat or (1 if chosen.scale == "smoke" else lab.segments),
        once_repeats=chosen.repeat or 1,
        generators=chosen.generators,
        experiment=variants != asked.declared(lab, chosen),
    )


def note(lab: Lab, chosen: Asked) -> Written:
    return Written(lab=lab.number, asked=chosen, fingerprint=fingerprint.fingerprint(asked.rows(lab, chosen)))


def read(folder: Path) -> tuple[Written, Plan]:
    """Raises UsageError if the folder holds no manifests, or those of other code."""
    path = folder / NAME
    try:
        written = Written.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror}): name a folder of invoke manifests") from error
    except ValidationError as error:
        raise UsageError(f"{path} isn't what invoke manifests writes: write it again") from error
    lab = catalog.lab(written.lab)
    planned = plan(lab, written.asked)
    if fingerprint.fingerprint(planned.variants) != written.fingerprint:
        raise UsageError(
            f"{lab.name} executes something else today than {path} says: "
            "judge it with the code that wrote the manifests, or write them and run the lab again"
        )
    return written, planned


def rows(planned: Plan) -> list[tuple[str, Variant, int]]:
    """Every run in its turn: its name (one that Kubernetes accepts), its variant, and the repeat it's part of."""
    turns = [(variant, repeat) for repeat in range(planned.repeats) for variant, _ in planned.pairs(repeat)]
    return [(f"{planned.lab.name}-{place:02d}", variant, repeat) for place, (variant, repeat) in enumerate(turns, 1)]
