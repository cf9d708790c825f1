"""Writes a lab's manifests: the image, what all rows share, each row's service and load, and how to run them."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from labs.elsewhere import image, kubernetes, written
from labs.elsewhere.asked import Asked
from labs.elsewhere.guide import guide
from labs.elsewhere.kubernetes import Document
from labs.engine.declare.lab import Lab
from labs.engine.errors import UsageError
from labs.engine.files import write_text
from labs.engine.paths import shown


class _Dumper(yaml.SafeDumper):
    """Scripts as they are read, line by line, instead of one quoted string; everything spelled out where it stands."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def as_yaml(documents: Sequence[Document]) -> str:
    return str(yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, width=120))


def files(lab: Lab, asked: Asked, folder: Path) -> dict[str, str]:
    """Every file by its name within the folder. Raises UsageError for a lab that runs on one machine only."""
    planned = written.plan(lab, asked)
    rows = written.rows(planned)
    name, place = lab.name, str(shown(folder))
    found = {
        "Dockerfile": image.dockerfile(place, planned.variants[0], asked.image),
        written.NAME: written.note(lab, asked).model_dump_json(indent=2, exclude_none=True) + "\n",
        "common.yaml": as_yaml(kubernetes.common(name, planned.variants, asked)),
        "README.md": guide(planned, asked, place),
    }
    for row, variant, _ in rows:
        found[f"{row}-service.yaml"] = as_yaml(kubernetes.service(name, row, variant, asked))
        found[f"{row}-load.yaml"] = as_yaml([kubernetes.testrun(name, row, variant, asked)])
    return found


def write(lab: Lab, asked: Asked, folder: Path) -> list[str]:
    """Write them, and say of each file what became of it: new, the same as before, or replaced.

    Raises UsageError where the folder has results of other manifests, and where it can't be written.
    """
    wanted = files(lab, asked, folder)
    known = {name: (folder / name).read_text() for name in wanted if (folder / name).is_file()}
    came_back = (folder / written.RESULTS).is_dir() and any((folder / written.RESULTS).iterdir())
    if came_back and known.get(written.NAME) != wanted[written.NAME]:
        raise UsageError(f"{shown(folder)} holds results of other manifests: move them away, or name another with --to")
    said = []
    for name, text in wanted.items():
        before = known.get(name)
        if before != text:
            try:
                write_text(folder / name, text)
            except OSError as error:
                raise UsageError(f"cannot write {folder / name}: {error.strerror}") from error
        became = "wrote" if before is None else "unchanged" if before == text else "replaced"
        said.append(f"{became:9} {shown(folder) / name}")
    return said
