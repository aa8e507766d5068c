"""Decides from a request alone whether a tool is called, and which: a small model can't.

| module | what it owns |
| --- | --- |
| `words`, `meanings` | words that can be compared, and those that mean the same |
| `value_kinds` | values that are known by their form, and parameters that ask for them |
| `tool_words` | what a tool says of itself |
| `sources` | tools that answer questions from what they know |
| `likeness` | how plainly each tool serves a text |
| `small_talk` | requests that are answered in words |
| `wishes` | the calls that a text asks for, one for each part of it |
| `lists` | lists of values, each of which needs a call of its own |
| `conversations` | what was asked last, and which calls were answered since |
| `plan` | the above, for a whole request |

All of it is a function of the request alone. Its cost is bounded whatever the request holds.
"""
