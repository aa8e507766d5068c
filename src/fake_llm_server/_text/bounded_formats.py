"""Patterns of some texts of each format: short ones, of the kind that programs read.

A format allows more than the libraries that read it: a duration of a hundred digits, an address without a
domain, a year 0. Every text of a pattern here satisfies its format, and the parsers of Python as well.
"""

_DAY = "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
_DATE = f"(?:19|20)[0-9]{{2}}-{_DAY}"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,3})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
_DAYS = "[0-9]{1,3}D(?:T[0-9]{1,2}H)?"
_HOURS = "T(?:[0-9]{1,2}H(?:[0-9]{1,2}M)?|[0-9]{1,3}M|[0-9]{1,3}S)"
_LABEL = "[a-z0-9]{1,15}"
"""Four of them, joined by hyphens, have the 63 characters that a part of a domain may have."""

_DOMAIN = rf"(?:{_LABEL}[.-]){{0,2}}{_LABEL}\.[a-z]{{2,3}}"

FORMAT_PATTERNS = {
    "date": f"^{_DATE}$",
    "time": f"^{_TIME}$",
    "date-time": f"^{_DATE}T{_TIME}$",
    "duration": f"^P(?:{_DAYS}|{_HOURS})$",
    "email": f"^{_LABEL}(?:[._+-]{_LABEL}){{0,2}}@{_DOMAIN}$",
    "hostname": f"^[a-z][a-z0-9]{{0,14}}(?:[.-]{_LABEL}){{0,3}}$",
    "uri": f"^https?://{_DOMAIN}(?:/[A-Za-z0-9._~-]{{1,30}}){{0,4}}/?$",
}
"""By format. The other formats that a grammar holds have no long texts."""
