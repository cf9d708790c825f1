"""Every router of the service. A new endpoint's module joins here and changes nothing else."""

from app import computing, database, waiting

ROUTERS = (waiting.router, database.router, computing.router)
