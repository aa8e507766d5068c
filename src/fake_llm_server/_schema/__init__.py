"""JSON schemas and grammars as languages: what they allow, in a form that questions can be asked of.

Pure, and free of libraries: the API asks whether any finite text satisfies a schema, and the text layer makes
bounded schemas of it. How a grammar is made of a schema is the text layer's business.
"""

from fake_llm_server._schema.finite_text import has_finite_text
from fake_llm_server._schema.forms import (
    Form,
    ListForm,
    NumberForm,
    ObjectForm,
    PlainForm,
    StateKey,
    StringForm,
    ValueForm,
)
from fake_llm_server._schema.normal_form import NormalForm, normalize
from fake_llm_server._schema.references import UnreadSchemaError

__all__ = [
    "Form",
    "ListForm",
    "NormalForm",
    "NumberForm",
    "ObjectForm",
    "PlainForm",
    "StateKey",
    "StringForm",
    "UnreadSchemaError",
    "ValueForm",
    "has_finite_text",
    "normalize",
]
