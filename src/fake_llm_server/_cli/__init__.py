"""The command line: `fake-llm-server demo`, `serve` and what looks after models."""

from fake_llm_server._cli.program import main as main
