"""The state of a Chat Completions stream, of either wire."""

from ..config import CompletionsConfig
from ..ends import End
from ..otid import RunCursor
from ..values.frozen_value import value
from ..values.text import EMPTY, Text
from .envelope import CompletionsEnvelope
from .levels import NO_LEVELS, Levels
from .split_arguments import SplitArguments
from .think_tags import Tags
from .tool_calls.calls import NO_CALLS, Calls
from .whole import Echo


@value
class Halves:
    """The first halves of surrogate pairs, by the channel whose last piece ended in one (`values.halves`)."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""


NO_HALVES = Halves()
"""No channel's last piece ended in half a character."""


@value
class State:
    """A Chat Completions stream, folded so far.

    What changes with most chunks is at the top; what changes rarely is nested.

    Attributes:
        run: the run of the last message.
        text: the answer's text.
        reasoning: the native reasoning.
        refusal: the refusal to answer.
        calls: all tool calls, where the call in work (`calls.lanes.lane`) lacks what changes with every delta: its
            arguments and their split. See `rested`.
        arguments: of the call in work.
        split: the split arguments of the call in work; None where they are not split.
        halves: what is held of characters that come in two pieces; None, as nearly always, where nothing is. A call
            holds its own.
        echo: how much of a whole answer has come again; None, as nearly always, where no such answer came.
        omitted: whether it was announced that the model's reasoning is not shown.
        tags: where in the content the think tags are; None where they are not looked for.
        levels: the members that no fold reads.
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
    envelope: CompletionsEnvelope = CompletionsEnvelope()
    tags: Tags | None = None
    halves: Halves | None = None
    echo: Echo | None = None
    omitted: bool = False
    levels: Levels = NO_LEVELS
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
    return calls.with_lanes(lanes.put(lanes.at, call.with_more(arguments, split)))
