"""The full OpenAI document: which one it is, where it is found, and the proof that it is that one.

Owns `spec/source.lock` and the download; leaves the document's meaning to `trimming`.
"""

import gzip
import hashlib
import os
import tomllib
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from codegen.errors import SourceError

ENVIRONMENT_VARIABLE = "FAKE_LLM_SERVER_OPENAPI"
_TIMEOUT_S = 60
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class SourceLock:
    """The one upstream document that the contract is made from.

    Attributes:
        address: where it can be downloaded.
        repository: owner and name on GitHub.
        commit: the full hash of upstream's commit.
        date: of that commit, ISO 8601.
        version: what the document says of itself in `info.version`.
        licence: SPDX identifier.
        num_bytes: its exact size.
        sha256: its digest, in hexadecimal.
    """

    address: str
    repository: str
    commit: str
    date: str
    version: str
    licence: str
    num_bytes: int
    sha256: str


def load_lock(path: Path) -> SourceLock:
    """Read a lock file.

    Raises:
        SourceError: the file is missing, or doesn't have exactly the fields of `SourceLock`.
    """
    try:
        return SourceLock(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, TypeError) as error:
        raise SourceError(f"{path} is not a usable lock file: {error}") from error


def find_document(lock: SourceLock, *, source: Path | None, cache: Path) -> bytes:
    """Return the bytes of the locked document.

    Looks in this order, and uses the first that is named or there: `source`, the file that the
    environment variable FAKE_LLM_SERVER_OPENAPI names, `cache`, the locked address. A download is kept
    in `cache`. A name that ends in `.gz` is unpacked.

    Raises:
        SourceError: nothing could be read, or what was read isn't the locked document.
    """
    path = locate_document(source=source, cache=cache)
    if path is not None:
        return verify_document(read_document(path), lock, origin=str(path))
    document = verify_document(_download(lock), lock, origin=lock.address)
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_bytes(document)
    return document


def locate_document(*, source: Path | None, cache: Path) -> Path | None:
    """Return the file that `find_document` would read, or None if it would download."""
    if source is not None:
        return source
    if named := os.environ.get(ENVIRONMENT_VARIABLE):
        return Path(named)
    return cache if cache.exists() else None


def read_document(path: Path) -> bytes:
    """Read a document, unpacking it if its name ends in `.gz`.

    Raises:
        SourceError: it can't be read or unpacked.
    """
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError) as error:
        raise SourceError(f"The full OpenAI document can't be read from {path}: {error}") from error


def verify_document(document: bytes, lock: SourceLock, *, origin: str) -> bytes:
    """Return `document` if it is the locked one.

    Raises:
        SourceError: its size or digest is another; the message says what to do.
    """
    digest = hashlib.sha256(document).hexdigest()
    if (len(document), digest) == (lock.num_bytes, lock.sha256):
        return document
    raise SourceError(
        f"{origin} is not the document that spec/source.lock names.\n"
        f"  expected {lock.num_bytes} bytes, sha256 {lock.sha256}\n"
        f"  found    {len(document)} bytes, sha256 {digest}\n"
        f"Give the openapi.yaml of {lock.repository} at commit {lock.commit} with --source or "
        f"{ENVIRONMENT_VARIABLE}, or remove the file to have it downloaded from {lock.address}. "
        "To move to a newer document, change spec/source.lock first."
    )


def _download(lock: SourceLock) -> bytes:
    content = bytearray()
    try:
        with (
            urllib.request.urlopen(lock.address, timeout=_TIMEOUT_S) as response,  # noqa: S310 - the address is the lock's
            tqdm(total=lock.num_bytes, unit="B", unit_scale=True, desc="OpenAI document") as bar,
        ):
            while chunk := response.read(_CHUNK_BYTES):
                content += chunk
                bar.update(len(chunk))
                if len(content) > lock.num_bytes:
                    break
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise SourceError(
            f"The full OpenAI document can't be downloaded from {lock.address}: {error}.\n"
            f"Fetch it elsewhere and give it with --source or {ENVIRONMENT_VARIABLE}."
        ) from error
    return bytes(content)
