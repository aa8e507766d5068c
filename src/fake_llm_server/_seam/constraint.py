"""What a backend with a model of its own makes of a format, a schema or a grammar before it generates."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Constraint:
    """A language that the generated text must lie in; no request carries one.

    Attributes:
        kind: what `source` is written in. `lark` is llguidance's dialect of Lark.
        source: the JSON schema as JSON text, the regular expression, or the grammar.
    """

    kind: Literal["json_schema", "regex", "lark"]
    source: str
