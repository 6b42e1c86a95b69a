"""Wire format 1: Chat Completions, native: content, reasoning, refusals, and tool calls side by side."""

from collections.abc import Sequence
from typing import Any, Literal

from attrs import field, frozen

from . import emit
from .completions import draft as completions
from .completions.calls import Call, can_open
from .completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from .completions.result import reasoning_part, result_of, text_part
from .completions.split_arguments import SplitArguments
from .completions.state import State
from .completions.think_tags import Tags
from .config import CompletionsConfig, hides_reasoning
from .ends import Done, End, Undecodable
from .messages import Message
from .otid import RunCursor
from .result import Result

__all__ = [
    "CallDelta",
    "Choice",
    "Chunk",
    "Config",
    "CustomDelta",
    "Delta",
    "FunctionDelta",
    "State",
    "finish",
    "result",
    "start",
    "step",
]


def _check_tags(_: object, __: Any, value: object) -> None:
    if value not in (False, True, "opened") or not isinstance(value, (bool, str)):
        raise TypeError(f'think_tags must be true, false or "opened", not {value!r}')


@frozen(kw_only=True)
class Config(CompletionsConfig):
    """How to fold a Chat Completions stream.

    Attributes:
        think_tags: whether content that begins with `<think>…</think>` is reasoning there (models that are served raw).
            "opened": the same, and the chat template has written the opening tag already.
    """

    think_tags: bool | Literal["opened"] = field(default=False, validator=_check_tags)


def start(config: Config) -> tuple[State, tuple[Message, ...]]:
    """The state before the first chunk.

    If the model hides its reasoning, that is emitted here, before anything else.
    """
    tags = Tags(opened=config.think_tags == "opened") if config.think_tags else None
    return completions.start(config, STYLE, tags, hides_reasoning(config.hides_reasoning, config.model))


def step(state: State, chunk: Chunk | Done | Undecodable) -> tuple[State, tuple[Message, ...]]:
    """Fold one chunk. Never raises; the state that goes in stays as it was."""
    return completions.step(state, chunk, STYLE)


def finish(state: State, end: End) -> tuple[State, tuple[Message, ...]]:
    """Emit what is held, then why it is over. Idempotent."""
    return completions.finish(state, end, STYLE)


def result(state: State) -> Result:
    """What is true at this state.

    The reasoning is one part, and so is the text. A DeepSeek model whose whole answer came as reasoning has answered:
    then the reasoning is the text.
    """
    text, reasoning = str(state.text), str(state.reasoning)
    model = state.envelope.model or state.config.model or ""
    alone = reasoning and not (text or state.refusal or len(state.calls.lanes))
    if (
        alone
        and model.startswith("deepseek")
        and state.envelope.closed
        and state.envelope.outcome(state.end) == "completed"
    ):
        text, reasoning = reasoning, ""
    return result_of(state, (*reasoning_part(state, reasoning), *text_part(state, text)))


class _AsTheyCome:
    """A call is emitted as it comes, once it has an id and a name and its kind of message is settled."""

    def announces_hidden_reasoning(self, state: State, model: str) -> bool:
        return False

    def continue_call(
        self, state: State, run: RunCursor, call: Call, split: SplitArguments | None, added: str
    ) -> tuple[RunCursor, SplitArguments | None, Sequence[Message]] | None:
        if not call.opened:
            return None
        run, message = emit.call(run, call.approval, call.id, "", added)
        return run, None, (message,)

    def emit_call(
        self, state: State, run: RunCursor, call: Call, name: str, added: str, final: bool
    ) -> tuple[RunCursor, Call, Sequence[Message]]:
        if call.opened:
            if not name and not added:
                return run, call, ()
            run, message = emit.call(run, call.approval, call.id, name, added)
            return run, call, (message,)
        approvals = state.config.requires_approval_tools
        if not final and not can_open(call, approvals):
            return run, call, ()
        call = completions.open_call(state, call)
        run, message = emit.call(run, call.approval, call.id, call.name, str(call.arguments))
        return run, call, (message,)


STYLE = _AsTheyCome()
"""What becomes of tool calls."""
