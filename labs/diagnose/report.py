"""One document for a diagnosis: what `--json` prints, and what is kept of a run."""

from labs.diagnose.ceilings import Ceiling
from labs.diagnose.change import Change
from labs.diagnose.evidence import Evidence, Frozen
from labs.diagnose.expect import Kept
from labs.diagnose.finding import GENERATOR, LOOP, MACHINE, TRAP, WORKER_CORE, Answer, Finding
from labs.diagnose.headroom import Headroom
from labs.diagnose.prove import Proof
from labs.engine.formatting import rate

SCHEMA_VERSION = 1
LABS = {
    "thread tokens": 2,
    "connection pool": 6,
    LOOP: 5,
    WORKER_CORE: 9,
    MACHINE: 8,
    GENERATOR: 14,
    TRAP: 15,
    "limiter": 10,
    "thread pool executor": 9,
    "process pool executor": 9,
    "http client pool": 22,
    "semaphore": 10,
    "lock": 9,
}  # which lab teaches it


class Served(Frozen):
    """What was diagnosed. `argv` without the path of the interpreter's folder; empty: it ran already."""

    url: str
    argv: tuple[str, ...]
    method: str
    paths: tuple[tuple[str, float], ...]
    workers: int
    loop: str | None
    python: str | None
    versions: dict[str, str]


class Document(Frozen):
    """`lab`: the one that teaches what was found. Times in seconds, rates per second, CPU in cores."""

    schema_version: int = SCHEMA_VERSION
    started_at: str
    took_s: float
    service: Served
    sentence: str
    throughput_per_s: float
    finding: Finding
    evidence: Evidence
    ceilings: tuple[Ceiling, ...]
    change: Change | None
    proof: Proof | None = None
    headroom: Headroom | None = None
    expected: Kept | None = None
    lab: int | None


def sentence(e: Evidence, finding: Finding) -> str:
    """The diagnosis in one sentence."""
    x = rate(e.judged.throughput_per_s)
    if finding.answer == Answer.NO_LIMIT:
        return f"no limit up to {e.judged.users:,} users: {x}/s"
    if finding.answer == Answer.OUTSIDE:
        return f"{x}/s, limited by a wait outside this service"
    if finding.answer == Answer.PLACES:
        places = e.judged.throughput_per_s * e.service_time_s
        return f"{x}/s, as if {places:.3g} places were held for the whole request; which they are can't be seen"
    if finding.answer == Answer.INCONCLUSIVE:
        return f"inconclusive: {finding.because[0]}"
    return f"{x}/s, {finding.sentence}" if finding.answer != Answer.DEADLOCK else finding.sentence


def lab(finding: Finding) -> int | None:
    kinds = [limit.kind for limit in finding.limits]
    if finding.answer == Answer.DEADLOCK:
        return 21 if LOOP in kinds else 12
    return LABS.get(LOOP if LOOP in kinds else kinds[0]) if kinds else None
