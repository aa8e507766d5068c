"""What the generated code stands on: how wire types validate, and how a request becomes one.

Hand-written, while `_generated` is made from the contract and never edited. Knows the contract's notions
(closed objects, fields that may be left out, unions with a tag) and none of its schemas.

Wire types compare JSON by its types: the string "1" is no integer and 1 is no string. A field that was left
out reads as None; it isn't in `model_fields_set`, and `dump_json` leaves it out again, so that a reply has
exactly the fields that its handler set. The contract's defaults are for handlers to apply.
"""

from fake_llm_server._contract.json_template import JsonTemplate
from fake_llm_server._contract.large_work import run_aside_if_large
from fake_llm_server._contract.model import ContractModel, Omissible, dump_json
from fake_llm_server._contract.parsing import find_unused_names, parse_json_body, parse_query
from fake_llm_server._contract.routing import (
    OperationRoute,
    Reply,
    RequestFaultError,
    create_reply,
    read_body,
    read_query,
)
from fake_llm_server._contract.unions import OneOf, Option, member_label

__all__ = [
    "ContractModel",
    "JsonTemplate",
    "Omissible",
    "OneOf",
    "OperationRoute",
    "Option",
    "Reply",
    "RequestFaultError",
    "create_reply",
    "dump_json",
    "find_unused_names",
    "member_label",
    "parse_json_body",
    "parse_query",
    "read_body",
    "read_query",
    "run_aside_if_large",
]
