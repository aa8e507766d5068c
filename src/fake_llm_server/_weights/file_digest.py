"""Hashes of files."""

import hashlib
from pathlib import Path


def compute_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, as lower-case hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
