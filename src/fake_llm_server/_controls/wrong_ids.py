"""Tool calls with ids that are wrong, as some servers that speak OpenAI's API give them."""

from typing import Any


class WrongIds:
    """Changes the ids of one reply's tool calls."""

    def __init__(self) -> None:
        self._announced: dict[tuple[int, int], str] = {}

    def change(self, event: dict[str, Any]) -> bool:
        """Have an event of a stream name a call by another id than the one that announced it.

        Says whether it does.
        """
        if "type" not in event:
            changed = [self._change_chunk(choice) for choice in event.get("choices") or ()]
            return any(changed)
        if event["type"] == "response.output_item.done":
            return _rename(event["item"])
        output = event["response"]["output"] if "response" in event else []
        renamed = [_rename(item) for item in output if item.get("status") != "in_progress"]
        return any(renamed)

    def _change_chunk(self, choice: dict[str, Any]) -> bool:
        is_changed = False
        for call in choice["delta"].get("tool_calls") or ():
            place = (choice["index"], call["index"])
            if place in self._announced:
                call["id"] = _word(self._announced[place])
                is_changed = True
            else:
                self._announced[place] = call.get("id") or ""
        return is_changed

    def empty(self, document: dict[str, Any]) -> bool:
        """Have the calls of a whole reply have no ids; says whether there are any."""
        is_changed = False
        for choice in document.get("choices") or ():
            for call in choice["message"].get("tool_calls") or ():
                call["id"], is_changed = "", True
        for item in document.get("output") or ():
            if "call_id" in item:
                item["call_id"], is_changed = "", True
        return is_changed


def _rename(item: dict[str, Any]) -> bool:
    if item.get("call_id"):
        item["call_id"] = _word(item["call_id"])
        return True
    return False


def _word(call_id: str) -> str:
    return f"{call_id}_changed"
