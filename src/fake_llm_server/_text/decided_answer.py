"""What the rules of answers decide before the model writes: its calls, and the values that go into them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fake_llm_server._seam import GenerationRequest, Tool
from fake_llm_server._settings.answers import AnswerRules
from fake_llm_server._text.prompt import offered_tools
from fake_llm_server._text.tool_choice.plan import plan_tools
from fake_llm_server._text.values import fit_calls, take_values


@dataclass(frozen=True, slots=True)
class DecidedAnswer:
    """An answer as far as it is decided.

    Attributes:
        request: the request whose schemas the answer is held to.
        calls: the tools that are called, in their order, each with the parameters of its very call; empty is
            text, None leaves it to the model.
    """

    request: GenerationRequest
    calls: Sequence[Tool] | None

    @property
    def is_free_text(self) -> bool:
        """Whether it was decided that the answer is text, of no particular form."""
        return self.calls is not None and not self.calls and self.request.answer_format is None


def decide_answer(request: GenerationRequest, rules: AnswerRules) -> DecidedAnswer:
    """Decide what the rules decide; what they don't is as the client asked for it."""
    if not rules.decide_calls or not offered_tools(request):
        return DecidedAnswer(take_values(request) if rules.take_values else request, None)
    calls = plan_tools(request)
    if not rules.take_values:
        return DecidedAnswer(request, calls)
    fitted = take_values(replace(request, tools=()))
    return DecidedAnswer(replace(request, answer_format=fitted.answer_format), fit_calls(request, calls))
