"""For the learner: run a lab, look at it again, repair a service and be graded."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import Task, task

from labs import catalog
from labs.command_line.common import chosen_lab, reference_for
from labs.engine import paths
from labs.engine.declare.lab import Lab
from labs.engine.errors import UsageError
from labs.engine.harness import lock, overrides
from labs.engine.harness.overrides import Options
from labs.engine.judgement.verdict import judge
from labs.engine.results import runs, store
from labs.engine.results.result import RUNNING, UNENDED, Result
from labs.engine.show.terminal import err, out, plain_errors, show_result

HELP = {name: str(field.description) for name, field in Options.model_fields.items()} | {
    "hold": "another name of --steady",
    "json": "one JSON document on stdout, everything else on stderr",
    "dashboard": "k6's web dashboard on port 5665 while it runs; its report is kept",
}


def lab_task(lab: Lab) -> "Task[Callable[..., None]]":
    def run(
        c: Context, scale="", workers="", vus="", ms="", tokens="", pool="", steady="", hold="", think="", timeout="",
        repeat="", generators="", port="", json=False, dashboard=False,
    ) -> None:  # fmt: skip
        from labs.engine.run import invoke_lab
        from labs.engine.show.progress import LiveProgress

        given = dict(scale=scale, workers=workers, vus=vus, ms=ms, tokens=tokens, pool=pool)
        given |= dict(steady=steady or hold, think=think, timeout=timeout, repeat=repeat)
        given |= dict(generators=generators, port=port)
        with plain_errors():
            options = overrides.parse({name: text for name, text in given.items() if text})
            reference = reference_for(lab, options.scale)
            err.print(f"[bold]lab {lab.number}: {lab.claim}[/bold]")
            status, folder = invoke_lab(lab, options, dashboard, reference, json, LiveProgress(err))
            err.print(f"kept in {paths.shown(folder)}", style="dim")
        if status:
            raise Exit(code=status)

    run.__doc__ = lab.claim
    padded = f"lab{lab.number:02d}"  # as in the name of its page
    return Task(run, name=lab.name, aliases=() if padded == lab.name else (padded,), help=HELP)


@task(
    help={
        "lab": "number of a lab",
        "variant": "name of a row, as the lab's table has it; the one with the post's settings, or the first, without",
        "port": "where the service listens",
    }
)
def app(c: Context, lab: str, variant: str = "", port: str = "8000") -> None:
    """Start the server of one lab and leave the load to you (Ctrl-C stops it)."""
    import time

    from labs.engine.harness.plan import make_plan
    from labs.engine.run import serve_lab
    from labs.engine.show import serving

    with plain_errors():
        planned = make_plan(chosen_lab(lab), overrides.parse({"port": port}))
        row = serving.served_row(planned.variants, variant)
        with serve_lab(replace(planned, variants=(row,))) as server:
            log = paths.shown(server.log)
            for line in serving.lines(planned, row, server):
                err.print(line, soft_wrap=True, markup=False)
            while server.process.poll() is None:
                time.sleep(0.2)
        raise UsageError(f"the server ended by itself (status {server.process.returncode}): see {log}")


def going_on(result: Result, path: Path) -> Result:
    """A result whose run hasn't ended says so, and which run is under way is told on stderr."""
    running = lock.holder()
    if running is None:
        return result
    if result.stopped != UNENDED or path.parent != runs.newest():
        err.print(f"note: {running} is running, and has nothing to show here yet", style="yellow", markup=False)
        return result
    err.print(f"note: {running} is still running; these are its rows so far", style="yellow", markup=False)
    return replace(result, stopped=RUNNING)


@task(help={"lab": "number of a lab; the newest run of any lab without it", "json": "as JSON on stdout"})
def show(c: Context, lab: str = "", json: bool = False) -> None:
    """The last run again, beside the reference; of a run that was stopped, what it had measured."""
    with plain_errors():
        name = chosen_lab(lab).name if lab else None
        path = runs.latest(name)
        if path is None:
            running = lock.holder()
            never = f"nothing has run yet: invoke {name or 'lab2'}"
            raise UsageError(f"{running} is running, and has nothing to show yet" if running else never)
        result = going_on(store.read(path), path)
        one = catalog.lab(result.lab)
        show_result(one, result, judge(one, result), reference_for(one, result.scale), json)


@task
def labs(c: Context) -> None:
    """Every lab, with the state of its captures: current, stale or missing."""
    from labs import captures

    with plain_errors():
        for lab in catalog.labs():
            states = ", ".join(f"{scale} {captures.state(lab, scale)}" for scale in lab.captured_at)
            out.print(f"{lab.name:6} {lab.claim}\n       [dim]captures: {states}[/dim]", soft_wrap=True)


NUMBER = "number of the exercise's lab"


@task(help={"number": NUMBER, "fresh": "begin anew; your version is kept beside it"})
def exercise(c: Context, number: str, fresh: bool = False) -> None:
    """Write a broken service to exercises/, yours to repair, and say what it has to reach."""
    from labs.exercises import terminal

    with plain_errors():
        terminal.begin(number, fresh, out)


@task(help={"number": NUMBER, "hint": "only the next hint: nothing runs", "port": "where your service listens"})
def grade(c: Context, number: str, hint: bool = False, port: str = "8000") -> None:
    """Run your version of an exercise under load, and say what it reaches and what it misses.

    Status 0: solved; 10: not yet; 20: inconclusive; 2: it can't run.
    """
    from labs.exercises import terminal

    with plain_errors():
        if hint:
            terminal.hint(number, out)
            return
        status = terminal.run(number, port, out, err)
    if status:
        raise Exit(code=status)


@task(help={"along": "the path you're on: one hour, half a day, or everything"})
def progress(c: Context, along: str = "everything") -> None:
    """Which exercises you've solved, and which one comes next along your path."""
    from labs.exercises import terminal
    from labs.pages.regions import course

    with plain_errors():
        terminal.overview(course.labs_along(along), out)
