"""Logs what a finished answer breaks of its schema, where no grammar could hold it.

That is all that happens: OpenAI promises nothing about such schemas, and a stream is out by then.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from fake_llm_server._seam import (
    CallDelta,
    CallEnded,
    CallStarted,
    Finished,
    GenerationEvent,
    GenerationRequest,
    JsonSchema,
    JsonSchemaFormat,
    TextDelta,
)
from fake_llm_server._text.left_out import find_breaches, has_checks

_LOGGER = logging.getLogger("fake_llm_server")


@dataclass(slots=True)
class AnswerWatch:
    """Follows the answers of one request whose schemas have something to check.

    Attributes:
        answer_schema: of the text; None checks none.
        parameters: of functions, by their names.
    """

    answer_schema: JsonSchema | None
    parameters: Mapping[str, JsonSchema]
    _texts: dict[int, str] = field(default_factory=dict)
    _calls: dict[int, tuple[str, str]] = field(default_factory=dict)

    def take(self, event: GenerationEvent) -> None:
        """Take an event in; what is whole with it is checked."""
        match event:
            case TextDelta():
                self._texts[event.choice] = self._texts.get(event.choice, "") + event.text
            case CallStarted():
                self._calls[event.choice] = (event.name, "")
            case CallDelta():
                name, arguments = self._calls[event.choice]
                self._calls[event.choice] = (name, arguments + event.arguments)
            case CallEnded():
                name, arguments = self._calls[event.choice]
                _log_breaches(f"The call of {name}", self.parameters.get(name), arguments)
            case Finished(reason="stop"):
                _log_breaches("The answer", self.answer_schema, self._texts.get(event.choice, ""))


def watch_answers(request: GenerationRequest) -> AnswerWatch | None:
    """What follows the answers of a request, or None if there is nothing to check."""
    wanted = request.answer_format
    schema = wanted.schema if isinstance(wanted, JsonSchemaFormat) and has_checks(wanted.schema) else None
    parameters = {
        tool.name: tool.parameters
        for tool in request.tools
        if tool.parameters is not None and has_checks(tool.parameters)
    }
    return AnswerWatch(schema, parameters) if schema is not None or parameters else None


def _log_breaches(what: str, schema: JsonSchema | None, text: str) -> None:
    if schema is None:
        return
    try:
        value = json.loads(text)
    except ValueError:
        return  # a stop string cut it, for instance
    breaches = find_breaches(schema, value)
    if breaches:
        _LOGGER.warning(
            "%s breaks its schema, in what no grammar can hold: %s. See docs/fidelity.md, Schemas.",
            what,
            ", ".join(breaches),
        )
