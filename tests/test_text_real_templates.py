"""Real chat templates and vocabularies: those that llama-cpp-python's source package carries.

Fetch the package with `pip download --no-deps --no-binary llama-cpp-python llama-cpp-python==0.3.36`, and
put the path of the `.tar.gz` file into FAKE_LLM_SERVER_LLAMA_CPP_SDIST. Without it, these tests are
skipped.
"""

import itertools
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import llama_cpp
import pytest

from fake_llm_server._engine.native import NativeModel
from fake_llm_server._engine.vocabulary import Vocabulary
from fake_llm_server._errors import ModelLoadError
from fake_llm_server._seam import GenerationRequest, Tool, ToolCall, ToolUse, Turn
from fake_llm_server._text.chat_template import ChatTemplate, TemplateError
from fake_llm_server._text.prompt import write_prompt
from fake_llm_server._weights.file_check import check_model_files

VARIABLE = "FAKE_LLM_SERVER_LLAMA_CPP_SDIST"
SDIST = os.environ.get(VARIABLE, "")
pytestmark = pytest.mark.skipif(not SDIST, reason=f"{VARIABLE} names no source package of llama-cpp-python")

FAMILIES = (
    "Qwen-Qwen2.5-7B-Instruct",
    "Qwen-Qwen3-0.6B",
    "HuggingFaceTB-SmolLM3-3B",
    "meta-llama-Llama-3.1-8B-Instruct",
    "meta-llama-Llama-3.2-3B-Instruct",
    "meta-llama-Llama-3.3-70B-Instruct",
    "google-gemma-2-2b-it",
    "google-gemma-4-31B-it",
)
"""Of the catalogue's models, and of their nearest relatives."""

VOCABULARIES = {"qwen2": "<|im_start|>", "llama-bpe": "<|eot_id|>"}
"""Vocabulary to a mark that its templates write."""

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = Tool("function", "get_weather", "Weather of a city", PARAMETERS)
ROME = ToolCall("call_A", "function", "get_weather", '{"city": "Rome"}')
OSLO = ToolCall("call_B", "function", "get_weather", '{"city": "Oslo"}')
SUN, RAIN = Turn("tool", "SUNNY", call_id="call_A"), Turn("tool", "RAINY", call_id="call_B")

CONVERSATIONS: dict[str, tuple[tuple[Turn, ...], str]] = {
    "user": ((Turn("user", "QUESTION"),), "QUESTION"),
    "system": ((Turn("system", "RULES"), Turn("user", "QUESTION")), "RULES QUESTION"),
    "developer": ((Turn("developer", "RULES"), Turn("user", "QUESTION")), "RULES QUESTION"),
    "both": ((Turn("system", "RULES"), Turn("developer", "MORE"), Turn("user", "Q")), "RULES MORE"),
    "late": (
        (
            Turn("system", "RULES"),
            Turn("user", "FIRST"),
            Turn("assistant", "REPLY"),
            Turn("developer", "MORE"),
            Turn("user", "QUESTION"),
        ),
        "RULES FIRST REPLY MORE QUESTION",
    ),
    "no user": ((Turn("system", "RULES"),), "RULES"),
    "two users": ((Turn("user", "FIRST"), Turn("user", "QUESTION")), "FIRST QUESTION"),
    "thought": (
        (Turn("user", "FIRST"), Turn("assistant", "REPLY", reasoning="HM"), Turn("user", "QUESTION")),
        "FIRST REPLY QUESTION",
    ),
    "round trip": (
        (Turn("user", "FIRST"), Turn("assistant", "", calls=(ROME,)), SUN, Turn("user", "QUESTION")),
        "FIRST get_weather Rome SUNNY QUESTION",
    ),
    "to answer": (
        (Turn("developer", "RULES"), Turn("user", "QUESTION"), Turn("assistant", "", calls=(ROME,)), SUN),
        "RULES QUESTION get_weather Rome SUNNY",
    ),
    "two calls": (
        (Turn("user", "QUESTION"), Turn("assistant", "LOOKING", calls=(ROME, OSLO)), SUN, RAIN),
        "QUESTION LOOKING Rome Oslo SUNNY RAINY",
    ),
}
"""Name to turns, and to words that the prompt must show."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the package's templates and with two of its vocabularies."""
    folder = tmp_path_factory.mktemp("package")
    wanted = {f"ggml-vocab-{name}.gguf" for name in VOCABULARIES}
    with tarfile.open(SDIST) as archive:
        for member in archive:
            path = Path(member.name)
            if path.parent.name == "templates" or path.name in wanted:
                file = archive.extractfile(member)
                if file is not None:
                    (folder / path.name).write_bytes(file.read())
    yield folder
    for path in folder.iterdir():
        path.unlink()


