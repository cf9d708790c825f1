"""Every router of the service. A new endpoint's module joins here and changes nothing else."""

from app import capstone, capstone_solution, database, waiting

ROUTERS = (waiting.router, database.router, capstone.router, capstone_solution.router)
