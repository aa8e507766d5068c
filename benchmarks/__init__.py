"""Benchmarks: each figure with its spread, beside its peers, in one run. `python -m benchmarks`."""
