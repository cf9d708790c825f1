"""A hook of MkDocs: where the repository's address is known, the home page says how to clone it."""

from typing import Any

CLONE = "<!-- clone -->"


def on_page_markdown(markdown: str, config: Any, **_: Any) -> str:
    repository = config.extra.get("repository")
    command = (
        f"```console\ngit clone {repository} fastapi-under-load && cd fastapi-under-load\n```" if repository else ""
    )
    return markdown.replace(CLONE, command)
