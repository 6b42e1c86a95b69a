"""What the two Chat Completions wires differ in: how a tool call becomes messages."""

from collections.abc import Sequence
from typing import Protocol

from ..messages import Message
from ..otid import RunCursor
from .split_arguments import SplitArguments
from .state import State
from .tool_calls.call import Call


class CallStyle(Protocol):
    """What becomes of a tool call, and when."""

    def announces_hidden_reasoning(self, state: State, model: str, /) -> bool:
        """Whether to emit before the first tool call that the model's reasoning is not shown."""
        ...

    def continue_call(
        self, state: State, run: RunCursor, call: Call, split: SplitArguments | None, added: str, /
    ) -> tuple[RunCursor, Call, SplitArguments | None, tuple[Message, ...]] | None:
        """Emit a piece of a call's arguments; None if something else is due, such as that reasoning is hidden.

        Args:
            state: for its configuration.
            run: the run so far.
            call: whose arguments it is; only what is settled by its first message counts.
            split: how far the call's arguments are emitted.
            added: the piece.
        """
        ...

    def emit_call(
        self, state: State, run: RunCursor, call: Call, name: str, added: str, final: bool, /
    ) -> tuple[RunCursor, Call, Sequence[Message]]:
        """Emit what is due of a call.

        Args:
            state: for its configuration.
            run: the run so far.
            call: with everything that came.
            name: what was just added to its name.
            added: what was just added to its arguments.
            final: whether nothing more will come; then nothing may stay held.
        """
        ...
