"""Every router of the service. A new endpoint's module joins here and changes nothing else."""

from app import (
    background,
    capstone,
    capstone_solution,
    computing,
    database,
    executors,
    hashing,
    hidden_tokens,
    legacy,
    ordering,
    products,
    shedding,
    stalling,
    varying,
    waiting,
)

ROUTERS = (
    waiting.router,
    database.router,
    executors.router,
    computing.router,
    hashing.router,
    legacy.router,
    hidden_tokens.router,
    shedding.router,
    stalling.router,
    background.router,
    ordering.router,
    products.router,
    varying.router,
    capstone.router,
    capstone_solution.router,
)
