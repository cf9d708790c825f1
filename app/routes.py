"""Every router of the service. A new endpoint's module joins here and changes nothing else."""

from app import computing, database, executors, hidden_tokens, legacy, shedding, stalling, waiting

ROUTERS = (
    waiting.router,
    database.router,
    executors.router,
    computing.router,
    legacy.router,
    hidden_tokens.router,
    shedding.router,
    stalling.router,
)
