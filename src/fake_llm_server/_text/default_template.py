"""The chat template of a model whose file has none, which is most often a base model.

A conversation is written out as plain text. The marks of chat templates wouldn't do, even where a vocabulary
has them as tokens: a base model hasn't learned what they mean, and either writes noise or goes on with the
user's next turn (both seen with Gemma 3 270M). What it has learned is how a transcript goes on, so the answer
is stopped where the next turn begins.
"""

DEFAULT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ message.role | capitalize + ': ' + message.content + '\n\n' }}"
    "{% endfor %}{{ 'Assistant:' }}"
)
"""An answer follows the last colon with a space, which isn't part of it."""

DEFAULT_STOPS = ("\n\nUser:", "\n\nSystem:", "\n\nAssistant:")
"""Strings that end an answer under this template."""
