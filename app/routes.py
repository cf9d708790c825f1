"""Every router of the service. A new endpoint's module joins here and changes nothing else."""

from app import database, hidden_tokens, shedding, waiting

ROUTERS = (waiting.router, database.router, hidden_tokens.router, shedding.router)
