"""What is collected from the pages themselves: key points, minutes, the list for language models."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from mkdocs.utils import meta

from labs.engine.errors import UsageError
from labs.engine.paths import DOCS, ROOT
from labs.pages import markdown

LLMS = DOCS / "llms.txt"

REFERENCE = (
    "practice.md",
    "slow-now.md",
    "diagnose.md",
    "watch.md",
    "size.md",
    "decide.md",
    "cheat-sheet.md",
    "what-binds.md",
    "key-points.md",
    "numbers.md",
    "glossary.md",
    "audit.md",
)
LABS = tuple(re.findall(r"labs/lab\d\d\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
"""The labs' pages in the order of the navigation, which is the course's."""


def parts() -> dict[str, tuple[str, ...]]:
    """The labs' pages by the part of the navigation that they are in; parts without a lab are left out."""
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    found = re.findall(r"^  - ([^:\n]+):\n((?:      - .*\n)+)", navigation, re.MULTILINE)
    labs = {name: tuple(re.findall(r"labs/lab\d\d\.md", pages)) for name, pages in found}
    return {name: pages for name, pages in labs.items() if pages}


@dataclass(frozen=True)
class Way:
    """One way through the course: whom it suits, and what it has before and after the labs that name it."""

    name: str
    whom: str
    before: tuple[str, ...]
    after: tuple[str, ...]


WAYS = (
    Way("one hour", "you want to know why, and see it once", ("setup.md",), ("decide.md",)),
    Way(
        "half a day",
        "you build services and want to size them",
        ("setup.md",),
        ("decide.md", "slow-now.md", "diagnose.md", "watch.md", "size.md"),
    ),
    Way(
        "everything",
        "people will ask you why",
        ("setup.md",),
        ("what-binds.md", "decide.md", "slow-now.md", "diagnose.md", "watch.md", "size.md", "quiz.md"),
    ),
)


@dataclass(frozen=True)
class Page:
    """A page of the course: `path` below docs/, what its front matter says, and its text without that.

    `paths` are the ways through the course that a lab is on; the long one has every lab. `after` are the
    pages to have read, `next` the one to go on with, `asks` the lab's question in a few words.
    """

    path: str
    title: str
    minutes: int
    paths: tuple[str, ...]
    text: str
    level: str
    after: tuple[str, ...]
    next: str
    asks: str


def of_lab(number: int) -> Page:
    return read(f"labs/lab{number:02d}.md")


def key_points() -> str:
    """The key points of every lab page, each under a link to it."""
    lines = [""]
    for page in map(read, LABS):
        points = [line.replace("](lab", "](labs/lab") for line in section(page.text, "Key points")]
        lines += [f"## [{page.title}]({page.path})", "", *points, ""]
    return "\n".join([*lines, ""])


def pages_of(way: Way) -> list[Page]:
    """The pages of a way in order; of the last way every lab is a part."""
    labs = [page for page in map(read, LABS) if way is WAYS[-1] or way.name in page.paths]
    return [*map(read, way.before), *labs, *map(read, way.after)]


def labs_along(name: str) -> list[int]:
    """The labs of a way, by their numbers, in its order. Raises UsageError, naming the ways there are."""
    for way in WAYS:
        if way.name == name:
            return [
                int(found[1]) for page in pages_of(way) if (found := re.fullmatch(r"labs/lab(\d\d)\.md", page.path))
            ]
    raise UsageError(f"there is no path {name!r}: choose from {', '.join(repr(way.name) for way in WAYS)}")


def paths() -> str:
    """The ways through the course with the sum of their pages' minutes."""
    rows = []
    for way in WAYS:
        pages = pages_of(way)
        every = way is WAYS[-1]
        shown = (
            "every lab, and the pages for your work"
            if every
            else ", ".join(f"[{short(page)}]({page.path})" for page in pages)
        )
        rows.append((f"**{way.name}**", way.whom, shown, sum(page.minutes for page in pages)))
    return markdown.region(markdown.table(("path", "for whom", "pages", "minutes"), rows, words=3))


def timetable(name: str) -> str:
    """One path page by page, with the minutes that have passed when it begins."""
    way = next(way for way in WAYS if way.name == name)
    rows, passed = [], 0
    for page in pages_of(way):
        rows.append((f"[{page.title}]({page.path})", passed, page.minutes))
        passed += page.minutes
    return markdown.region(markdown.table(("page", "from minute", "minutes"), rows))


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
    text, front = meta.get_data((DOCS / path).read_text(encoding="utf-8"))
    if "title" not in front:
        raise ValueError(f"docs/{path} has no title in its front matter")
    return Page(
        path,
        front["title"],
        front.get("minutes", 0),
        tuple(front.get("paths", ())),
        text,
        front.get("level", ""),
        tuple(front.get("after", ())),
        front.get("next", ""),
        front.get("asks", ""),
    )


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
