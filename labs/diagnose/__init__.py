"""`invoke diagnose`: which resource limits a service that isn't ours. Read `run.py` down."""
