"""Outlines with OpenAI's client: it knows no tools."""

import outlines
from more_tasks import STORY, Person
from openai import OpenAI


def structure(base_url: str, api_key: str, model: str) -> Person:
    """Get an object back."""
    served = outlines.from_openai(OpenAI(base_url=base_url, api_key=api_key), model)
    return Person.model_validate_json(served(STORY, Person))
