"""What a log keeps, as text: snapshots, and in JSON of its own what is no fold's, a tool's return or a turn's state."""

import json
from typing import Any

from ....reducer.values.json_values import freeze
from ... import snapshot
from ...errors import SnapshotError
from ...json_text import dumps as json_text
from ...protocols.turn import ToolReturn
from ...short_repr import short_repr
from .contract import TurnState

__all__ = ["dumps", "findable", "loads"]

_RETURN, _TURN = '{"tool_return":', '{"turn":'
_STATUSES = ("success", "error", "denied")


def dumps(value: object) -> str:
    """A state, a chunk, a result, or what is said in a run, as one line of text that `loads` reads.

    Args:
        value: what `snapshot.dumps` takes, a `ToolReturn`, or a `TurnState`.

    Raises:
        SnapshotError: if it is something else, or a tool's return without a call's id or a status.
    """
    if isinstance(value, ToolReturn):
        if not isinstance(value.tool_call_id, str) or value.status not in _STATUSES:
            raise SnapshotError(f"not a tool's return: it has no call, or no status: {short_repr(value):.80}")
        text = json_text([value.tool_call_id, value.status, freeze(value.output)])
        return f"{_RETURN}{json.dumps(json.loads(text))}}}"
    if isinstance(value, TurnState):
        return f"{_TURN}{'null' if value.call is None else dumps(value.call)}}}"
    made: Any = value
    return snapshot.dumps(made).decode("ascii")


def loads(stored: bytes | str) -> Any:
    """What `dumps` was given; of a tool's return, the output as JSON has it.

    Raises:
        SnapshotError: if it is nothing that `dumps` gives.
    """
    text = stored if isinstance(stored, str) else stored.decode("utf-8", "replace")
    if text.startswith(_TURN):
        call = text[len(_TURN) : -1]
        return TurnState(None if call == "null" else snapshot.loads(call))
    if text.startswith(_RETURN):
        try:
            call_id, status, output = json.loads(text)["tool_return"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise SnapshotError(f"not a tool's return: {error}") from None
        if not isinstance(call_id, str) or status not in _STATUSES:
            raise SnapshotError("not a tool's return: it has no call, or no status")
        return ToolReturn(call_id, freeze(output), status)
    return snapshot.loads(text)


def findable(run_id: str) -> str | bytes:
    """An id as a store can look for it: of one that UTF-8 cannot write, bytes that are no run's id."""
    try:
        run_id.encode()
    except UnicodeEncodeError:
        return run_id.encode("utf-8", "surrogatepass")
    return run_id
