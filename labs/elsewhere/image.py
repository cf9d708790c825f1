"""Pure: the Dockerfile of the image that every container of a manifest but k6 and PostgreSQL runs."""

import json

from labs.elsewhere import settings
from labs.engine.declare.service import Variant
from labs.engine.harness.commands import commands

PYTHON_IMAGE = "python:3.13-slim"


def dockerfile(folder: str, variant: Variant, image: str) -> str:
    """What the image holds; without another command it starts the first row's service."""
    argv = settings.in_a_pod(commands(variant, settings.PORTS).server)
    return f"""\
# docker build -f {folder}/Dockerfile -t {image} .
# (at the top of the checkout; then push it to where your cluster finds it)
FROM {PYTHON_IMAGE}
WORKDIR {settings.WORK}
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY app app
COPY k6 k6
COPY labs labs
USER {settings.USER}:{settings.USER}
EXPOSE {settings.PORTS.service}
CMD {json.dumps(argv)}
"""
