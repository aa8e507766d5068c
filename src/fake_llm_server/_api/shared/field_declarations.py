"""What this server does with each field of a request: the declarations, and the refusals they order.

Beside each handler lies a `fields.toml`. It has a table for every operation, and in it each field as
`honoured` (it does what OpenAI says), `accepted` (it is checked and has no effect here: the text says why)
or `refused` (the text is the error). The coverage page is made of these tables, and a test compares them
with the contract, so that no field is ever ignored in silence.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from pydantic import BaseModel

from fake_llm_server._errors import InvalidRequestError


@dataclass(frozen=True, slots=True)
class OperationFields:
    """The declarations for one operation.

    Attributes:
        status: `honoured`, or `not_implemented` for an operation that answers 501.
        honoured: field to a remark, which may be empty.
        accepted: field to the reason why it has no effect.
        refused: field to the error's message.
    """

    status: str = "honoured"
    honoured: Mapping[str, str] = field(default_factory=dict)
    accepted: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

    def refuse_fields(self, body: BaseModel) -> None:
        """Refuse a body that sets a field which is declared refused; null sets nothing.

        Raises:
            InvalidRequestError: the first such field, with the declared message.
        """
        for name in body.model_fields_set:
            if name in self.refused and getattr(body, name) is not None:
                message = (
                    f"Unsupported parameter: '{name}' is not supported with this model. {self.refused[name]}"
                )
                raise InvalidRequestError(message, param=name, code="unsupported_parameter")


def load_declarations(package: str) -> dict[str, OperationFields]:
    """The declarations of one API, by operation.

    Args:
        package: of the API, beside whose handler the declarations lie.
    """
    text = (files("fake_llm_server._api") / package / "fields.toml").read_text(encoding="utf-8")
    return {operation: OperationFields(**table) for operation, table in tomllib.loads(text).items()}
