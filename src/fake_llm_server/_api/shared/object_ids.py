"""Identifiers of the objects that a server makes.

An id is made of what was asked and of how often it was asked before, never of the clock or of chance: a
test that asks a fresh server the same things gets the same ids, in whatever order its requests arrive.
"""

import hashlib
import threading
from collections import Counter
from collections.abc import Callable

_ID_LENGTH = 32


class ObjectIds:
    """Gives out the ids of one server.

    Args:
        is_taken: whether an object of an earlier server, kept in a file, has an id already.
    """

    def __init__(self, is_taken: Callable[[str], bool] = lambda _object_id: False) -> None:
        self._is_taken = is_taken
        self._lock = threading.Lock()
        self._num_given: Counter[bytes] = Counter()

    def create(self, prefix: str, request: bytes) -> str:
        """A new id for what `request` brought about.

        Args:
            prefix: what kind of object it is, such as `chatcmpl-`.
            request: the bytes of the request.
        """
        digest = hashlib.sha256(prefix.encode() + b"\0" + request).digest()
        while True:
            with self._lock:
                occurrence = self._num_given[digest]
                self._num_given[digest] += 1
            object_id = prefix + derive_hex(digest, occurrence)[:_ID_LENGTH]
            if not self._is_taken(object_id):
                return object_id


def derive_id(prefix: str, parent_id: str, *parts: object) -> str:
    """The id of a part of an object, such as a tool call of a reply: a function of both."""
    return prefix + derive_hex(parent_id.encode(), *parts)[:_ID_LENGTH]


def derive_hex(seed: bytes, *parts: object) -> str:
    """Hexadecimal digits that depend on all arguments."""
    text = "\0".join(str(part) for part in parts)
    return hashlib.sha256(seed + b"\0" + text.encode()).hexdigest()