def load_template(path: Path) -> ChatTemplate:
    """A template of the package."""
    return ChatTemplate(path.read_text(encoding="utf-8"), path.stem, bos="<bos>", eos="<eos>")


def list_missing(
    template: ChatTemplate, conversation: str, *, has_tools: bool, effort: str | None
) -> list[str]:
    """Words that a template's prompt for a conversation doesn't show."""
    turns, shown = CONVERSATIONS[conversation]
    request = GenerationRequest(
        turns=turns,
        tools=(TOOL,) if has_tools else (),
        tool_use=ToolUse("auto" if has_tools else "none"),
        reasoning_effort=effort,
    )
    written = write_prompt(template, request)
    wanted = [*shown.split(), *([TOOL.name, "Weather of a city"] if has_tools else [])]
    return [word for word in wanted if word not in written]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_every_conversation_is_shown(package: Path, family: str, conversation: str) -> None:
    """With and without tools, thinking or not: the prompt has all that was said, called and answered."""
    template = load_template(package / f"{family}.jinja")
    for has_tools, effort in itertools.product((False, True), (None, "none", "high")):
        assert list_missing(template, conversation, has_tools=has_tools, effort=effort) == []


@pytest.mark.parametrize("family", ["HuggingFaceTB-SmolLM3-3B", "Qwen-Qwen3-0.6B"])
def test_reasoning_is_switched(package: Path, family: str) -> None:
    """A template that can think writes one prompt to think and another not to."""
    template = load_template(package / f"{family}.jinja")
    thinking, not_thinking = (
        write_prompt(template, GenerationRequest(turns=(Turn("user", "Q"),), reasoning_effort=effort))
        for effort in ("high", "none")
    )
    assert not_thinking.rstrip().endswith("</think>")
    assert not thinking.rstrip().endswith("</think>")


def test_any_other_template_renders_or_names_its_model(package: Path) -> None:
    """Whatever else the package has is shown in full, or refused with the model's name: never half shown."""
    refusals: dict[str, str] = {}
    for path in sorted(package.glob("*.jinja")):
        template = load_template(path)
        for conversation, has_tools in itertools.product(CONVERSATIONS, (False, True)):
            try:
                missing = list_missing(template, conversation, has_tools=has_tools, effort=None)
            except TemplateError as error:
                refusals[path.stem] = str(error)
            else:
                assert missing == [], f"{path.stem}, {conversation}"
    assert len(refusals) <= 1, refusals
    assert all(f"of model {name} can't take" in message for name, message in refusals.items())


@pytest.mark.parametrize("name", VOCABULARIES)
def test_marks_are_tokens(package: Path, name: str) -> None:
    """The mark that a family's template writes is one token of its vocabulary."""
    path = package / f"ggml-vocab-{name}.gguf"
    llama = llama_cpp.Llama(str(path), vocab_only=True, verbose=False, chat_format="chatml")
    vocabulary = Vocabulary(NativeModel(llama))
    mark = VOCABULARIES[name]
    tokens = vocabulary.tokenize(f"a{mark}b")
    assert len(vocabulary.tokenize(mark)) == 1
    assert vocabulary.tokenize(mark)[0] in tokens
    llama.close()


@pytest.mark.parametrize("name", VOCABULARIES)
def test_a_vocabulary_is_no_model(package: Path, name: str) -> None:
    """A real file without weights is refused for what it is."""
    with pytest.raises(ModelLoadError, match="has a vocabulary but no weights"):
        check_model_files([package / f"ggml-vocab-{name}.gguf"])
