"""Every page on the template has its parts in their order, and its words."""

import re
import tomllib
from pathlib import Path

import pytest

from labs.engine.paths import DOCS, ROOT
from labs.pages.figures import ALT_WORDS
from labs.pages.regions import course, page

BANNED = tomllib.loads((ROOT / "tests" / "banned_words.toml").read_text(encoding="utf-8"))
PAGES = [path for path in sorted(DOCS.glob("labs/*.md")) if "page.head(" in path.read_text(encoding="utf-8")]
HOME = DOCS / "index.md"
OTHERS = [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
ORDER = (
    *("page.head(", "**The question.**", "## Predict first", "## Watch it", "## The answer, and why", "page.legend("),
    *("## Run it", "page.result(", "## Try this", "## Exercise", "## In your own service", "## Key points"),
    *("page.evidence(", "??? info instructor", "## Further reading", "page.onward("),
)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def own_words(path: Path) -> str:
    """What its author wrote: not the generated regions, the code, the addresses."""
    return page.NOT_PROSE.sub(" ", path.read_text(encoding="utf-8"))


def test_three_pages_and_more_are_on_the_template() -> None:
    assert {"docs/labs/lab01.md", "docs/labs/lab02.md", "docs/labs/lab05.md"} <= set(map(name, PAGES))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_has_its_parts_in_order(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    places = [text.find(part) for part in ORDER]
    assert -1 not in places, ORDER[places.index(-1)]
    assert places == sorted(places)
    assert text.count("page.onward(") == 1 and len(re.findall(r"^- ", "\n".join(key_points(text)), re.MULTILINE)) == 3


TEMPLATE = (ROOT / "labs" / "template" / "page.md.txt").read_text(encoding="utf-8")
FRAME = re.compile(r"#|```|<!--|--8<--|\?\?\?|\| change|---|title:|Write your number down")
TO_REPLACE = [line.strip() for line in TEMPLATE.splitlines() if line.strip() and not FRAME.match(line.strip())]


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_nothing_is_left_of_what_an_author_has_to_replace(path: Path) -> None:
    sentences = [line for line in TO_REPLACE if len(line.split()) > 4 and "$" not in line]
    assert len(sentences) > 10
    assert not [line for line in sentences if line in path.read_text(encoding="utf-8")]


def key_points(text: str) -> list[str]:
    return list(course.section(text, "Key points"))


@pytest.mark.parametrize("path", [*PAGES, *OTHERS], ids=name)
def test_no_page_uses_a_banned_word(path: Path) -> None:
    text = own_words(path)
    for allowed in BANNED["exceptions"].get(name(path), ()):
        assert allowed in text, f"{name(path)} has an exception that it doesn't need: {allowed}"
        text = text.replace(allowed, "")
    found = [(hit[0], better) for word, better in BANNED["words"].items() for hit in re.finditer(word, text, re.I)]
    assert not found


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_symbol_of_a_page_is_in_its_legend_and_the_glossary(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    legend = re.search(r"page\.legend\(.*?-->(.*?)<!-- \[\[\[end", text, re.DOTALL)
    assert legend
    listed = set(re.findall(r"\*\*(\w)\*\*", legend[1]))
    assert page.symbols(text) == listed
    glossary = (DOCS / "glossary.md").read_text(encoding="utf-8")
    known = {
        one.strip(" *")
        for cell in re.findall(r"\| ([^|]*) \| [^|]+ \|$", glossary, re.MULTILINE)
        for one in cell.split(",")
    }
    assert set(page.SYMBOLS) <= known


@pytest.mark.parametrize("path", [*PAGES, HOME], ids=name)
def test_alternative_text_is_short(path: Path) -> None:
    for said in re.findall(r"!\[([^]]*)\]", path.read_text(encoding="utf-8")):
        assert 3 <= len(said.split()) <= ALT_WORDS, said


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_tempting_wrong_number_has_its_own_reply(path: Path) -> None:
    questions = re.findall(r'<p class="ask"(.*?)>', path.read_text(encoding="utf-8"))
    assert questions and all('data-tempting="' in one for one in questions)
    for one in questions:
        right = re.search(r'data-answer="(.*?)"', one)
        wrong = [answer.split(":")[0].strip() for answer in re.findall(r'data-tempting="(.*?)"', one)[0].split(" | ")]
        assert right and right[1] not in wrong


def test_every_lab_asks_its_question_in_a_few_words() -> None:
    asked = [course.read(path).asks for path in course.LABS]
    assert all(one.endswith("?") and len(one.split()) <= 12 for one in asked)
    assert len(set(asked)) == len(asked)
