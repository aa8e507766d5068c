"""The same words as in Python, as JSON: in files, over HTTP, and in a header.

`documents/` has the JSON forms, read by Pydantic and held to Python's own signatures.
"""
