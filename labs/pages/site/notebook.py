"""A hook of MkDocs: the site's notebook shows what ships with the course, whatever was run on this machine."""

import os
from typing import Any


def on_config(config: Any) -> None:
    """The notebook looks for runs below the folder that COURSE_HOME names; `docs` has none."""
    os.environ["COURSE_HOME"] = config.docs_dir
