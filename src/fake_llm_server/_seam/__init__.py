"""What the handlers and whatever answers them speak: plain types without a library in them.

A handler turns a wire request into a `Call`; a `Backend` answers it with `GenerationEvent`s; the handler
turns those into a wire reply. Neither knows the other's kind.
"""

from fake_llm_server._seam.answers import Answer as Answer
from fake_llm_server._seam.answers import AnsweredCall as AnsweredCall
from fake_llm_server._seam.answers import Answers as Answers
from fake_llm_server._seam.backend import Backend as Backend
from fake_llm_server._seam.backend import BackendDescription as BackendDescription
from fake_llm_server._seam.backend import BackendHealth as BackendHealth
from fake_llm_server._seam.backend import BackendLayer as BackendLayer
from fake_llm_server._seam.backend import TextToken as TextToken
from fake_llm_server._seam.call import Admission as Admission
from fake_llm_server._seam.call import Call as Call
from fake_llm_server._seam.clock import Clock as Clock
from fake_llm_server._seam.constraint import Constraint as Constraint
from fake_llm_server._seam.events import Begun as Begun
from fake_llm_server._seam.events import CallDelta as CallDelta
from fake_llm_server._seam.events import CallEnded as CallEnded
from fake_llm_server._seam.events import CallStarted as CallStarted
from fake_llm_server._seam.events import ChoiceEvent as ChoiceEvent
from fake_llm_server._seam.events import Finished as Finished
from fake_llm_server._seam.events import FinishReason as FinishReason
from fake_llm_server._seam.events import GenerationEvent as GenerationEvent
from fake_llm_server._seam.events import ItemGiven as ItemGiven
from fake_llm_server._seam.events import LeftOut as LeftOut
from fake_llm_server._seam.events import ReasoningDelta as ReasoningDelta
from fake_llm_server._seam.events import RefusalDelta as RefusalDelta
from fake_llm_server._seam.events import TextDelta as TextDelta
from fake_llm_server._seam.events import TokenLogprob as TokenLogprob
from fake_llm_server._seam.events import Usage as Usage
from fake_llm_server._seam.headers import MASKED as MASKED
from fake_llm_server._seam.headers import SECRET_NAMES as SECRET_NAMES
from fake_llm_server._seam.headers import RequestHeaders as RequestHeaders
from fake_llm_server._seam.headers import mask_value as mask_value
from fake_llm_server._seam.occurrences import OccurrenceCounts as OccurrenceCounts
from fake_llm_server._seam.request import DEFAULT_TEMPERATURE as DEFAULT_TEMPERATURE
from fake_llm_server._seam.request import AnswerFormat as AnswerFormat
from fake_llm_server._seam.request import CallKind as CallKind
from fake_llm_server._seam.request import GenerationRequest as GenerationRequest
from fake_llm_server._seam.request import Grammar as Grammar
from fake_llm_server._seam.request import JsonObject as JsonObject
from fake_llm_server._seam.request import JsonSchema as JsonSchema
from fake_llm_server._seam.request import JsonSchemaFormat as JsonSchemaFormat
from fake_llm_server._seam.request import Role as Role
from fake_llm_server._seam.request import Sampling as Sampling
from fake_llm_server._seam.request import TextPattern as TextPattern
from fake_llm_server._seam.request import Tool as Tool
from fake_llm_server._seam.request import ToolCall as ToolCall
from fake_llm_server._seam.request import ToolUse as ToolUse
from fake_llm_server._seam.request import Turn as Turn
from fake_llm_server._seam.scope import Scope as Scope
