"""The service under test: a FastAPI app a learner could have written."""
