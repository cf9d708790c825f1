"""A zoo of small services, each with one limit that is known: `services.py` says which."""
