"""Replies that are valid and that programs seldom expect, decided by what was drawn and by the request.

What is drawn is plain data, `Move`; `decide` makes a reply of it when the request has come. So nothing is
drawn on the server's thread, and the same draw and request always make the same reply.
"""

from fake_llm_server._controls.adversarial.decide import decide as decide
from fake_llm_server._controls.adversarial.moves import KINDS as KINDS
from fake_llm_server._controls.adversarial.moves import AdversarialReplies as AdversarialReplies
from fake_llm_server._controls.adversarial.moves import Kind as Kind
from fake_llm_server._controls.adversarial.moves import Move as Move
from fake_llm_server._controls.adversarial.texts import ODD_TEXTS as ODD_TEXTS
