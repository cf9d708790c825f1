"""What the site does to every page's text: formulas stay whole, and terms explain themselves once."""

from types import SimpleNamespace

import pytest

from labs.pages.site import clone, typography

LAB = SimpleNamespace(markdown="<!-- page.head(2) -->", url="labs/lab02/")
OTHER = SimpleNamespace(markdown="", url="numbers/")


def put(html: str, page: SimpleNamespace = OTHER) -> str:
    return typography.on_page_content(html, page=page)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("<p>It is 16 × 40 ÷ 1 s here.</p>", "16 × 40 ÷ 1 s"),
        ("<p>So (W·T/S) holds.</p>", "W·T/S"),
        ("<p>After 0.4 s it ends.</p>", "0.4 s"),
        ("<td>R = N/X − Z</td>", "R = N/X − Z"),
        ("<details><summary>1 GB free</summary></details>", "1 GB"),
    ],
)
def test_a_formula_and_a_unit_are_kept_whole(text: str, whole: str) -> None:
    assert f'<span class="whole">{whole}</span>' in put(text)


@pytest.mark.parametrize(
    "text", ["<pre>a = 4 × 4</pre>", "<code>16 / 4</code>", "<h2>1 s</h2>", "<p>In 2026 it was so.</p>"]
)
def test_code_headings_and_words_are_left_alone(text: str) -> None:
    assert put(text) == text


@pytest.mark.parametrize(
    ("code", "whole"),
    [
        ("invoke lab2 --tokens 20", "--tokens 20"),
        ("ss -lnt", "-lnt"),
        ("invoke capture --machine one-core", "--machine one-core"),
        ("--system-tags status,error_code", "--system-tags"),  # a long value may break
        ("invoke lab2 --repeat", "--repeat"),
    ],
)
def test_an_option_of_a_command_is_not_torn_from_its_dashes(code: str, whole: str) -> None:
    told = put(f"<td><code>{code}</code></td>")
    assert told == f"<td><code>{code}</code></td>".replace(whole, f'<span class="whole">{whole}</span>')


def test_an_option_in_a_block_of_code_is_left_alone() -> None:
    assert put("<pre><code>invoke lab2 --tokens 20</code></pre>") == "<pre><code>invoke lab2 --tokens 20</code></pre>"


def test_a_long_formula_may_break_before_a_sign_of_equality() -> None:
    told = put("<p>(29,200 − 10,000) / (1 + 30 − 1) = 640.0/s</p>")
    assert told.count('class="whole"') == 2


def test_a_term_is_explained_at_its_first_use_outside_folds_code_and_links() -> None:
    told = put(
        "<details><p>A thread token.</p></details><p>An <a href='#'>event loop</a>, thread tokens, a thread token.</p>",
        LAB,
    )
    assert told.count('class="term"') == 1
    assert '<a class="term" href="../../glossary/#thread-token"' in told and ">thread tokens</a>" in told


def test_only_pages_on_the_template_have_terms_explained() -> None:
    assert "term" not in put("<p>A thread token.</p>")


def test_home_says_how_to_clone_where_the_address_is_known() -> None:
    known = SimpleNamespace(extra={"repository": "https://example.org/course"})
    assert "git clone https://example.org/course" in clone.on_page_markdown(clone.CLONE, config=known)
    assert clone.on_page_markdown(f"a {clone.CLONE}", config=SimpleNamespace(extra={})) == "a "
