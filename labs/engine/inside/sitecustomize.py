"""Runs at the start of every Python that has this folder on its path; then the one that it hides, if there is one."""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

HERE = os.path.dirname(os.path.abspath(__file__))

hidden = PathFinder.find_spec("sitecustomize", [one for one in sys.path if os.path.abspath(one) != HERE])
if hidden is not None and hidden.loader is not None:  # Debian ships one, and so do agents
    hidden.loader.exec_module(module_from_spec(hidden))

if "COURSE_METRICS" in os.environ:
    import course_metrics

    course_metrics.prepare(os.environ["COURSE_METRICS"], os.environ.get("COURSE_METRICS_KNOWN", "").split())
