"""Instructor: an object that is read while it comes, and a list. It has no loop of tools."""

import instructor
from more_tasks import STORY, Person
from openai import OpenAI


def structure(base_url: str, api_key: str, model: str) -> Person:
    """Get a list, and an object in pieces."""
    client = instructor.from_openai(OpenAI(base_url=base_url, api_key=api_key))
    asked = {"model": model, "messages": [{"role": "user", "content": STORY}]}
    listed = client.chat.completions.create(response_model=list[Person], **asked)
    assert all(isinstance(person, Person) for person in listed)
    *_, last = client.chat.completions.create_partial(response_model=Person, **asked)
    return Person.model_validate(last.model_dump())
