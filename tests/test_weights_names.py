"""Model names: what a user may write, and what is said when it means nothing."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fake_llm_server._errors import UnknownModelError
from fake_llm_server._weights import SUPPORTED_MODEL_ALIASES, ModelSpec
from fake_llm_server._weights.sources import HubSource, LocalSource

HUB_NAMES = {
    "owner/name": HubSource("owner/name"),
    "Qwen/Qwen2.5-Coder-3B-Instruct-GGUF": HubSource("Qwen/Qwen2.5-Coder-3B-Instruct-GGUF"),
    "owner/name:q8_0": HubSource("owner/name", quantization="Q8_0"),
    "owner/name:UD-Q4_K_XL": HubSource("owner/name", quantization="UD-Q4_K_XL"),
    "owner/name/model.gguf": HubSource("owner/name", file="model.gguf"),
    "owner/name/folder/Model-Q4_0.gguf": HubSource("owner/name", file="folder/Model-Q4_0.gguf"),
    "owner/name@v1.0": HubSource("owner/name", revision="v1.0"),
    "owner/name:Q4_0@refs/pr/7": HubSource("owner/name", quantization="Q4_0", revision="refs/pr/7"),
    "owner/name/model.gguf@main": HubSource("owner/name", file="model.gguf", revision="main"),
    "  owner/name ": HubSource("owner/name"),
}


@pytest.mark.parametrize(("name", "source"), HUB_NAMES.items())
def test_repository_forms(name: str, source: HubSource) -> None:
    """Each documented form of a repository names what it says."""
    spec = ModelSpec.from_model_name(name)
    assert spec.source == source
    assert spec.name == name.strip()


@pytest.mark.parametrize("source", HUB_NAMES.values(), ids=str)
def test_a_source_prints_as_its_name(source: HubSource) -> None:
    """What an error message calls a source can be pasted back as a name."""
    assert ModelSpec.from_model_name(str(source)).source == source


@pytest.mark.parametrize("alias", SUPPORTED_MODEL_ALIASES)
def test_aliases(alias: str) -> None:
    """An alias means the same spec in any case, and a spec means itself."""
    spec = SUPPORTED_MODEL_ALIASES[alias]
    assert spec.name == alias
    assert ModelSpec.from_model_name(f" {alias.upper()}") is spec
    assert ModelSpec.from_model_name(spec) is spec


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("smollm2-135", "smollm2-135m"),
        ("gemma-1b", "gemma-3-1b"),
        ("Qwen", "are qwen-2.5-coder-1.5b, qwen-2.5-coder-3b\\. A name"),
        ("qwen-coder-3b", "qwen-2.5-coder-3b"),
        ("xyzzy", ", ".join(sorted(SUPPORTED_MODEL_ALIASES))),
    ],
)
def test_unknown_names_get_the_nearest(name: str, hint: str) -> None:
    """A name that means nothing is refused with the nearest aliases, or all where none is near."""
    with pytest.raises(UnknownModelError, match=hint):
        ModelSpec.from_model_name(name)


@pytest.mark.parametrize(
    "name", ["", " ", "a/b/c", "/", "a//b", "a/b:", "a/b@", "../b", "a/b..c", "https://huggingface.co/a/b"]
)
def test_malformed_names_are_refused(name: str) -> None:
    """What is nearly a repository is not guessed at."""
    with pytest.raises(UnknownModelError, match="A name is"):
        ModelSpec.from_model_name(name)


def test_paths(tmp_path: Path) -> None:
    """A path is a path, as text or as `Path`, and is served under its file's name."""
    path = tmp_path / "my-model.gguf"
    path.touch()
    for given_name in (path, str(path)):
        assert ModelSpec.from_model_name(given_name) == ModelSpec("my-model", LocalSource(path))


def test_folder_is_refused_as_one(tmp_path: Path) -> None:
    """A folder isn't searched for models: the message asks for a file in it."""
    with pytest.raises(UnknownModelError, match="is a folder; name a GGUF file in it"):
        ModelSpec.from_model_name(str(tmp_path))


@pytest.mark.parametrize("name", ["no/such/place/model.gguf:", "model.gguf", Path("model.gguf"), Path()])
def test_missing_paths_are_refused(name: str | Path) -> None:
    """A path without a file is an unknown model."""
    with pytest.raises(UnknownModelError):
        ModelSpec.from_model_name(name)


@example("~no.such.user/model.gguf")
@example("~\0")
@given(st.text(max_size=60) | st.text(alphabet="ab/.:@-_Q4", max_size=20))
def test_any_text_is_read_or_refused(name: str) -> None:
    """No text whatever makes the parser fail in another way than `UnknownModelError`."""
    with contextlib.suppress(UnknownModelError):
        assert ModelSpec.from_model_name(name).name
