"""Whether a text is a URI, or a reference to one, as JSON Schema's formats have it.

Source: https://www.rfc-editor.org/rfc/rfc3986#appendix-A
"""

import re

_PLAIN = r"(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"
"""Characters of every part."""

_SEGMENT = rf"(?:{_PLAIN}|[:@])"
_AUTHORITY = rf"//(?:(?:{_PLAIN}|:)*@)?(?:\[[0-9A-Fa-f:.]+\]|{_PLAIN}*)(?::\d*)?(?:/{_SEGMENT}*)*"
_ABSOLUTE = rf"/(?:{_SEGMENT}+(?:/{_SEGMENT}*)*)?"
_END = rf"(?:\?(?:{_SEGMENT}|[/?])*)?(?:#(?:{_SEGMENT}|[/?])*)?"

_URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.-]*:(?:{_AUTHORITY}|{_ABSOLUTE}|{_SEGMENT}+(?:/{_SEGMENT}*)*|){_END}", re.ASCII
)
_RELATIVE = re.compile(
    rf"(?:{_AUTHORITY}|{_ABSOLUTE}|(?:{_PLAIN}|@)+(?:/{_SEGMENT}*)*|){_END}",
    re.ASCII,
)


def is_uri(text: str) -> bool:
    """Whether `text` is a URI: it has a scheme, and no character that a URI must escape."""
    return _URI.fullmatch(text) is not None


def is_uri_reference(text: str) -> bool:
    """Whether `text` is a URI, or leads from one to another."""
    return is_uri(text) or _RELATIVE.fullmatch(text) is not None
