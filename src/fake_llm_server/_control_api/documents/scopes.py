"""The JSON form of scopes: a script, rules, and how the scope is open; and of files that have several."""

from typing import Annotated

from pydantic import ConfigDict, Field

from fake_llm_server._contract import OneOf, Option
from fake_llm_server._control_api.documents.document import Document
from fake_llm_server._control_api.documents.replies import Member
from fake_llm_server._control_api.documents.rules import When
from fake_llm_server._control_api.documents.values import Rules
from fake_llm_server._controls import Controls, VerdictKind, read_kinds
from fake_llm_server._controls.limits import Limits
from fake_llm_server._seam import Scope

Above0 = Annotated[int, Field(gt=0)]


class LimitsDocument(Document):
    """What `FakeLLM.limit` takes; what is left out limits nothing."""

    model_config = ConfigDict(defer_build=False)

    requests_per_minute: Above0 | None = None
    tokens_per_minute: Above0 | None = None
    requests_per_day: Above0 | None = None


class ScopeDocument(Document):
    """What `FakeLLMServer.open_scope` takes, and what is written into the scope then.

    Attributes:
        strict: whether a call that nothing was written for fails.
        allow_unused: whether replies of the script may be left at the end.
        rules: of the model's answers; null takes the server's.
        limits: of what the scope may ask; null takes the limits away.
        quota: tokens that the scope may use from now on; null is any number.
        judge: the kinds of verdicts on the client that `check` tells; true is all of them.
        script: replies to the next calls.
        when: rules for calls, each with its conditions and `then`.
    """

    # Built at once: FastAPI silences what Pydantic would warn of later.
    model_config = ConfigDict(defer_build=False)

    strict: bool = False
    allow_unused: bool = False
    rules: Rules | None = None
    limits: LimitsDocument | None = None
    quota: Annotated[int, Field(ge=0)] | None = None
    judge: Annotated[
        bool | VerdictKind | list[VerdictKind],
        OneOf(None, Option("boolean"), Option("string"), Option("array")),
    ] = False
    script: list[Member] = Field(default_factory=list)
    when: list[When] = Field(default_factory=list)


class ScriptFile(ScopeDocument):
    """A file: of the default scope, and of further ones.

    Attributes:
        scopes: by the API keys that they are opened for.
    """

    scopes: dict[str, ScopeDocument] = Field(default_factory=dict)


def write_into(scope: Scope, document: ScopeDocument) -> list[str]:
    """Put what a document has into a scope, after what is there, and set what it sets.

    Returns:
        Warnings, such as of a rule that can never answer.
    """
    controls = scope.own(Controls)
    given = document.model_fields_set
    if "strict" in given:
        controls.is_strict = document.strict
    if "allow_unused" in given:
        controls.may_be_unused = document.allow_unused
    if "rules" in given:
        scope.rules = document.rules
    if "limits" in given:
        limits = document.limits or LimitsDocument()
        scope.own(Limits).set(limits.model_dump(), scope.clock.now())
    if "quota" in given:
        scope.own(Limits).set_quota(document.quota)
    if "judge" in given:
        controls.judged = read_kinds(document.judge)
    controls.add_replies(document.script)
    warnings: list[str] = []
    for rule in document.when:
        controls.add_rule(rule)
        warnings += rule.find_shadowed(rule)
    return warnings
