"""The Jinja that chat templates are written in: a sandbox, with what `transformers` promises them.

Source: `transformers`' chat-template contract,
https://huggingface.co/docs/transformers/chat_templating_writing
"""

import json
from datetime import UTC, datetime

import jinja2
import jinja2.sandbox
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

TEMPLATE_DATE = datetime(2025, 1, 1, tzinfo=UTC)
"""The day that every template believes it is."""


class _GenerationBlocks(Extension):
    """`{% generation %}` marks what training learns from; a prompt has its content, like any other text."""

    tags = {"generation"}  # noqa: RUF012 - Jinja's own type for it

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Put the block's content in the block's place."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def compile_template(source: str) -> jinja2.Template:
    """Compile a template.

    Raises:
        jinja2.TemplateSyntaxError: it isn't valid Jinja.
    """
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _GenerationBlocks]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = TEMPLATE_DATE.strftime
    return environment.from_string(source)


def _to_json(value: object, indent: int | None = None, **_options: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _raise_exception(message: str) -> None:
    raise jinja2.TemplateError(message)
