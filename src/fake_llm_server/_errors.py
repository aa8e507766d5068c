"""The one tree of errors that this package raises.

Nothing here knows HTTP: `_api/shared/wire_errors.py` alone turns an error into OpenAI's error envelope.

    FakeLLMServerError
    ├── InvalidRequestError         the request can't be served as it stands       400
    │   ├── ContextOverflowError    more tokens than the model's window            400 context_length_exceeded
    │   └── ConstraintError         a schema, regex or grammar that can't be used  400
    ├── NotFoundError               no such model or stored object                 404
    ├── PermissionDeniedError       this server never allows it                    403
    ├── RequestTimeoutError         the request's body isn't complete in time      408
    ├── RequestTooLargeError        the request's body is larger than allowed      413
    ├── RateLimitExceededError      more requests or tokens than a scope may use   429
    ├── OverloadedError             the engine takes no more work
    │   ├── QueueFullError          too many requests wait already                 429
    │   └── QueueTimeoutError       the request waited too long                    503
    ├── GenerationError             a generation began and could not go on
    │   ├── EngineFailureError      llama.cpp failed to decode                     500
    │   ├── EngineStoppedError      the engine stopped under the request           503
    │   └── TimeLimitError          the generation outran its time limit           504
    ├── ModelError                  a model can't be found, downloaded or loaded   503
    │   ├── UnknownModelError       the name is unknown
    │   ├── DownloadError           the file can't be downloaded, or isn't the right one
    │   └── ModelLoadError          llama.cpp can't load the file, or it doesn't fit
    ├── StoreError                  the store's file is full, read-only, damaged or gone        500
    │   └── StoreBusyError          the store is locked, or too much waits for it                503
    ├── OperationNotImplementedError  the contract has the operation, this server doesn't       501
    ├── ScriptedError               a script answers with an error               its own status
    ├── ScriptError                 a script doesn't suit what was asked, or wasn't used up    500
    ├── ConfigurationError          arguments contradict each other or are out of range
    └── StartError                  the server did not come up
"""

from collections.abc import Mapping


class FakeLLMServerError(Exception):
    """Base of every error that this package raises on purpose."""


class InvalidRequestError(FakeLLMServerError):
    """The request can't be served as it stands; another try will fail the same way.

    Attributes:
        param: path of the offending field, such as `messages[0].content`, or None.
        code: OpenAI's machine-readable code, such as `invalid_value`, or None.
    """

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.code = code


class ContextOverflowError(InvalidRequestError):
    """The prompt, with what it asks for, is longer than the model's window.

    Attributes:
        window: tokens.
        num_prompt_tokens: of the prompt, or fewer where its length alone shows that it doesn't fit.
        num_answer_tokens: that were asked for; 0 if the prompt alone doesn't fit.
    """

    def __init__(
        self,
        message: str,
        *,
        param: str | None = "messages",
        window: int = 0,
        num_prompt_tokens: int = 0,
        num_answer_tokens: int = 0,
    ) -> None:
        super().__init__(message, param=param, code="context_length_exceeded")
        self.window = window
        self.num_prompt_tokens = num_prompt_tokens
        self.num_answer_tokens = num_answer_tokens


class ConstraintError(InvalidRequestError):
    """A JSON schema, regular expression or grammar is malformed, contradictory, unsupported or too complex.

    The message of one that a backend raises is the reason alone: whoever knows the request's fields says
    where it stands.

    Attributes:
        tool: name of the tool whose schema or grammar it is, or None for the format of the answer.
    """

    def __init__(
        self, message: str, *, param: str | None = None, code: str | None = None, tool: str | None = None
    ) -> None:
        super().__init__(message, param=param, code=code)
        self.tool = tool


