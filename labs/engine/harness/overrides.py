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
    think: Annotated[
        float | None, Field(ge=0, le=600, description="try this: seconds between response and request")
    ] = None
    timeout: Annotated[
        float | None, Field(ge=0.1, le=600, description="try this: seconds until the client gives up on a request")
    ] = None


class Options(Overrides):
    """Everything a lab's command takes, as the command line's strings validated."""

    scale: Annotated[Scale, Field(description=SCALES)] = "auto"
    repeat: Annotated[
        int | None, Field(ge=1, le=50, description="how often the rows run, in turns; the lab's own number without it")
    ] = None
    generators: Annotated[
        int, Field(ge=1, le=64, description="k6 processes that make the load together, each its own share of it")
    ] = 1
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
    field = Options.model_fields[name]
    bounds = {type(one).__name__: one for one in field.metadata}
    kind = "a number" if float in get_args(field.annotation) else "a whole number"
    return f"{kind} from {bounds['Ge'].ge:,} to {bounds['Le'].le:,}"


def apply(overrides: Overrides, lab: Lab, variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """The variants as the reader wants them. Raises UsageError for an override that changes nothing."""
    if overrides.pool is not None and not any(variant.has_pool for variant in variants):
        raise UsageError(f"--pool changes nothing in {lab.name}: its endpoint uses no pool of connections")
    changed = tuple(_changed(variant, overrides) for variant in variants)
    return variants if changed == tuple(variants) else _distinct(changed)  # type: ignore[return-value]


def _changed(variant: Variant, overrides: Overrides) -> Variant:
    load = replace(
        variant.load,
        vus=_given(overrides.vus, variant.load.vus),
        steady_s=_given(overrides.steady, variant.load.steady_s),
        think_time_s=_given(overrides.think, variant.load.think_time_s),
        **_patience(overrides.timeout),  # type: ignore[arg-type]
    )
    pool = variant.pool
    if overrides.pool is not None and variant.has_pool:
        pool = replace(pool or Pool(size=0), size=overrides.pool, min_size=None)
    return replace(
        variant,
        load=load,
        pool=pool,
        workers=_given(overrides.workers, variant.workers),
        ms=_given(overrides.ms, variant.ms),
        thread_tokens=_given(overrides.tokens, variant.thread_tokens),
    )


def _patience(timeout_s: float | None) -> dict[str, float]:
    """The graceful stop outlasts the timeout, so that no request ends uncounted."""
    return {} if timeout_s is None else {"timeout_s": timeout_s, "graceful_stop_s": timeout_s + 1}


def _given(override: Number | None, own: Number) -> Number:
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
    load = variant.load
    parts = [f"W = {variant.workers}, N = {load.vus:,}, {variant.ms} ms, T = {variant.thread_tokens}"]
    parts += [f"P = {variant.pool.size}"] if variant.pool else []
    parts += [f"Z = {load.think_time_s:g} s"] if load.think_time_s else []
    return ", ".join(parts)
