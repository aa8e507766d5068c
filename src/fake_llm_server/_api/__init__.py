"""The handlers: OpenAI's operations on one side, a `Backend` on the other.

Here wire types meet plain ones. Each handler subclasses a class that is generated from the contract.
"""
