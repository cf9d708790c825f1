"""Services that no one here wrote, from the package index: `services.py` says what is true of each, and where."""
