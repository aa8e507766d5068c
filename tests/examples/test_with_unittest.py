"""How to test with unittest: `python -m unittest` runs these tests as pytest does."""

import unittest

import openai

from fake_llm_server import FakeLLM, reply, use_fake_llm


class Chat:
    """The program under test: a conversation that remembers what was said."""

    def __init__(self) -> None:
        self._client = openai.OpenAI()
        self._last_id: str | None = None

    def say(self, text: str) -> str:
        """The answer to a text."""
        answer = self._client.responses.create(
            model="gpt-4o-mini", input=text, previous_response_id=self._last_id, store=True
        )
        self._last_id = answer.id
        return answer.output_text

    def close(self) -> None:
        """Hang up."""
        self._client.close()


@use_fake_llm
class TestChat(unittest.TestCase):
    """Each test has a scope of its own, to which the environment leads before `setUp`."""

    fake_llm: FakeLLM

    def setUp(self) -> None:
        """Begin a conversation."""
        self.chat = Chat()
        self.addCleanup(self.chat.close)

    def test_it_remembers(self) -> None:
        """The second question carries the first one and its answer."""
        self.fake_llm.script("Hello, Ada.", "You are Ada.")
        self.chat.say("I am Ada.")
        self.assertEqual(self.chat.say("Who am I?"), "You are Ada.")
        texts = [message.text for message in self.fake_llm.calls[1].messages]
        self.assertEqual(texts, ["I am Ada.", "Hello, Ada.", "Who am I?"])

    def test_it_tries_again(self) -> None:
        """OpenAI's client tries again by itself when the service is busy."""
        self.fake_llm.script(reply(429, retry_after=0.01), "Hello.")
        self.assertEqual(self.chat.say("Hi."), "Hello.")


if __name__ == "__main__":
    unittest.main()
