"""A service with its panel: `uvicorn app.watched:app`. WATCHED names its module, `main` where it is not set."""

import os
from importlib import import_module

from app.panel import Watched

app = Watched(import_module(f"app.{os.environ.get('WATCHED', 'main')}").app)
