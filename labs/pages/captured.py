"""Reads the capture that a page shows."""

from labs import catalog
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Scale
from labs.engine.errors import UsageError
from labs.engine.judgement.scope import as_declared
from labs.engine.results import store
from labs.engine.results.result import Result

SIZES: dict[Scale, str] = {"post": "the post's", "auto": "default", "smoke": "smoke"}


def captured(lab: Lab, scale: Scale) -> Result:
    """The capture, with what the lab says of its rows today.

    Raises UsageError, naming the command that records it, if there is none.
    """
    result = store.reference(catalog.folder(lab), scale)
    if result is None:
        raise UsageError(f"{lab.name} has no capture at the {scale} scale: invoke capture --lab {lab.number}")
    return as_declared(lab, result)
