"""Services with one known limit each, which `invoke diagnose` is pointed at."""
