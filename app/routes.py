"""Every router of the service. A new endpoint's module joins here and changes nothing else."""

from app import database, stalling, waiting

ROUTERS = (waiting.router, database.router, stalling.router)
