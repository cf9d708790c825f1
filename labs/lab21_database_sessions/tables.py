"""What only lab 21 has: its tables and its own figure."""
