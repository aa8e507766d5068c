"""How much the property tests try: little in every run, and as much as you like by a setting."""

import os

EXAMPLE_FACTOR = int(os.environ.get("FAKE_LLM_SERVER_EXAMPLE_FACTOR", "1"))
"""Multiplies the examples of property tests; above 1 some tests have more cases too."""
