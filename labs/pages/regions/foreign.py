"""What a diagnosis said of services that no one here wrote, held against what is true of them."""

import json
import re
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from labs.engine import paths
from labs.engine.formatting import NONE, rate
from labs.pages.markdown import region, table

FILE = paths.DOCS / "data" / "foreign.json"


class Diagnosed(BaseModel):
    """One service, as `invoke selftest --part foreign` keeps it. `theory_per_s` None: no clock decides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    what: str
    limit: str
    because: str
    sources: tuple[str, ...]
    said: str
    reasons: tuple[str, ...]
    outcome: Literal["right", "between", "inconclusive", "wrong"]
    why: str
    throughput_per_s: float | None
    theory_per_s: float | None
    started_at: str


def read() -> tuple[Diagnosed, ...]:
    return TypeAdapter(tuple[Diagnosed, ...]).validate_python(json.loads(FILE.read_text(encoding="utf-8")))


def diagnoses() -> str:
    """The service, what is true of it and how one knows, and what was said."""
    kept = read()
    headings = ("service", "what is true, and how one knows", "the diagnosis said", "measured", "right?")
    days = sorted({one.started_at[:10] for one in kept})
    recorded = f"Recorded on {days[0]}" if len(days) == 1 else f"Recorded from {days[0]} to {days[-1]}"
    return region([*table(headings, _rows(kept), words=3, last_words=1), "", f"{recorded}."])


def _rows(kept: Sequence[Diagnosed]) -> list[tuple[str, ...]]:
    return [
        (
            f"{one.name} {one.version}: {one.what}",
            f"{_capital(one.limit)}. {_capital(one.because)} ({', '.join(f'`{source}`' for source in one.sources)}).",
            _said(one),
            NONE if one.throughput_per_s is None else f"{rate(one.throughput_per_s)}/s",
            one.outcome if not one.why or one.outcome == "inconclusive" else f"{one.outcome}: {one.why}",
        )
        for one in kept
    ]


def _said(one: Diagnosed) -> str:
    """The sentence without the throughput, which has a column of its own, and the first reason, if that adds one."""
    sentence = re.sub(r"^[\d.,]+/s, ", "", one.said)
    name, reason = sentence.removeprefix("limited by "), next(iter(one.reasons), sentence)
    if reason.startswith(f"{name}: "):
        sentence += reason.removeprefix(name)
    elif reason not in sentence:
        sentence += f". {_capital(reason)}"
    return re.sub(r"\((\S+) in (\S+)\)", r"(`\1` in `\2`)", _capital(sentence))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
