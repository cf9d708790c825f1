"""What MkDocs does to every page's text, as one of its hooks: formulas, units and a command's options stay on one
line, and the first use of a glossary's term on a lab page explains itself.
"""

import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

GLOSSARY = Path(__file__).parents[3] / "docs" / "glossary.md"

UNIT = r"(?:ms|s|min|h|kB|MB|GB|%|requests/s|/s)"
NUMBER = rf"\d[\d,.]*(?:[ \u00a0]?{UNIT})?(?![\w])"
SYMBOL = r"(?:Σ ?)?(?:min\([^()<]{1,16}\)|\([^()<]{1,24}\)|(?<![\w])[A-Zbcdgkmqλμ](?:[ᵢ*])?(?![\w]))"
TERM = rf"(?:{NUMBER}|{SYMBOL})"
FORMULA = re.compile(rf"(?:[=≥≤≈] ?)?{TERM}(?: ?[×÷/·+−=] ?{TERM})+(?:/s)?|\d[\d,.]*[ \u00a0](?:{UNIT})(?!\w)")
LONGEST = 26  # characters: what is longer may break before a sign of equality
OPTION = re.compile(r"(?<![^\s(])--?[a-z][\w-]*(?:[= ](?![-&])[^\s<&]{1,8}(?![^\s)]))?")  # with a short value
TAG = re.compile(r"(<[^>]+>)")
VERBATIM = ("pre", "code", "script", "style", "h1", "h2", "h3", "button", "abbr")
UNEXPLAINED = ("a", "th", "summary", "details", "label")  # a link has no place here, or nobody sees it
LINES = re.compile(r'<p class="(?:ask|head|legend|onward)"')


def on_page_content(html: str, page: Any, **_: Any) -> str:
    terms = _terms() if "page.head(" in (page.markdown or "") else {}
    explained: set[str] = set()
    parts: list[str] = []
    inside: list[str] = []
    for part in TAG.split(html):
        if part.startswith("<"):
            _enter(part, inside)
            parts.append(part)
        elif any(name in VERBATIM for name in inside):
            parts.append(OPTION.sub(_whole, part) if inside[-1] == "code" and "pre" not in inside else part)
        else:
            told = part if inside else _explained(part, terms, explained, page)
            parts += [one if one.startswith("<") else _kept(one) for one in TAG.split(told)]
    return "".join(parts)


def _enter(tag: str, inside: list[str]) -> None:
    """Keep account of the elements around what comes next, of those that matter."""
    found = re.match(r"</?([a-zA-Z0-9]+)", tag)
    name = found[1] if found else ""
    if name not in (*VERBATIM, *UNEXPLAINED, "p"):
        return
    if tag.startswith("</"):
        if inside and inside[-1] == name:
            inside.pop()
    elif name != "p" or LINES.match(tag):
        inside.append(name)


def _whole(option: re.Match[str]) -> str:
    return f'<span class="whole">{option[0]}</span>'


def _kept(text: str) -> str:
    def whole(found: re.Match[str]) -> str:
        pieces = [found[0]] if len(found[0]) <= LONGEST else re.split(r"(?<=\S) (?=[=≈])", found[0])
        return " ".join(f'<span class="whole">{piece}</span>' for piece in pieces)

    return FORMULA.sub(whole, text)


@cache
def _terms() -> dict[str, tuple[str, str]]:
    """Every term of the glossary that has a place there: its id and what it means, without Markdown."""
    found = {}
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if row := re.match(r'\| <span id="([^"]+)"></span>([^|]+?) \|[^|]*\| (.+?) \|$', line):
            plain = re.sub(r"\[([^]]*)\]\([^)]*\)|`([^`]*)`", lambda one: one[1] or one[2], row[3])
            found[row[2].strip()] = (row[1], plain)
    return found


def _explained(text: str, terms: dict[str, tuple[str, str]], explained: set[str], page: Any) -> str:
    """The text with a link to the glossary at the first use of each term on the page."""
    if not terms:
        return text
    names = "|".join(sorted(map(re.escape, terms), key=len, reverse=True))

    def first(found: re.Match[str]) -> str:
        term = found[1]
        if term in explained:
            return found[0]
        explained.add(term)
        place, meaning = terms[term]
        up = "../" * page.url.count("/")
        return f'<a class="term" href="{up}glossary/#{place}" title="{escape(meaning)}">{found[0]}</a>'

    return re.sub(rf"(?<![\w-])({names})s?(?![\w-])", first, text)
