"""Turns the strings of the command line into a Plan, or says in one line what is wrong with them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from labs.runner.model import Lab, Machine, Scale, UsageError, Variant
from labs.runner.run import Plan

HELP = {
    "scale": "auto: sized to this machine; post: the post's own numbers; smoke: seconds, no verdict",
    "workers": "try this: uvicorn workers (W)",
    "vus": "try this: virtual users (N)",
    "ms": "try this: milliseconds each request waits",
    "tokens": "try this: thread tokens per worker (T)",
    "pool": "try this: connections per worker (P)",
    "hold": "try this: seconds at full load",
    "repeat": "interleaved repeats of every variant",
    "port": "where the service listens",
    "json": "one JSON document on stdout, everything else on stderr",
    "dashboard": "k6's web dashboard on port 5665 while it runs; its report is kept",
}


def parse_scale(text: str) -> Scale:
    for scale in get_args(Scale):
        if text == scale:
            return scale  # type: ignore[no-any-return]
    raise UsageError(f"--scale is one of {', '.join(get_args(Scale))}, not {text!r}")


def whole(name: str, text: str, low: int, high: int) -> int:
    """A whole number in [low, high]. Raises UsageError."""
    try:
        value = int(text)
    except ValueError:
        raise UsageError(f"--{name} is a whole number, not {text!r}") from None
    if not low <= value <= high:
        raise UsageError(f"--{name} lies between {low:,} and {high:,}, not at {value:,}")
    return value


def machine_name(text: str) -> str:
    """A name for `capture --machine`, or "" for the reference machine. Raises UsageError."""
    if text and (text == "reference" or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text)):
        raise UsageError(f"--machine is lower-case words joined by -, like raspberry-pi-5, not {text!r}")
    return text


def make_plan(
    lab: Lab,
    machine: Machine,
    scale: str = "auto",
    workers: str = "",
    vus: str = "",
    ms: str = "",
    tokens: str = "",
    pool: str = "",
    hold: str = "",
    repeat: str = "1",
    port: str = "8000",
    dashboard: bool = False,
) -> Plan:
    """Validate every option and apply the overrides. Raises UsageError."""
    chosen = parse_scale(scale)
    repeats = whole("repeat", repeat, 1, 50)
    listens = whole("port", port, 1024, 65_535)
    variants = lab.rows(chosen, machine)
    notes: tuple[str, ...] = ()
    if variants != lab.rows(chosen, Machine(machine.cores)):
        most = max(v.load.vus for v in variants)
        notes = (f"sized down to {most:,} users, which is what this machine allows; invoke doctor says what limits it",)
    changed = variants
    if workers:
        changed = tuple(replace(v, workers=whole("workers", workers, 1, 128)) for v in changed)
    if vus:
        changed = tuple(replace(v, load=replace(v.load, vus=whole("vus", vus, 1, 50_000))) for v in changed)
    if ms:
        changed = tuple(replace(v, ms=whole("ms", ms, 0, 10_000)) for v in changed)
    if tokens:
        changed = tuple(replace(v, thread_tokens=whole("tokens", tokens, 1, 10_000)) for v in changed)
    if pool:
        if all(v.endpoint.pool == "none" for v in variants):
            raise UsageError(f"--pool changes nothing in {lab.name}: its endpoint uses no database")
        changed = tuple(replace(v, pool_size=whole("pool", pool, 1, 1000), pool_min_size=None) for v in changed)
    if hold:
        changed = tuple(replace(v, load=replace(v.load, hold_s=float(whole("hold", hold, 1, 600)))) for v in changed)
    experiment = changed != variants
    return Plan(
        lab, chosen, _distinct(changed) if experiment else variants, repeats, listens, dashboard, experiment, notes
    )


def _distinct(variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """Variants that an override made alike are run once; names then say what they really are."""
    alike: dict[Variant, str] = {}
    for variant in variants:
        alike.setdefault(replace(variant, name="", source=None), variant.name)
    told = [_describe(variant) for variant in alike]
    return tuple(
        replace(variant, name=text if told.count(text) == 1 else f"{was}: {text}")
        for (variant, was), text in zip(alike.items(), told, strict=True)
    )


def _describe(variant: Variant) -> str:
    text = f"W = {variant.workers}, N = {variant.load.vus:,}, {variant.ms} ms, T = {variant.thread_tokens}"
    return f"{text}, P = {variant.pool_size}" if variant.pool_size else text
