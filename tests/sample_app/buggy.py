"""Four ways to get a transcript wrong, each written in earnest somewhere. The tests are red with any of them."""

from typing import Any

from transcript import Row, Transcript, _text


class LosesTheLastDelta(Transcript):
    """Takes a cancelled run for one that needs no more writing."""

    def take(self, message: Row) -> None:
        """A message; a stop reason throws away what was held."""
        if message["message_type"] == "stop_reason" and message["stop_reason"] == "cancelled":
            self._held = None
        super().take(message)


class KeysCallsByPosition(Transcript):
    """Adds arguments to the call that began last: right, until two calls come interleaved."""

    def tool_calls(self) -> dict[str, tuple[str, str]]:
        """(name, arguments) of each call."""
        found: dict[str, tuple[str, str]] = {}
        begun = ""
        for row in self.rows:
            call = row.get("tool_call")
            if call is None:
                continue
            if call.get("name"):
                begun = call["tool_call_id"]
            name, arguments = found.get(begun, ("", ""))
            found[begun] = (name + call.get("name", ""), arguments + call.get("arguments", ""))
        return found


class JoinsRuns(Transcript):
    """Takes all text for one text: right, until the model says something on both sides of a call."""

    def view(self) -> list[tuple[str, str]]:
        """(type, text) of each type of message."""
        shown: dict[str, str] = {}
        for row in self.rows:
            kind: Any = row["message_type"]
            if kind != "stop_reason":
                shown[kind] = shown.get(kind, "") + _text(row)
        return list(shown.items())


class DoublesOnResume(Transcript):
    """Takes the last row that was seen for the first that is missing."""

    def first_after(self, seen: int) -> int:
        """The number of the row to go on with."""
        return max(1, seen)
