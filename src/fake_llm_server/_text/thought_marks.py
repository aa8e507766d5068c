"""The marks that reasoning models put around their thoughts."""

THINK_BEGIN = "<think>"
THINK_END = "</think>"
