"""The parts that every lab page is made of: head, legend, result, evidence, next."""

import re
from math import ceil, floor, log10

from labs import catalog
from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.errors import UsageError
from labs.engine.formatting import NONE, rate, share
from labs.engine.judgement.outcome import CheckOutcome, Outcome, Verdict
from labs.engine.judgement.scope import is_judged
from labs.engine.judgement.tolerance import tolerance
from labs.engine.judgement.verdict import judge
from labs.engine.results.result import Result, Run, by_variant, median_run
from labs.engine.show.rows import NEVER_STARTED, limit_of
from labs.pages import markdown
from labs.pages.captured import SIZES, captured
from labs.pages.regions import course, results

# What each symbol stands for, in the order in which a legend has them; the glossary has them all.
SYMBOLS = {
    "N": "users",
    "Z": "think time",
    "λ": "arrivals per second",
    "X": "throughput, requests per second",
    "R": "response time",
    "S": "service time: how long a request takes on an idle service",
    "W": "workers",
    "T": "thread tokens per worker",
    "b": "how long a request blocks the event loop",
    "P": "connections per worker",
    "q": "how long a request holds a connection",
    "K": "the app's own slots per worker",
    "L": "admission limit",
    "μ": "requests per second a server completes",
    "c": "server CPU per request",
    "g": "load generator CPU per request",
    "d": "database CPU per request",
    "C": "cores",
    "k": "computing threads",
    "m": "layers",
}
NOT_MEANT = r"(?<!Erlang )"  # whose C is a formula's name
ALONE = re.compile(rf"{NOT_MEANT}(?<![\w'’\-.])([{''.join(SYMBOLS)}])(?! code)(?![\w'’\-.]\w|[\w'’])")
NOT_PROSE = re.compile(
    r"^---\n.*?\n---\n|```.*?```|`[^`]*`|<!-- \[\[\[cog.*?<!-- \[\[\[end\]\]\] -->|<[^>]*>|\]\([^)]*\)",
    re.DOTALL,
)


def head(number: int) -> str:
    """How long a page takes, for whom it is, and what to have read."""
    page = course.of_lab(number)
    first = ", ".join(f"[{one.title}]({_from_lab(one.path)})" for one in map(course.read, page.after))
    parts = [f"{page.minutes} minutes", page.level, *([f"read first: {first}"] if first else [])]
    return markdown.region([" · ".join(parts), "{ .head }"])


def legend(number: int, **here: str) -> str:
    """One line with the symbols that the page uses; `here` says what one of them means on this page."""
    used = symbols(course.of_lab(number).text)
    meanings = SYMBOLS | here
    return markdown.region([" · ".join(f"**{one}** {meanings[one]}" for one in SYMBOLS if one in used), "{ .legend }"])


def symbols(text: str) -> set[str]:
    """The symbols in a page's own words: outside code, generated regions, HTML and addresses."""
    return set(ALONE.findall(NOT_PROSE.sub(" ", text)))


LIMITED_BY = "[limited by](../numbers.md#ceilings)"
LIMITS = {  # those whose names don't say enough
    "a core per worker": "each worker computes on one core at a time",
    "shared cores": "service and load generator together use all cores of the machine",
    "the app's own slots": "the threads or processes that the app keeps for this work",
    "between": "two limits are so close that both may count",
}


def result(number: int, *names: str) -> str:
    """The captured run at the default size, and its verdict: a table of five columns, or of two where no row is judged.

    With `names` only these rows, for a lab with many; the evidence has all. Raises UsageError for one that isn't there.
    """
    lab = catalog.lab(number)
    shown = captured(lab, "auto")
    grouped = by_variant(shown)
    if unknown := set(names) - set(grouped):
        raise UsageError(f"{lab.name} has no row {', '.join(sorted(unknown))}")
    runs = {name: median_run(grouped[name]) for name in names or grouped}
    if any(map(_held_against, runs.values())):
        headings = ["variant", "predicted, per second", "measured", LIMITED_BY, "verdict"]
        cells = [_row(lab, shown, name, run) for name, run in runs.items()]
        table = markdown.table(headings, cells, last_words=2)
        if NONE in [row[-1] for row in cells]:
            table += ["", f"({NONE} in the last column: the row has no verdict of its own.)"]
        limits = " ".join(row[3] for row in cells)
        if explained := [f"*{name}*: {means}" for name, means in LIMITS.items() if name in limits]:
            table += ["", f"({'; '.join(explained)}.)"]
    else:  # what isn't judged is in the evidence: a prediction beside a verdict would look as if it were
        rows = [(name, _reached(run)) for name, run in runs.items()]
        table = markdown.table(["variant", "requests per second"], rows)
    if names:
        table += ["", f"({len(names)} of {len(grouped)} rows; the evidence has all.)"]
    return markdown.region([*table, "", *said(lab, shown, judge(lab, shown))])


def _held_against(run: Run) -> float | None:
    """The prediction that a row is judged by; None where the row is only shown."""
    return run.predicted_per_s if is_judged(run) else None


def _row(lab: Lab, shown: Result, name: str, run: Run) -> tuple[str, ...]:
    judged_by = _held_against(run)
    ceiling = judged_by or (None if lab.baseline else run.predicted_per_s)  # else a forecast from another row's CPU
    return name, rate(ceiling), _reached(run), limit_of(run), _row_verdict(lab, shown, run)


