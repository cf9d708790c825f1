"""The engine: predicts, starts, loads, measures and judges one lab."""
