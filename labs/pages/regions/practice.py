"""The graded exercises on the pages: the task, its targets, and folds with the solution and the tempting repairs."""

from labs.engine.declare.exercise import Exercise
from labs.engine.paths import ROOT
from labs.exercises import catalog, words
from labs.pages import markdown


def exercise(number: int) -> str:
    """What is asked for, the two commands, and what the learner may look at afterwards."""
    one = catalog.exercise(number)
    targets = [(target.says, words.limits(target)) for target in one.targets]
    table = markdown.table(("what is measured", "target"), targets, words=2)
    task = [one.story, "", *table, "", *_code(one, "starter.py")]
    commands = ["```console", f"invoke exercise {number}", f"invoke grade {number}", "```"]
    asked = ['??? example "The service, and what it has to reach"', "", *markdown.indented(task)]
    return markdown.region([*commands, "", *asked, "", *_solution(one), "", *_tempting(one)])


def _solution(one: Exercise) -> list[str]:
    return ['??? success "A solution"', "", *markdown.indented(_code(one, "solution.py"))]


def _code(one: Exercise, name: str) -> list[str]:
    file = (catalog.folder(one.lab) / name).relative_to(ROOT)
    return ["```python", f'--8<-- "{file.as_posix()}"', "```"]


def _tempting(one: Exercise) -> list[str]:
    body = [f"- **{wrong.title}**: one target it misses is “{wrong.fails}”. {wrong.because}" for wrong in one.wrong]
    return ['??? failure "Repairs that don\'t pass"', "", *markdown.indented(body)]


def overview() -> str:
    """Every exercise with what is broken, for the page about practice."""
    rows = [
        (f"[lab {one.lab}](labs/lab{one.lab:02d}.md#repair-it)", one.title, f"`invoke exercise {one.lab}`")
        for one in catalog.exercises()
    ]
    return markdown.region(markdown.table(("taught in", "what to do", "begin"), rows, words=3))
