"""What a reader may change of a lab ("try this"), checked, and applied to its variants."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Pool, Scale, Variant, alike
from labs.engine.errors import UsageError

Number = TypeVar("Number", int, float)
SCALES = "auto: sized to this machine; post: the post's own numbers; smoke: seconds, no verdict"


class Overrides(BaseModel):
    """None leaves the lab's own value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    workers: Annotated[int | None, Field(ge=1, le=128, description="try this: uvicorn workers")] = None
    vus: Annotated[int | None, Field(ge=1, le=50_000, description="try this: virtual users")] = None
    ms: Annotated[int | None, Field(ge=0, le=10_000, description="try this: milliseconds each request waits")] = None
    tokens: Annotated[int | None, Field(ge=1, le=10_000, description="try this: thread tokens per worker")] = None
    pool: Annotated[int | None, Field(ge=1, le=1000, description="try this: connections per worker")] = None
    steady: Annotated[int | None, Field(ge=1, le=600, description="try this: seconds at full load")] = None


class Options(Overrides):
    """Everything a lab's command takes, as the command line's strings validated."""

    scale: Annotated[Scale, Field(description=SCALES)] = "auto"
    repeat: Annotated[int, Field(ge=1, le=50, description="interleaved repeats of every variant")] = 1
    port: Annotated[int, Field(ge=1024, le=65_535, description="where the service listens")] = 8000


def parse(given: dict[str, str]) -> Options:
    """The options from what was typed. Raises UsageError, one line that names the option and what it takes."""
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise UsageError(f"--{name} is {_takes(name)}, not {first['input']!r}") from None


def _takes(name: str) -> str:
    """What an option takes, from its field: "a whole number from 1 to 128"."""
    if name == "scale":
        return f"one of {', '.join(get_args(Scale))}"
    bounds = {type(one).__name__: one for one in Options.model_fields[name].metadata}
    return f"a whole number from {bounds['Ge'].ge:,} to {bounds['Le'].le:,}"


def apply(overrides: Overrides, lab: Lab, variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """The variants as the reader wants them. Raises UsageError for an override that changes nothing."""
    if overrides.pool is not None and not any(variant.needs_database for variant in variants):
        raise UsageError(f"--pool changes nothing in {lab.name}: its endpoint uses no database")
    changed = tuple(_changed(variant, overrides) for variant in variants)
    return variants if changed == tuple(variants) else _distinct(changed)  # type: ignore[return-value]


def _changed(variant: Variant, overrides: Overrides) -> Variant:
    load = replace(
        variant.load,
        vus=_given(overrides.vus, variant.load.vus),
        steady_s=_given(overrides.steady, variant.load.steady_s),
    )
    pool = variant.pool
    if overrides.pool is not None and variant.needs_database:
        pool = replace(pool or Pool(size=0), size=overrides.pool, min_size=None)
    return replace(
        variant,
        load=load,
        pool=pool,
        workers=_given(overrides.workers, variant.workers),
        ms=_given(overrides.ms, variant.ms),
        thread_tokens=_given(overrides.tokens, variant.thread_tokens),
    )


def _given(override: int | None, own: Number) -> Number | int:
    return own if override is None else override


def _distinct(variants: Iterable[Variant]) -> tuple[Variant, ...]:
    """Variants that an override made alike are run once; names then say what they really are."""
    once: dict[Variant, str] = {}
    for variant in variants:
        once.setdefault(alike(variant), variant.name)
    described = [_describe(variant) for variant in once]
    return tuple(
        replace(variant, name=text if described.count(text) == 1 else f"{was}: {text}")
        for (variant, was), text in zip(once.items(), described, strict=True)
    )


def _describe(variant: Variant) -> str:
    text = f"W = {variant.workers}, N = {variant.load.vus:,}, {variant.ms} ms, T = {variant.thread_tokens}"
    return f"{text}, P = {variant.pool.size}" if variant.pool else text
