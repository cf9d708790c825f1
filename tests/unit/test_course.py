"""The ways through the course are made of what pages say of themselves."""

import pytest

from labs import catalog
from labs.pages import markdown
from labs.pages.regions import course


def labs(*numbers: int) -> list[str]:
    return [f"labs/lab{number:02d}.md" for number in numbers]


@pytest.mark.parametrize(
    ("way", "pages"),
    [
        ("one hour", ["setup.md", *labs(2, 5), "decide.md"]),
        (
            "half a day",
            [
                *("setup.md", *labs(2, 5, 1, 6, 12, 21, 8, 9, 20, 11)),
                *("decide.md", "slow-now.md", "diagnose.md", "watch.md", "size.md"),
            ],
        ),
    ],
)
def test_each_way_has_its_pages_in_order(way: str, pages: list[str]) -> None:
    (chosen,) = (one for one in course.WAYS if one.name == way)
    assert [page.path for page in course.pages_of(chosen)] == pages


def test_the_longest_way_has_every_lab_once_and_begins_with_the_thread_tokens() -> None:
    pages = [page.path for page in course.pages_of(course.WAYS[-1])]
    walked = [path for path in pages if path.startswith("labs/")]
    assert sorted(walked) == labs(*(lab.number for lab in catalog.labs())) and walked[0] == "labs/lab02.md"


def test_a_page_names_no_way_that_does_not_exist() -> None:
    known = {way.name for way in course.WAYS}
    assert all(set(course.read(path).paths) <= known for path in course.LABS)


def test_a_table_leans_words_left_and_numbers_right_and_refuses_a_row_of_another_length() -> None:
    assert markdown.table(("a", "b", "c"), [("x", 1, "y")], last_words=1) == [
        "| a | b | c |",
        "|---|--:|---|",
        "| x | 1 | y |",
    ]
    with pytest.raises(ValueError, match="a row of 1 cells in a table of 2"):
        markdown.table(("a", "b"), [("x",)])
