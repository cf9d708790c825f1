"""Makes the folder, the page and the line in the navigation of a new lab, from labs/template/."""

import re
from pathlib import Path
from string import Template

from labs import catalog
from labs.engine.errors import UsageError
from labs.engine.files import write_text
from labs.engine.paths import ROOT

TEMPLATES = ROOT / "labs" / "template"
MECHANISM = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def new_lab(mechanism: str, title: str, part: str) -> list[Path]:
    """Write the files of the next lab and return them. Raises UsageError, and has then written nothing.

    `mechanism` names the folder (labNN_mechanism), `part` the section of mkdocs.yml that the page joins.
    """
    if not MECHANISM.fullmatch(mechanism):
        raise UsageError(f"--mechanism is lower-case words joined by _, like thread_tokens, not {mechanism!r}")
    if not title.strip() or '"' in title:
        raise UsageError('--title is what the page is called, without ", like "Thread tokens"')
    number = catalog.labs()[-1].number + 1
    slug = f"lab{number:02d}_{mechanism}"
    folder, page, navigation = ROOT / "labs" / slug, f"lab{number:02d}.md", ROOT / "mkdocs.yml"
    words = {"number": str(number), "slug": slug, "title": title}
    files = {
        navigation: _listed(navigation.read_text(encoding="utf-8"), part, f"labs/{page}"),
        folder / "__init__.py": "",
        folder / "lab.py": _filled("lab.py", words),
        folder / "tables.py": _filled("tables.py", words),
        folder / "broken.py": _filled("broken.py", words),
        ROOT / "docs" / "labs" / page: _filled("page.md", words),
    }
    for path, text in files.items():
        write_text(path, text)
    return list(files)


def _filled(name: str, words: dict[str, str]) -> str:
    return Template((TEMPLATES / f"{name}.txt").read_text(encoding="utf-8")).substitute(words)


def _listed(navigation: str, part: str, page: str) -> str:
    """mkdocs.yml with the page as the last of its part. Raises UsageError, naming the parts there are."""
    lines = navigation.splitlines(keepends=True)
    begin = lines.index("nav:\n") + 1
    ends = [place for place in range(begin, len(lines)) if re.match(r"\S", lines[place])]
    heads = [place for place in range(begin, min(ends, default=len(lines))) if re.match(r"  - [^:]+:\n", lines[place])]
    parts = {lines[place].strip(" -:\n"): place for place in heads}
    if part not in parts:
        raise UsageError(f"--part is one of {', '.join(parts)}, not {part!r}")
    end = parts[part] + 1
    while end < len(lines) and lines[end].startswith("      - "):
        end += 1
    return "".join([*lines[:end], f"      - {page}\n", *lines[end:]])