class NotFoundError(FakeLLMServerError):
    """No model or stored object has this name."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.code = code


class PermissionDeniedError(FakeLLMServerError):
    """The request is valid, but not allowed on this server."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class RequestTimeoutError(FakeLLMServerError):
    """A request's body wasn't complete in time."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__(
            f"Timed out reading request body: it wasn't whole within {timeout_s:g} seconds. "
            "Try again, or use a smaller request size."
        )


class RequestTooLargeError(FakeLLMServerError):
    """A request's body is larger than the server's settings allow."""

    def __init__(self, max_bytes: int, num_bytes: int) -> None:
        super().__init__(f"Maximum content size limit ({max_bytes}) exceeded ({num_bytes} bytes read)")


class RateLimitExceededError(FakeLLMServerError):
    """A request is beyond a limit of its scope, or its quota.

    Attributes:
        retry_after_s: when it may come again; None if no wait helps.
        type: OpenAI's kind of limit: `requests`, `tokens` or `insufficient_quota`.
        code: OpenAI's machine-readable code.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None,
        type: str = "requests",  # noqa: A002 - OpenAI's name
        code: str = "rate_limit_exceeded",
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.type = type
        self.code = code


class OverloadedError(FakeLLMServerError):
    """The engine takes no more work now; a later try may succeed."""


class QueueFullError(OverloadedError):
    """As many requests wait for a slot as the settings allow."""


class QueueTimeoutError(OverloadedError):
    """A request waited for a slot longer than the settings allow."""


class GenerationError(FakeLLMServerError):
    """A generation began and could not be finished."""


class EngineFailureError(GenerationError):
    """llama.cpp could not evaluate a batch; the message gives its return code."""


class EngineStoppedError(GenerationError):
    """The engine was stopped while the request was waiting or running."""


class TimeLimitError(GenerationError):
    """The generation took longer than its time limit."""

    def __init__(self, message: str = "The answer wasn't finished by its deadline.") -> None:
        super().__init__(message)


class ModelError(FakeLLMServerError):
    """A model can't be found, downloaded or loaded."""


class UnknownModelError(ModelError):
    """A model's name is unknown; the message gives the nearest names."""


class DownloadError(ModelError):
    """A model file can't be downloaded, or its size or hash isn't the hub's."""


class ModelLoadError(ModelError):
    """A model file can't be loaded, or doesn't fit this machine."""


class StoreError(FakeLLMServerError):
    """The store can't be used; what was to be stored isn't, and no part of it."""


class StoreBusyError(StoreError):
    """The store can't be had now; a later try may succeed."""


class OperationNotImplementedError(FakeLLMServerError):
    """The contract has the operation, but this server doesn't answer it.

    Attributes:
        operation_id: as the contract names it.
    """

    def __init__(self, operation_id: str) -> None:
        super().__init__(
            f"This server doesn't implement the operation {operation_id}. "
            "See the coverage page in its documentation."
        )
        self.operation_id = operation_id


class ScriptedError(FakeLLMServerError):
    """The error that a script answers a request with.

    Attributes:
        status: of HTTP.
        type: OpenAI's kind of error, such as `server_error`.
        param: path of the field that it names, or None.
        code: OpenAI's machine-readable code, or None.
        headers: of the reply, besides those that every reply has.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        type: str,  # noqa: A002 - OpenAI's name
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = type
        self.param = param
        self.code = code
        self.headers = dict(headers or {})

    def __eq__(self, other: object) -> bool:
        """Whether another error says the same, as replies are compared by their parts."""
        return isinstance(other, ScriptedError) and (self.args, vars(self)) == (other.args, vars(other))

    def __hash__(self) -> int:
        return hash((self.args, self.status))


class ScriptError(FakeLLMServerError):
    """A script doesn't suit what was asked, or wasn't used up; the message says what, where and what to do.

    The client gets 500; the test gets it when its scope is left, and from `FakeLLM.check`.
    """


class ScriptWarning(UserWarning):
    """Something in a script or a rule that does no harm, and most often isn't meant."""


class ConfigurationError(FakeLLMServerError):
    """Settings contradict each other, or one is out of range."""


class StartError(FakeLLMServerError):
    """The server could not be started."""
