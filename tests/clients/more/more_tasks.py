"""What each of these clients is asked, without a limit, a forced call or bounds in a schema."""

from pydantic import BaseModel

QUESTION = "What is the weather in Paris?"
STORY = "Ada Lovelace is 36 years old. Write her name and her age as JSON."


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def get_weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: name of the city.
    """
    return f"It is sunny in {city}."
