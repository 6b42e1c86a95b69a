"""What is kept of a run: rows, each a few messages of one run of messages put together."""

from typing import Any

Row = dict[str, Any]

MOST = 4  # messages a row is made of: fewer rows are fewer writes


class Transcript:
    """A run's rows, numbered from 1, and what they come to.

    Attributes:
        rows: what is kept; listeners get these. over: whether there will be no more.
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.over = False
        self._held: Row | None = None  # a row that may still grow
        self._count = 0

    def take(self, message: Row) -> None:
        """A message, as Letta's JSON."""
        if self._held is not None and self._count < MOST and _lane(message) == _lane(self._held):
            _add(self._held, message)
            self._count += 1
            return
        self.flush()
        self._held, self._count = message, 1

    def end(self) -> None:
        """There are no more messages, for whatever reason."""
        self.flush()
        self.over = True

    def flush(self) -> None:
        """Keep what is held."""
        if self._held is not None:
            self.rows.append({"seq_id": len(self.rows) + 1, **self._held})
            self._held = None

    def first_after(self, seen: int) -> int:
        """The number of the row that a client needs next that has seen so many."""
        return seen + 1

    def view(self) -> list[tuple[str, str]]:
        """(type, text) of each run of messages, for a page that shows the conversation."""
        shown: list[tuple[str, str]] = []
        last = None
        for row in self.rows:
            if row["message_type"] == "stop_reason":
                continue
            if row["otid"] == last:
                kind, text = shown.pop()
                shown.append((kind, text + _text(row)))
            else:
                shown.append((row["message_type"], _text(row)))
            last = row["otid"]
        return shown

    def tool_calls(self) -> dict[str, tuple[str, str]]:
        """(name, arguments) of each call, by its id."""
        found: dict[str, tuple[str, str]] = {}
        for row in self.rows:
            if "tool_call" in row:
                call = row["tool_call"]
                name, arguments = found.get(call["tool_call_id"], ("", ""))
                found[call["tool_call_id"]] = (name + call.get("name", ""), arguments + call.get("arguments", ""))
        return found


def _lane(message: Row) -> tuple[Any, ...]:
    """What two messages have in common that can be one row."""
    return (message.get("otid"), message.get("tool_call", {}).get("tool_call_id"), message["message_type"])


def _add(row: Row, message: Row) -> None:
    for member in ("content", "reasoning", "refusal"):
        if member in message:
            row[member] = row[member] + message[member]
    if "tool_call" in message:
        ours, theirs = row["tool_call"], message["tool_call"]
        for member in ("name", "arguments"):
            if member in theirs:
                ours[member] = ours.get(member, "") + theirs[member]


def _text(row: Row) -> str:
    call = row.get("tool_call", {})
    return str(row.get("content") or row.get("reasoning") or row.get("refusal") or call.get("arguments") or "")
