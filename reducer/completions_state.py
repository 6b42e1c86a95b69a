"""The state of a Chat Completions stream, of either wire, and how the tool calls of a wire speak."""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from .calls import NO_CALLS, Call, Calls
from .config import CompletionsConfig
from .envelope import Envelope
from .machine import End
from .messages import Message
from .otid import Run
from .text import EMPTY, Text
from .think_tags import Tags


@frozen(slots=False)
class State:
    """A Chat Completions stream, folded so far.

    What changes with most chunks is at the top; what changes rarely is nested.

    Attributes:
        run: the run of the last message.
        text: the answer's text; reasoning, refusal: likewise.
        omitted: whether it was announced that the model's reasoning is not shown.
        tags: where in the content the think tags are; None where they are not looked for.
        chunks: how many chunks came.
        end: why no more will come; None while they may.
    """

    config: CompletionsConfig
    run: Run
    text: Text = EMPTY
    reasoning: Text = EMPTY
    refusal: Text = EMPTY
    calls: Calls = NO_CALLS
    envelope: Envelope = Envelope()
    tags: Tags | None = None
    omitted: bool = False
    chunks: int = 0
    end: End | None = None


class Speaker(Protocol):
    """How the tool calls of a wire speak."""

    def announces(self, state: State, model: str, /) -> bool:
        """Whether to say before the first tool call that the model's reasoning is not shown."""
        ...

    def speak(
        self, state: State, run: Run, call: Call, name: str, added: str, final: bool, /
    ) -> tuple[Run, Call, Sequence[Message]]:
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
