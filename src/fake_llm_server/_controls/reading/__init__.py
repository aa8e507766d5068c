"""Reads what `reply` is given: pure functions, one file for each kind of part."""
