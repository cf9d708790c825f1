"""A lab: what it claims, the variants that show it, and the checks that judge it. Declares; runs nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from labs.engine.declare.claim import Check, PostComparison
from labs.engine.declare.service import Machine, Scale, Variant


@dataclass(frozen=True, kw_only=True)
class HomeBar:
    """The row of a lab that stands on the home page, and how the page calls it."""

    variant: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Lab:
    """One lab, named by its folder: `labs/lab<number>_<mechanism>`.

    number          `invoke lab<number>`
    slug            the folder's name
    title           the mechanism, as the page's heading
    claim           one line, with its condition
    variants        the rows at a scale, sized to a machine; pure. Read them through `rows`
    tolerance       how near throughput must come to a clock-limited prediction, as a share of it
    checks          claims besides "throughput is the predicted ceiling"
    post            what is compared with the post; None if the post has nothing to compare
    baseline        name of the variant whose measured CPU costs predict the later ones
    captured_at     the scales that its page shows a captured run of
    pgbench         also measure the database's own limit, with the service's query
    measures_noise  its identical runs are kept as this machine's noise floor
    only_on         the system whose kernel the claim is about ("Linux"); elsewhere it is inconclusive
    grades          the claim is a target for the learner's own service, and the verdict says whether it is met
    home_bar        the row of the home page's figure, at the post's size
    segments        how often the rows run in turns (A B A B …); a claim that the CPU decides needs five pairs
    once            rows that a clock limits, in such a lab: one run of each says it
    notebook        the default size's variant whose requests the notebook computes with
    """

    number: int
    slug: str
    title: str
    claim: str
    variants: Callable[[Scale, Machine], Sequence[Variant]]
    tolerance: float
    checks: tuple[Check, ...] = ()
    post: PostComparison | None = None
    baseline: str | None = None
    captured_at: tuple[Scale, ...] = ("post",)
    pgbench: bool = False
    measures_noise: bool = False
    only_on: str | None = None
    grades: bool = False
    home_bar: HomeBar | None = None
    segments: int = 1
    once: tuple[str, ...] = ()
    notebook: str | None = None

    @property
    def name(self) -> str:
        return f"lab{self.number}"

    def rows(self, scale: Scale, machine: Machine) -> tuple[Variant, ...]:
        """The variants as they run. What the post measured is repeated as it was there, without server metrics."""
        declared = tuple(self.variants(scale, machine))
        if scale == "post" and "post" in self.captured_at:
            return tuple(replace(v, server_metrics=None) for v in declared)
        return declared

    def needs_database(self, machine: Machine) -> bool:
        return any(variant.needs_database for variant in self.rows("auto", machine))
