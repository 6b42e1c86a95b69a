"""The state of a Chat Completions stream, of either wire, and how the tool calls of a wire speak."""

from collections.abc import Sequence
from typing import Protocol

from ..config import CompletionsConfig
from ..ends import End
from ..envelope import Envelope
from ..messages import Message
from ..otid import RunCursor
from ..values.frozen_value import value
from ..values.text import EMPTY, Text
from .calls import NO_CALLS, Call, Calls
from .split_arguments import SplitArguments
from .think_tags import Tags


@value
class State:
    """A Chat Completions stream, folded so far.

    What changes with most chunks is at the top; what changes rarely is nested.

    Attributes:
        run: the run of the last message.
        text: the answer's text; reasoning, refusal: likewise.
        calls: all tool calls, where the call in work (`calls.lanes.lane`) lacks what changes with every delta:
        arguments: of the call in work; split: likewise. See `rested`.
        omitted: whether it was announced that the model's reasoning is not shown.
        tags: where in the content the think tags are; None where they are not looked for.
        chunks: how many chunks came.
        end: why no more will come; None while they may.
    """

    config: CompletionsConfig
    run: RunCursor
    text: Text = EMPTY
    reasoning: Text = EMPTY
    refusal: Text = EMPTY
    calls: Calls = NO_CALLS
    arguments: Text = EMPTY
    split: SplitArguments | None = None
    envelope: Envelope = Envelope()
    tags: Tags | None = None
    omitted: bool = False
    chunks: int = 0
    end: End | None = None


def rested(state: State) -> Calls:
    """All tool calls, with what lies at the top of the state in its place."""
    return with_work(state.calls, state.arguments, state.split)


def with_work(calls: Calls, arguments: Text, split: SplitArguments | None) -> Calls:
    """These calls, with that for the arguments and the split of the call in work."""
    lanes = calls.lanes
    call = lanes.lane
    if call is None or (call.arguments is arguments and call.split is split):
        return calls
    return Calls(lanes.put(lanes.at, call.with_more(arguments, split)), calls.keys, calls.index, calls.undecided)


class CallStyle(Protocol):
    """How the tool calls of a wire speak."""

    def announces_hidden_reasoning(self, state: State, model: str, /) -> bool:
        """Whether to say before the first tool call that the model's reasoning is not shown."""
        ...

    def continue_call(
        self, state: State, run: RunCursor, call: Call, split: SplitArguments | None, added: str, /
    ) -> tuple[RunCursor, SplitArguments | None, Sequence[Message]] | None:
        """Say a piece of a call's arguments, where that is all there is to say; None if the call is to be opened.

        Args:
            state: for its configuration.
            run: the run so far.
            call: whose arguments it is; only what is settled by its first message counts.
            split: how far the call's arguments are said.
            added: the piece.
        """
        ...

    def emit_call(
        self, state: State, run: RunCursor, call: Call, name: str, added: str, final: bool, /
    ) -> tuple[RunCursor, Call, Sequence[Message]]:
        """Say what there is to say of a call.

        Args:
            state: for its configuration.
            run: the run so far.
            call: with everything that came.
            name: what was just added to its name.
            added: what was just added to its arguments.
            final: whether nothing more will come; then nothing may stay held.
        """
        ...
