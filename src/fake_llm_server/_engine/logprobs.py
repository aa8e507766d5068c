"""Log probabilities of tokens at temperature 1, before bias, penalties and masks."""

import numpy as np

from fake_llm_server._engine.fixed_arithmetic import exp_of_differences, log, sum_in_halves
from fake_llm_server._engine.sampling import Logits, most_probable
from fake_llm_server._engine.vocabulary import Vocabulary
from fake_llm_server._seam import TokenLogprob


def report_logprobs(
    logits: Logits, token_id: int, num_alternatives: int, vocabulary: Vocabulary
) -> TokenLogprob:
    """The generated token's log probability with those of the most probable tokens."""
    wide = logits.astype(np.float64)
    greatest = float(wide.max())
    log_total = greatest + log(sum_in_halves(exp_of_differences(wide - greatest)))

    def describe(index: int) -> TokenLogprob:
        return TokenLogprob(index, vocabulary.piece(index), min(0.0, float(wide[index]) - log_total))

    best = most_probable(logits, num_alternatives) if num_alternatives else ()
    chosen = describe(token_id)
    return TokenLogprob(token_id, chosen.piece, chosen.logprob, tuple(describe(int(index)) for index in best))
