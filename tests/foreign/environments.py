"""A virtual environment per foreign service, made from the package index once and kept in a cache folder."""

import re
import subprocess
import sys
import venv
from pathlib import Path

from labs.engine.paths import ROOT
from tests.foreign.services import Foreign, Source

CACHE = ROOT / ".cache" / "foreign"
INSTALLED = "installed.txt"  # what an environment was made from; written when all of it is there
UNREACHABLE = ("from versions: none", "ConnectionError", "ConnectTimeout", "ReadTimeout", "Name or service not known")
LONGEST_S = 1200


class Unreachable(Exception):
    """The package index can't be reached, in pip's last words."""


def made(service: Foreign) -> Path:
    """The folder of its environment. Raises Unreachable; any other failure to install is an AssertionError."""
    folder = CACHE / service.folder
    wanted = "\n".join((*service.required, sys.version))
    note = folder / INSTALLED
    if note.exists() and note.read_text() == wanted:
        return folder
    venv.create(folder, clear=True, with_pip=True)
    options = ("--disable-pip-version-check", "--quiet", "--retries", "1", "--timeout", "20")
    argv = [folder / "bin" / "python", "-m", "pip", "install", *options, *service.required]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=LONGEST_S)
    if ended.returncode:
        if any(word in ended.stderr for word in UNREACHABLE):
            raise Unreachable(ended.stderr.strip().splitlines()[-1])
        raise AssertionError(ended.stderr[-2000:])
    note.write_text(wanted)
    return folder


def says(folder: Path, source: Source) -> bool:
    """Whether the installed package has that text from that line on."""
    (packages,) = (folder / "lib").glob("python*/site-packages")
    lines = (packages / source.file).read_text(encoding="utf-8").splitlines()
    from_there = " ".join(lines[source.line - 1 : source.line + 9])
    return re.sub(r"\s+", " ", from_there).strip().startswith(source.text)
