"""The labs of the course, one folder each, and the engine that runs them."""
