"""The rules that make a small model's answers useful to a program."""

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from annotated_types import Gt

from fake_llm_server._settings.checks import settle
from fake_llm_server._settings.option import Option


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """What is done so that a program can use the answers of a small model without a script.

    Each rule stays inside what OpenAI could have answered; docs/answers.md says what each does.

    Raises:
        ConfigurationError: a setting is out of range.
    """

    bound_answers: Annotated[
        bool, Option("answers", "numbers, strings and lists get bounds where a schema has none")
    ] = True
    lead_to_end: Annotated[
        bool, Option("answers", "an answer under a constraint comes to a valid end before its limit")
    ] = True
    decide_calls: Annotated[
        bool, Option("answers", "the request decides whether a tool is called, and which")
    ] = True
    single_calls: Annotated[bool, Option("answers", "the same call isn't made twice")] = True
    take_values: Annotated[
        bool, Option("answers", "values that stand in the request go into the arguments of a call")
    ] = True
    stop_repetition: Annotated[
        bool, Option("answers", "free text at temperature 0 that goes round in circles ends")
    ] = True
    max_answer_tokens: Annotated[
        int | None,
        Gt(0),
        Option(
            "answers",
            "most tokens of an answer whose request sets no limit; None leaves it to the window",
            unset="the model's window",
        ),
    ] = 1024
    long_prompts: Annotated[
        Literal["refuse", "fit"],
        Option("answers", "`refuse` a prompt that is too long for the model, or shorten it to `fit`"),
    ] = "refuse"

    def __post_init__(self) -> None:
        """Refuse what is out of range."""
        settle(self)

    @classmethod
    def none(cls) -> Self:
        """The raw model: no rule is applied."""
        return cls(
            bound_answers=False,
            lead_to_end=False,
            decide_calls=False,
            single_calls=False,
            take_values=False,
            stop_repetition=False,
            max_answer_tokens=None,
        )
