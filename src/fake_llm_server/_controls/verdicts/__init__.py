"""What a client did wrong, read out of the journal: each with its evidence, and what was right instead.

A verdict is given only on what the server has seen, so a client that has none may still be wrong.
"""

from fake_llm_server._controls.verdicts.judging import judge as judge
from fake_llm_server._controls.verdicts.judging import read_kinds as read_kinds
from fake_llm_server._controls.verdicts.verdict import Verdict as Verdict
from fake_llm_server._controls.verdicts.verdict import VerdictKind as VerdictKind
