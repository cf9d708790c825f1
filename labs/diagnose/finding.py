"""What a diagnosis can say: which resource limits, or what else was found."""

from enum import StrEnum

from labs.diagnose.evidence import Frozen, Resource, named


class Answer(StrEnum):
    LIMIT = "limited by"
    BETWEEN = "between"
    DEADLOCK = "deadlock"
    OUTSIDE = "a wait outside"
    PLACES = "places of an unknown kind"
    NO_LIMIT = "no limit found"
    INCONCLUSIVE = "inconclusive"


LOOP, WORKER_CORE, MACHINE, GENERATOR = "event loop", "a core per worker", "shared cores", "the load generator"
TRAP = "delayed acknowledgments"


class Limit(Frozen):
    """`size`: how many there are, all processes together; `held_s`: how long a request holds one."""

    kind: str
    made_in: str = ""
    size: float | None = None
    held_s: float | None = None
    clock_limited: bool = True

    @property
    def name(self) -> str:
        return named(self.kind, self.made_in)


class Finding(Frozen):
    """`limits`: one; two where it sits between them; those of a deadlock; none else."""

    answer: Answer
    limits: tuple[Limit, ...]
    because: tuple[str, ...]

    @property
    def sentence(self) -> str:
        names = " and ".join(limit.name for limit in self.limits)
        return f"{self.answer} {names}".rstrip() if self.answer != Answer.DEADLOCK else f"deadlock of {names}"


def limit_of(one: Resource, x_per_s: float | None = None) -> Limit:
    """The resource as what limits; at a throughput of X a request holds one for size ÷ X (Little's law)."""
    held_s = one.size / x_per_s if x_per_s and one.size else None
    return Limit(kind=one.kind, made_in=one.made_in, size=one.size, held_s=held_s)


def limited_by(
    kind: str,
    because: tuple[str, ...],
    size: float | None = None,
    held_s: float | None = None,
    clock_limited: bool = True,
) -> Finding:
    limit = Limit(kind=kind, size=size, held_s=held_s, clock_limited=clock_limited)
    return Finding(answer=Answer.LIMIT, limits=(limit,), because=because)
