"""Requests that are answered in words, whatever tools are offered: how they begin, and what they are about.

A weak sign. A request that names a tool, or the thing that a tool is made for with the values it needs, gets its
call all the same.
"""

import re

from fake_llm_server._text.tool_choice.words import FEW_WORDS, plain_words, stem

_GREETING = (
    r"hi|hello|hey|howdy|good (?:morning|afternoon|evening|night)|greetings|hallo|guten (?:morgen|tag|abend)|gute nacht"
    r"|servus|moin|bonjour|bonsoir|salut|hola|buenos dias|buenos días|buenas (?:tardes|noches)|ciao|buongiorno"
    r"|thanks?|thank you|thx|cheers|danke|vielen dank|merci|gracias|grazie|bye|goodbye|see you|tschüss|au revoir|adios"
    r"|ok|okay|yes|no|yeah|yep|nope|sure|great|perfect|wonderful|cool|nice|awesome|excellent|super|toll|never ?mind"
    r"|exactly|right|alright|got it|i see|sorry|well done|good job|good bot|welcome|lol|haha"
)
_ADDED = (
    r"there|everyone|all|you|a lot|so much|very much|again|then|for (?:your|the|all your) help|bot|assistant|schön|sehr|und"
    r"|beaucoup|et|tomorrow|later|soon|exactly|great|thanks|that'?s (?:all|it|great|fine|nice|perfect)|it|is|was|bis|morgen|y"
)
_GREETINGS = re.compile(rf"(?:(?:{_GREETING}|{_ADDED})\b[\s,.!?:;)…-]*)+", re.I)

_IN_WORDS = re.compile(
    r"(?:please |can you |could you |would you )?(?:"
    r"why\b|how (?:do|does|did|can|could|should|would) (?!i get (?:from|to)\b)|explain\b|define\b|describe (?:how|why|what|yourself)\b"
    r"|what (?:does|do) .{1,40} (?:mean|stand for)\b|what(?:'s| is| are) (?:the )?(?:difference|meaning|purpose|point|sense)\b"
    r"|what(?:'s| is) (?:your|up|new|love|life)\b|what makes\b|what (?:do|did|would|can|could|should) (?:you|i)\b(?! have)"
    r"|who (?:are|made|created|wrote|invented|painted|discovered|composed|was)\b|are you\b|do you (?:like|think|know|believe|speak|feel)\b"
    r"|how (?:are|is) (?:you|it going|life|your)\b|how'?s it going\b|can you help\b|could you help\b|help( me)?\W*$"
    r"|tell me (?:a|an|another|something|about yourself|more)\b|write (?:me )?(?:a|an|some) (?:\w+ )?(?:poem|haiku|story|song|essay|limerick|letter|joke|paragraph|sonnet)\b"
    r"|read (?:me|us) (?:a|the) (?:\w+ )?(?:story|poem)\b|(?:recommend|suggest|compare) (?:me )?(?:a|an|some)\b|give me (?:\w+ )?(?:\w+ )?(?:synonyms|tips|ideas|advice|reasons|examples|suggestions)\b"
    r"|summari[sz]e (?:the )?(?:plot|story|book|idea|history)\b|say\b|repeat after\b|spell\b|let'?s (?:talk|chat)\b|is \w+ (?:better|worse|good|bad)\b"
    r"|warum\b|wieso\b|weshalb\b|erkläre?\b|erzähl\w*\b|wie geht|wer (?:bist|war|hat|schrieb)\b|was (?:kannst du|bedeutet|hältst du|ist der sinn)\b|was (?:ist|sind) der unterschied\b"
    r"|pourquoi\b|explique\b|raconte\b|(?:comment )?ça va\b|qui (?:es|a|était)\b|que (?:penses|signifie)\b"
    r"|por qué\b|¿?por qué\b|¿?cuál es el (?:sentido|significado)\b|cuéntame\b|explica\b|¿?quién\b|¿?cómo estás\b|perché\b|racconta\b)",
    re.I,
)
_STATEMENT = re.compile(
    r"(?:i (?:love|like|hate|am|was|feel|think|believe|see|know|don'?t|just|bought|agree|understand|enjoy(?:ed)?|had|have)\b(?! (?:to|need|want|looking))"
    r"|i'?m\b(?! (?:looking|trying))|i'?ll\b|that(?:'s| is| was| sounds| \w+ (?:looks?|is|was|sounds?))\b|you(?:'re| are| were)\b|it(?:'s| is| was)\b|we (?:are|were|had)\b|ich (?:bin|liebe|mag|denke|glaube)\b"
    r"|das (?:ist|war|klingt)\b|je (?:suis|pense|t'aime)\b|c'est\b)",
    re.I,
)
_LED_IN = re.compile(rf"^(?:(?:{_GREETING}|then|so|but|and|now|well)\b[\s,.!:;-]*)+", re.I)


def is_greeting(text: str) -> bool:
    """Whether a text holds nothing but words of greeting, thanks and agreement."""
    return _GREETINGS.fullmatch(text.strip().lstrip("¡¿")) is not None


def wants_words(text: str) -> bool:
    """Whether a text begins as a question or a wish that is answered in words."""
    bare = strip_greeting(text)
    return _IN_WORDS.match(bare) is not None


def is_statement(text: str) -> bool:
    """Whether a text tells something and asks for nothing."""
    return "?" not in text and _STATEMENT.match(strip_greeting(text)) is not None


def strip_greeting(text: str) -> str:
    """A text without the greeting that it begins with."""
    text = text.strip().lstrip("¡¿")
    return _LED_IN.sub("", text) or text


_QUESTION = frozenset(
    "what which who where when how is are was were do does did has have will whats wheres any was welche welcher "
    "welches wer wo wann wie ist sind gibt quel quelle quels quelles qui ou quand combien est que cual cuales donde "
    "cuando cuanto hay es".split()
)
_ASKING = re.compile(
    r"^(?:(?:please|can you|could you|would you|will you|i want you to|i want to|i need to|i would like (?:you )?to|i'd like (?:you )?to"
    r"|let'?s|bitte|kannst du|könntest du|s'il te plaît|peux-tu|pouvez-vous|puedes|por favor)\b[\s,]*)+",
    re.I,
)


def asks(text: str) -> bool:
    """Whether a text begins as a question."""
    return next(iter(plain_words(strip_greeting(text))), "") in _QUESTION


def opening_verb(text: str) -> str | None:
    """The word, without its ending, that a wish begins with, if it has a meaning of its own."""
    first = next(iter(plain_words(_ASKING.sub("", strip_greeting(text)))), None)
    return stem(first) if first is not None and first not in FEW_WORDS else None
