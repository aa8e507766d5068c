"""The headers of a request or a reply, as tests may see them: read when they are wanted, keys masked."""

from collections.abc import Iterable, Iterator, Mapping

MASKED = "***"
"""What stands in the place of a key."""

SECRET_NAMES = frozenset(
    {"authorization", "proxy-authorization", "api-key", "x-api-key", "cookie", "set-cookie", "api_key"}
)
"""Names of headers, of parameters and of fields whose values are keys."""


class RequestHeaders(Mapping[str, str]):
    """Headers by their names, in whatever case; those that came several times are joined by commas.

    Args:
        raw: names and values as ASGI has them. They are read when the first one is asked for.
    """

    def __init__(self, raw: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self._raw = raw
        self._read: dict[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)

    @property
    def _values(self) -> dict[str, str]:
        if self._read is None:
            self._read = {}
            for raw_name, raw_value in self._raw:
                name = raw_name.decode("latin-1").lower()
                value = (
                    mask_value(raw_value.decode("latin-1"))
                    if name in SECRET_NAMES
                    else raw_value.decode("latin-1")
                )
                self._read[name] = f"{self._read[name]}, {value}" if name in self._read else value
        return self._read


def mask_value(value: str) -> str:
    """A secret without its key; the scheme before it, such as `Bearer`, stays."""
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {MASKED}" if space else MASKED
