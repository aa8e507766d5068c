"""Texts that a model may well write, and that programs seldom expect."""

FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"

FLAG = "\N{REGIONAL INDICATOR SYMBOL LETTER N}\N{REGIONAL INDICATOR SYMBOL LETTER O}"

ODD_TEXTS = (
    "Yes.",
    "",
    " ",
    "\n\n",
    "\r\n\ttext \r",
    "null",
    "[DONE]",
    "data: [DONE]\n\nevent: error\ndata: {}\n\n",
    '{"answer": 1}',
    '```json\n{"answer": 1}\n```',
    'Sure! Here it is:\n\n{"answer": 1}\n\nAnything else?',
    '{"name": "search", "arguments": {}}',
    "<think>Hm.</think>Yes.",
    "<|im_end|></s>",
    "{user} %s %(name)s ${HOME} \\n",
    "'; DROP TABLE users; --",
    "<script>alert(1)</script>",
    "\N{BOM}Yes.",
    "\N{NULL}",
    "\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}\N{NEXT LINE}",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil\N{POP DIRECTIONAL FORMATTING}",
    f"{FAMILY}e\N{COMBINING ACUTE ACCENT}{FLAG}",
    "\N{MATHEMATICAL FRAKTUR CAPITAL A}\U0010ffff",
    "word " * 2000,
)
"""The simplest first."""

ODD_STRINGS = ("x", *ODD_TEXTS[1:-1], "long" * 100)
"""For values of JSON, likewise."""

OF_FORMATS = {
    "date-time": ("2024-02-29T00:00:00Z", "1969-12-31T23:59:59.999999+14:00"),
    "date": ("2024-02-29", "0001-01-01", "9999-12-31"),
    "time": ("00:00:00Z", "23:59:59.999999-11:30"),
    "duration": ("P1D", "PT0S"),
    "email": ("a@example.com", "a+b.c@sub.example.com"),
    "hostname": ("example.com", "xn--nxasmq6b.example"),
    "ipv4": ("0.0.0.0", "255.255.255.255"),
    "ipv6": ("::", "2001:db8::ffff:192.0.2.1"),
    "uuid": ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"),
    "uri": ("https://example.com/", "urn:a:b", "https://example.com:8080/a%20b?c=d#e"),
}
"""Strings that have a format; a format that isn't here has no odd ones."""
