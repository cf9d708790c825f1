"""Where things are: the checkout, and the folder that holds runs and the embedded database."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
DOCS = ROOT / "docs"


def home() -> Path:
    """Where `runs/` and `.postgres/` are kept: the folder that COURSE_HOME names, else the checkout.

    Labs that share a home run one at a time.
    """
    return Path(os.environ.get("COURSE_HOME") or ROOT)


def runs() -> Path:
    return home() / "runs"


def shown(path: Path) -> Path:
    """The path as seen from the checkout, so that a kept result names no folder of one machine."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
