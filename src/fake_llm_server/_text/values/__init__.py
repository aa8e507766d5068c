"""Values that stand in a conversation, taken over into the arguments of a call or into a structured answer.

The way of a value, each step a module without I/O:

| module | step |
| --- | --- |
| `sources`, `conversation` | the texts of a conversation, the last user turn first, each of bounded length |
| `found`, `patterns` | the values in a text: addresses, dates, numbers, quotations, names and so on |
| `parameters`, `concepts` | what a parameter asks for, by its name, description, type and format |
| `conversion`, `enums` | a value in the form that a parameter asks for |
| `phrases` | free text that a parameter asks for: a search's terms, a message, a title, an expression |
| `scoring` | how well a value fits a parameter, and which parameter gets which |
| `choosing` | what each parameter gets, for each call that there is reason for |
| `narrowing` | the schema of this very call, a non-empty part of the tool's own |
| `requests` | the above, for a whole request |

The words of the languages are data, in `words.toml`. A value is taken only if llguidance, which holds the
answer to its schema, finds that it satisfies the parameter's own. What isn't understood stays as it is.
"""

from fake_llm_server._text.values.requests import fit_arguments, fit_calls, take_values

__all__ = ["fit_arguments", "fit_calls", "take_values"]
