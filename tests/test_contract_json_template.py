"""JSON of which one text changes is what the wire types would write, whatever the text."""

from hypothesis import given
from hypothesis import strategies as st

from fake_llm_server._contract import JsonTemplate, dump_json
from fake_llm_server._generated.chat.wire import ChatCompletionResponseMessageFunctionCall


@given(name=st.text(alphabet='~"\\a', max_size=5), texts=st.lists(st.text(max_size=20), max_size=3))
def test_a_template_writes_what_the_types_would(name: str, texts: list[str]) -> None:
    """Also where the rest of the JSON has anything in it."""

    def write(text: str) -> bytes:
        return dump_json(ChatCompletionResponseMessageFunctionCall(name=name, arguments=text))

    template = JsonTemplate(write)
    assert [template.fill(text) for text in texts] == [write(text) for text in texts]
