"""The rule that picks a file out of a repository."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._weights.quantization import PREFERRED, NoSuchFileError, choose_file, parse_quantization
from fake_llm_server._weights.split_files import is_later_part, list_parts


@pytest.mark.parametrize(
    ("file", "quantization"),
    [
        ("qwen2.5-coder-3b-instruct-q4_k_m.gguf", "Q4_K_M"),
        ("Llama-3.2-3B-Instruct-Q4_K_M.gguf", "Q4_K_M"),
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "Q4_1"),
        ("gemma-3-270m-it-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("model-IQ4_XS.gguf", "IQ4_XS"),
        ("gpt-oss-20b-MXFP4.gguf", "MXFP4"),
        ("SmolLM3-3B-bf16.gguf", "BF16"),
        ("model-fp16.gguf", "F16"),
        ("Q8_0/model-Q8_0-00001-of-00002.gguf", "Q8_0"),
        ("from-F16-to-Q6_K.gguf", "Q6_K"),
        ("Qwen2.5-3B.gguf", None),
        ("model.gguf", None),
    ],
)
def test_the_name_tells_the_quantization(file: str, quantization: str | None) -> None:
    """The spellings of the known publishers are read; a model's own numbers aren't taken for one."""
    assert parse_quantization(file) == quantization


@pytest.mark.parametrize(
    ("files", "wanted", "chosen"),
    [
        (["m-Q8_0.gguf", "m-Q4_K_M.gguf", "README.md"], None, "m-Q4_K_M.gguf"),
        (["m-Q8_0.gguf", "m-Q4_0.gguf", "m-Q5_K_M.gguf"], None, "m-Q4_0.gguf"),
        (["m-F16.gguf", "m-Q2_K.gguf"], None, "m-Q2_K.gguf"),
        (["m-IQ2_M.gguf"], None, "m-IQ2_M.gguf"),
        (["m.gguf", "mmproj-m-F16.gguf", "m.imatrix.gguf"], None, "m.gguf"),
        (["m-Q8_0.gguf", "m-Q4_K_M.gguf"], "q8_0", "m-Q8_0.gguf"),
        (["m-f16.gguf", "m-Q4_0.gguf"], "FP16", "m-f16.gguf"),
        (
            [f"Q4_K_M/m-Q4_K_M-0000{part}-of-00002.gguf" for part in (1, 2)],
            None,
            "Q4_K_M/m-Q4_K_M-00001-of-00002.gguf",
        ),
    ],
)
def test_choice(files: list[str], wanted: str | None, chosen: str) -> None:
    """Four bits first, then more, then fewer; companions and later parts are no models."""
    assert choose_file(files, wanted) == chosen


@pytest.mark.parametrize(
    ("files", "wanted", "message"),
    [
        (["model.safetensors"], None, "no GGUF file"),
        (["mmproj-m-F16.gguf"], None, "no GGUF file"),
        (["m-Q4_K_M.gguf"], "Q8_0", "no file of the quantization Q8_0; there are Q4_K_M"),
        (["a-Q4_K_M.gguf", "b-Q4_K_M.gguf"], None, "a-Q4_K_M.gguf, b-Q4_K_M.gguf"),
        (["a.gguf", "b.gguf"], None, "name one as owner/name/FILE.gguf"),
    ],
)
def test_no_guessing(files: list[str], wanted: str | None, message: str) -> None:
    """Where nothing fits or several files do, what there is is listed."""
    with pytest.raises(NoSuchFileError, match=message):
        choose_file(files, wanted)


@given(st.sets(st.sampled_from(PREFERRED), min_size=1), st.randoms())
def test_the_order_of_the_listing_is_irrelevant(quantizations: set[str], random: object) -> None:
    """The choice is the first of the documented order, however the hub lists the files."""
    files = [f"model-{name}.gguf" for name in quantizations]
    random.shuffle(files)  # type: ignore[attr-defined] # hypothesis types its Random as object
    assert choose_file(files) == f"model-{min(quantizations, key=PREFERRED.index)}.gguf"


def test_parts() -> None:
    """Any part of a split file names all of them, in order; another file names itself."""
    parts = tuple(f"folder/m-Q4_0-0000{part}-of-00003.gguf" for part in (1, 2, 3))
    assert [list_parts(part) for part in parts] == [parts] * 3
    assert [is_later_part(part) for part in parts] == [False, True, True]
    assert list_parts("folder/m-Q4_0.gguf") == ("folder/m-Q4_0.gguf",)
