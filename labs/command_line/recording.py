"""For whoever keeps the course: record what the pages show, generate them, begin a lab."""

import re

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from labs import catalog
from labs.command_line.common import chosen_lab
from labs.engine import paths
from labs.engine.errors import UsageError
from labs.engine.harness import overrides
from labs.engine.judgement.verdict import judge
from labs.engine.show.terminal import err, plain_errors, show_result


@task(
    help={
        "lab": "only this lab",
        "scale": "only this scale: post or auto",
        "force": "also what is current",
        "machine": "keep it as the capture of a machine of that name, beside the reference",
        "port": "where the service listens",
    }
)
def capture(
    c: Context, lab: str = "", scale: str = "", force: bool = False, machine: str = "", port: str = "8000"
) -> None:
    """Record again what is stale or missing, three interleaved repeats, and write the reference files."""
    from labs import captures
    from labs.engine.show.progress import LiveProgress

    with plain_errors():
        if machine and (machine == "reference" or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", machine)):
            raise UsageError(f"--machine is lower-case words joined by -, like raspberry-pi-5, not {machine!r}")
        chosen = [chosen_lab(lab)] if lab else list(catalog.labs())
        asked = overrides.parse({"port": port} | ({"scale": scale} if scale else {}))
        for one in chosen:
            for at in [asked.scale] if scale else one.captured_at:
                if not force and captures.state(one, at, machine or None) == "current":
                    err.print(f"{one.name} {at}: current")
                    continue
                with LiveProgress(err) as progress:
                    result = captures.capture(one, at, progress, machine or None, asked.port)
                show_result(one, result, judge(one, result), None, as_json=False)
    err.print("now: invoke render")


@task(
    help={
        "lab": "only this lab",
        "times": "how many fresh runs each lab shall have",
        "minutes": "begin no further run after so long",
    }
)
def stability(c: Context, lab: str = "", times: str = "10", minutes: str = "60") -> None:
    """Run the labs afresh, in turns, and keep what came of it: the page says how often a fresh run agrees."""
    from labs import stability as fresh
    from labs.engine.show.progress import LiveProgress

    with plain_errors():
        if not (times.isdecimal() and minutes.isdecimal()):
            raise UsageError(f"--times and --minutes are whole numbers, not {times!r} and {minutes!r}")
        chosen = [chosen_lab(lab)] if lab else list(catalog.labs())
        with LiveProgress(err) as progress:
            fresh.run(chosen, int(times), float(minutes), progress)
    err.print("now: invoke render")


@task(help={"check": "change nothing, exit 1 if something is stale"})
def render(c: Context, check: bool = False) -> None:
    """Rewrite every generated region and figure from the captures, or say which are stale."""
    from labs.pages.render import render as rendered

    with plain_errors():
        stale = rendered(check)
    for path in stale:
        err.print(f"{'stale' if check else 'rewritten'}: {paths.shown(path)}")
    if check and stale:
        err.print("fix: invoke render")
        raise Exit(code=1)


@task(
    name="new-lab",
    help={
        "mechanism": "names the folder: lower-case words joined by _, like thread_tokens",
        "title": "what the page is called",
        "part": "the part of the navigation that it joins",
    },
)
def new_lab(c: Context, mechanism: str, title: str, part: str = "Overload and isolation") -> None:
    """Begin a lab: its folder, its page and its line in the navigation, from a template that runs."""
    from labs import scaffold

    with plain_errors():
        written = scaffold.new_lab(mechanism, title, part)
    for path in written:
        err.print(f"written: {paths.shown(path)}")
    name = written[-1].stem.replace("lab0", "lab")
    err.print(f"it runs as it stands: invoke {name} --scale smoke. CONTRIBUTING.md says what comes next")


@task
def budgets(c: Context) -> None:
    """Build the site, let Lighthouse visit three pages, and keep what it says for the README."""
    from labs.pages.site import budgets as costs

    with plain_errors():
        found = costs.measure()
        costs.keep(found)
    for line in costs.over(found):
        err.print(line, style="red")
    err.print("now: invoke render")
    if costs.over(found):
        raise Exit(code=1)
