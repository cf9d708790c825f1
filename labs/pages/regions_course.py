"""What is collected from the pages themselves: key points, minutes, the list for language models."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from labs import catalog

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LLMS = DOCS / "llms.txt"

REFERENCE = (
    "decide.md",
    "cheat-sheet.md",
    "what-binds.md",
    "key-points.md",
    "numbers.md",
    "glossary.md",
    "audit.md",
)
LABS = tuple(f"labs/lab{lab.number:02d}.md" for lab in catalog.labs())


def labs(*numbers: int) -> tuple[str, ...]:
    return tuple(f"labs/lab{number:02d}.md" for number in numbers)


# name, whom it suits, its pages in order
PATHS = (
    ("one hour", "you want to know why, and run it once", ("setup.md", *labs(2, 5), "decide.md")),
    (
        "half a day",
        "you build services and want to size them",
        ("setup.md", *labs(0, 1, 2, 5, 6, 8, 9, 11), "decide.md", "quiz.md"),
    ),
    ("everything", "you will be asked why", ("setup.md", *LABS, "what-binds.md", "decide.md", "quiz.md")),
)


@dataclass(frozen=True)
class Page:
    """A page of the course: `path` below docs/, what its front matter says, and its text."""

    path: str
    title: str
    minutes: int
    level: str
    text: str


def key_points() -> str:
    """The key points of every lab page, each under a link to it."""
    lines = [""]
    for page in map(read, LABS):
        lines += [f"## [{page.title}]({page.path})", "", *section(page.text, "Key points"), ""]
    return "\n".join([*lines, ""])


def paths() -> str:
    """The ways through the course with the sum of their pages' minutes."""
    lines = ["", "| path | for whom | pages | minutes |", "|---|---|---|--:|"]
    for name, whom, chosen in PATHS:
        pages = [read(path) for path in chosen]
        shown = "every page" if len(pages) > len(LABS) else ", ".join(f"[{short(p)}]({p.path})" for p in pages)
        lines.append(f"| **{name}** | {whom} | {shown} | {sum(page.minutes for page in pages)} |")
    return "\n".join([*lines, "", ""])


def timetable(name: str) -> str:
    """One path page by page, with the minutes that have passed when it begins."""
    chosen = next(pages for known, _, pages in PATHS if known == name)
    lines, passed = ["", "| from minute | page | minutes |", "|--:|---|--:|"], 0
    for page in map(read, chosen):
        lines.append(f"| {passed} | [{page.title}]({page.path}) | {page.minutes} |")
        passed += page.minutes
    return "\n".join([*lines, "", ""])


def llms() -> str:
    """docs/llms.txt (llmstxt.org): what the site is, and its pages with their questions."""
    head = [
        "# FastAPI under load",
        "",
        "> A course with runnable labs: what happens to a FastAPI service under load, and why def, async def, threads, "
        "workers and pools decide it. Every finding is predicted from theory, measured with k6 against uvicorn and "
        "PostgreSQL, and judged: reproduced, not reproduced or inconclusive.",
        "",
        "## Labs",
        "",
    ]
    lines = [f"- [{page.title}]({address(page)}): {question(page)}" for page in map(read, LABS)]
    others = map(read, REFERENCE)
    return "\n".join([*head, *lines, "", "## Reference", "", *(f"- [{p.title}]({address(p)})" for p in others), ""])


# --- their parts -------------------------------------------------------------------------


@cache
def read(path: str) -> Page:
    """Raises FileNotFoundError for a page that is not there, ValueError for one without a title."""
    text = (DOCS / path).read_text(encoding="utf-8")
    found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    told = dict(re.findall(r"^(\w+): \"?(.*?)\"?$", found[1], re.MULTILINE)) if found else {}
    if "title" not in told:
        raise ValueError(f"docs/{path} has no title in its front matter")
    return Page(path, told["title"], int(told.get("minutes", 0)), told.get("level", ""), text)


def section(text: str, heading: str) -> Sequence[str]:
    """The lines below a heading of the second level, up to what follows its list."""
    return tuple(_list_after(text.split(f"\n## {heading}\n", 1)[1].strip().splitlines()))


def _list_after(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if not line.startswith(("- ", "  ")):
            return
        yield line


def question(page: Page) -> str:
    found = re.search(r"^\*\*The question\.\*\* (.*)$", page.text, re.MULTILINE)
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", found[1]) if found else ""


def short(page: Page) -> str:
    return page.title.split(":")[0].lower() if page.title.startswith("Lab") else page.title


def address(page: Page) -> str:
    return page.path.removesuffix(".md") + "/"