def _reached(run: Run) -> str:
    return NEVER_STARTED if run.measurement.start_error is not None else rate(run.throughput_per_s)


def _row_verdict(lab: Lab, shown: Result, run: Run) -> str:
    predicted = _held_against(run)
    if not predicted:
        return NONE
    off = abs(run.throughput_per_s / predicted - 1)
    return "as predicted" if off <= tolerance(lab, shown) else f"{share(off)} off"


SAID: dict[Outcome, str] = {
    "reproduced": "Reproduced",
    "not reproduced": "Not reproduced",
    "inconclusive": "Inconclusive",
}


SPELLED_OUT = 3  # claims that one list can hold


def said(lab: Lab, shown: Result, verdict: Verdict) -> list[str]:
    """The verdict and what decided it; where more claims hold than fit, how many more."""
    medians = map(median_run, by_variant(shown).values())
    offs = [abs(run.throughput_per_s / predicted - 1) for run in medians if (predicted := _held_against(run))]
    parts = [_as_predicted(offs)] if offs else []
    claims = {check.says: check for check in lab.checks}
    judging = [(claims[one.says], one) for one in verdict.checks if one.says in claims]
    if verdict.outcome == "reproduced" and len(judging) > SPELLED_OUT:
        more = len(judging) - SPELLED_OUT + 1
        spelled = [_claim(*one) for one in judging[: SPELLED_OUT - 1]]
        parts += [*spelled, f"{more} other claims hold as well (in the evidence below)"]
    else:
        parts += [_claim(*one) for one in judging]
    outcome = f"**{SAID[verdict.outcome]}.**"
    if len(parts) == 1 and offs:
        return [f"{outcome} {parts[0][:1].upper()}{parts[0][1:]}."]
    brackets = " (in brackets: what the lab claimed beforehand)" if any("(claimed" in part for part in parts) else ""
    return [f"{outcome} What was judged{brackets}:", "", *(f"- {part}" for part in parts)]


def _as_predicted(offs: list[float]) -> str:
    rows = "every judged row" if len(offs) > 1 else "the one judged row"
    most = max(offs)
    return (
        f"{rows} equals its prediction, {EXACTLY}"
        if most < EXACT
        else f"{rows} is within {_off(most)} of its prediction"
    )


EXACTLY = "to within what we can measure"  # a window of whole waves shows no less than a part of one wave
EXACT, LITTLE = 5e-5, 1e-3  # how far from 1 is called exact, and how far isn't worth its digits


def _off(off: float) -> str:
    """How far from 1, in words that can follow "by" and "within": rounded up to two digits, so that it's never less."""
    if off < LITTLE:
        return f"less than {share(LITTLE)}"
    step = 10.0 ** (floor(log10(off)) - 1)
    return share(ceil(off / step - 1e-9) * step)


def _to_within(off: float) -> str:
    return EXACTLY if off < EXACT else f"to within {_off(off)}"


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value + 0:.3g}"


def _claim(check: Check, outcome: CheckOutcome) -> str:
    """A check as a sentence, with its value: as the lab says it, else how far from exact or beyond its limit."""
    off = abs(outcome.value - 1)
    if check.spoken:
        spoken = check.spoken.replace("to within {off}", _to_within(off))
        return spoken.format(value=_three_digits(outcome.value), share=share(outcome.value), off=_off(off))
    parts = outcome.says.split(" / ")
    if outcome.low is not None and outcome.high is not None and outcome.low < 1 < outcome.high:
        exact = f"{parts[0]} and {parts[1]} agree" if len(parts) == 2 else f"\u201c{outcome.says}\u201d holds"
        return f"{exact} {_to_within(off)}"
    limit = f"at least {outcome.low:g}" if outcome.low is not None else f"at most {outcome.high:g}"
    times = (
        f"{parts[0]} is {outcome.value:.3g} times {parts[1]}"
        if len(parts) == 2
        else f"{outcome.says}: {outcome.value:.3g}"
    )
    return f"{times} ({limit} is claimed)"


# The search leaves out what stands up to the first end tag of this name: so it must not occur in the evidence.
UNSEARCHED = "<section data-search-exclude markdown>"


def evidence(number: int, *own: str) -> str:
    """One fold with everything that was captured, at every size, and the lab's own tables; the search leaves it out."""
    lab = catalog.lab(number)
    body: list[str] = []
    for scale in reversed(lab.captured_at):
        body += [f"**At {_the(SIZES[scale])} size**", *_lines(results.table(number, scale))]
        body += _lines(results.figures(number, scale))
    for one in own:
        body += _lines(one)
    return markdown.region([UNSEARCHED, "", *markdown.fold("All the evidence", body), "", "</section>"])


def _the(size: str) -> str:
    return size if size.startswith("the") else f"the {size}"


def _lines(region: str) -> list[str]:
    return ["", *region.strip("\n").split("\n"), ""]


def onward(number: int) -> str:
    """The one link to go on with."""
    page = course.of_lab(number)
    following = course.read(page.next)
    return markdown.region([f"**Next:** [{following.title}]({_from_lab(following.path)})", "{ .onward }"])


def _from_lab(path: str) -> str:
    return path.removeprefix("labs/") if path.startswith("labs/") else f"../{path}"
