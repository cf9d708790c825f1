"""Services to repair, graded by a real run: `invoke exercise N` writes one, `invoke grade N` judges it."""
