"""Wire format 1: Chat Completions, native: content, reasoning, refusals, and tool calls side by side."""

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from .completions import draft as completions
from .completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from .completions.result import estimated_usage, reasoning_part, result_of, text_part
from .completions.split_arguments import SplitArguments
from .completions.state import State
from .completions.think_tags import Tags
from .completions.tool_calls.call import Call, can_open
from .config import CompletionsConfig, hides_reasoning
from .ends import Done, End, Undecodable
from .messages import Message
from .otid import RunCursor
from .result import Result
from .shared import emit

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


ThinkTags: TypeAlias = bool | Literal["opened"] | tuple[tuple[str, str], ...]
"""See `Config.think_tags`."""


def _tags(value: "ThinkTags | Sequence[str | Sequence[str]]") -> ThinkTags:
    """Opening tags alone get the closing tags that they have in XML."""
    if not isinstance(value, (list, tuple)) or any(isinstance(tag, str) and tag[:1] != "<" for tag in value):
        return value  # type: ignore[return-value]  # the validator has the word
    pairs: Any = ((tag, f"</{tag[1:]}") if isinstance(tag, str) else tag for tag in value)
    return tuple(tuple(pair) if isinstance(pair, list) else pair for pair in pairs)


def _check_tags(_: object, __: Any, value: object) -> None:
    if isinstance(value, bool) or (isinstance(value, str) and value == "opened"):
        return
    if not isinstance(value, tuple):
        raise TypeError(f'think_tags must be true, false or "opened", not {value!r}')
    if not value or not all(map(_is_pair, value)):
        raise TypeError(f"think_tags must be a list of tags, or of pairs of them, not {value!r}")
    openings = [opening for opening, _ in value]
    for at, opening in enumerate(openings):
        if any(other.startswith(opening) for other in (*openings[:at], *openings[at + 1 :])):
            raise ValueError(f"think_tags: {opening!r} begins another of the opening tags")


def _is_pair(pair: object) -> bool:
    """Whether it is two tags; white space before a block is none of its tag."""
    texts = isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(tag, str) and tag for tag in pair)
    return texts and pair[0] == pair[0].lstrip()  # type: ignore[index]


@frozen(kw_only=True)
class Config(CompletionsConfig):
    """How to fold a Chat Completions stream.

    Attributes:
        think_tags: whether content that begins with `<think>…</think>` is reasoning there (models that are served raw).
            "opened": the same, and the chat template has written the opening tag already. Other tags than these: a list
            of opening tags (`["<thought>", "<reasoning>"]`), or of pairs of an opening and a closing one.
    """

    think_tags: ThinkTags = field(default=False, converter=_tags, validator=_check_tags)


def start(config: Config) -> tuple[State, tuple[Message, ...]]:
    """The state before the first chunk.

    If the model hides its reasoning, that is emitted here, before anything else.
    """
    tags = None
    if isinstance(config.think_tags, tuple):
        tags = Tags(pairs=config.think_tags)
    elif config.think_tags:
        tags = Tags(opened=config.think_tags == "opened")
    return completions.start(config, STYLE, tags, hides_reasoning(config.hides_reasoning, config.model))


def step(state: State, chunk: Chunk | Done | Undecodable) -> tuple[State, tuple[Message, ...]]:
    """Fold one chunk. Never raises; the state that goes in stays as it was."""
    return completions.step(state, chunk, STYLE)


def finish(state: State, end: End) -> tuple[State, tuple[Message, ...]]:
    """Emit what is held, then why it failed or was cancelled, if so. On an ended state it does nothing."""
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
    return result_of(state, reasoning_part(state, reasoning), text_part(state, text), estimated_usage(state))


class _AsTheyCome:
    """A call is emitted as it comes, once it has an id and a name and its kind of message is settled."""

    def announces_hidden_reasoning(self, state: State, model: str) -> bool:
        return False

    def continue_call(
        self, state: State, run: RunCursor, call: Call, split: SplitArguments | None, added: str
    ) -> tuple[RunCursor, Call, SplitArguments | None, tuple[Message, ...]] | None:
        if not call.opened:
            return None
        run, message = emit.call(run, call.approval, call.id, "", added)
        return run, call, None, (message,)

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
