# Made by `python -m codegen generate` from spec/openapi.yaml. Don't edit it.
"""The contract in Python: wire types, and per API an abstract class and its router."""
