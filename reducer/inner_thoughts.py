"""Wire format 2: Chat Completions whose reasoning comes inside the tool call's arguments.

The tools' schemas ask the model for a member `thinking`, which comes first. Its string value becomes reasoning as it
arrives; the other members are what the tool is called with. So that a client sees the reasoning before the call, the
rest is held back until the thoughts are through.
"""

from collections.abc import Sequence
from typing import Any

from attrs import field, frozen

from .completions import draft as completions
from .completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from .completions.result import estimated_usage, reasoning_part, result_of, text_part
from .completions.split_arguments import SplitArguments
from .completions.state import State, rested
from .completions.tool_calls.call import Call
from .config import CompletionsConfig, hides_reasoning, required_text, yes_or_no
from .ends import Done, End, Undecodable
from .messages import Message
from .otid import RunCursor
from .result import Result, TextPart, ToolCall
from .shared import emit
from .values import json_scan
from .values.frozen_value import constructor_of
from .values.text import EMPTY

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
    "tool_arguments",
]


@frozen(kw_only=True)
class Config(CompletionsConfig):
    """How to fold a Chat Completions stream whose reasoning comes inside the arguments.

    Attributes:
        put_inner_thoughts_in_kwarg: whether the tools ask for thoughts. If not, nothing is held back for them.
        use_assistant_message: whether a call of the assistant's message tool is the answer instead of a call.
        thoughts_key: the member that holds the thoughts.
        assistant_message_tool_name: the tool by which the assistant answers.
        assistant_message_tool_kwarg: the member of its arguments that is the answer.
    """

    put_inner_thoughts_in_kwarg: bool = field(default=True, validator=yes_or_no)
    use_assistant_message: bool = field(default=False, validator=yes_or_no)
    thoughts_key: str = field(default="thinking", validator=required_text)
    assistant_message_tool_name: str = field(default="send_message", validator=required_text)
    assistant_message_tool_kwarg: str = field(default="message", validator=required_text)


def start(config: Config) -> tuple[State, tuple[Message, ...]]:
    """The state before the first chunk."""
    return completions.start(config, STYLE)


def step(state: State, chunk: Chunk | Done | Undecodable) -> tuple[State, tuple[Message, ...]]:
    """Fold one chunk. Never raises; the state that goes in stays as it was."""
    return completions.step(state, chunk, STYLE)


def finish(state: State, end: End) -> tuple[State, tuple[Message, ...]]:
    """Emit what is held, then why it failed or was cancelled, if so. On an ended state it does nothing."""
    return completions.finish(state, end, STYLE)


def result(state: State) -> Result:
    """What is true at this state.

    The thoughts are one text part, after omitted reasoning where the model hides its own. Tool calls have their
    arguments as they came, thoughts included.
    """
    config = _config(state)
    splits = [(of.split, of.arguments) for of in rested(state).lanes if of.is_own and of.split is not None]
    thoughts = "".join([_thoughts_in(str(arguments), split, config) for split, arguments in splits])
    texts = (*((TextPart(thoughts, is_thoughts=True),) if thoughts else ()), *text_part(state, str(state.text)))
    hides = hides_reasoning(config.hides_reasoning, state.envelope.model or config.model)
    halves = [f"the {split.scan.key} ends in half an escape" for split, _ in splits if split.scan.escape and state.end]
    reasoning = reasoning_part(state, str(state.reasoning))
    return result_of(state, reasoning, texts, estimated_usage(state), hides, halves)


def tool_arguments(call: ToolCall, config: Config) -> str:
    """The arguments to call the tool with: those of the call without the thoughts, as its messages have them.

    Args:
        call: of a result of this wire. Its own arguments keep the thoughts, and go back to the model with them.
        config: what the stream was folded with.

    Returns:
        JSON text, the other members as they came. Arguments of a custom tool, thoughts that are no string, and what is
        no JSON object, are passed on as they are.
    """
    if call.kind == "custom":
        return call.arguments
    scan, pieces = json_scan.feed(json_scan.start((config.thoughts_key,)), call.arguments)
    _, held = json_scan.close(scan)
    return "".join(piece.text for piece in (*pieces, *held) if piece.key is None)


class _ThoughtsFirst:
    """A call's thoughts are emitted first, then its name, then its other arguments."""

    def announces_hidden_reasoning(self, state: State, model: str) -> bool:
        config: Any = state.config  # asked of each chunk, so without a call to check its class
        return not config.put_inner_thoughts_in_kwarg and hides_reasoning(config.hides_reasoning, model or config.model)

    def continue_call(
        self, state: State, run: RunCursor, call: Call, split: SplitArguments | None, added: str
    ) -> tuple[RunCursor, Call, SplitArguments | None, tuple[Message, ...]] | None:
        if split is None:
            return None
        config: Any = state.config
        asked = config.put_inner_thoughts_in_kwarg or state.omitted
        if not asked and self.announces_hidden_reasoning(state, state.envelope.model):
            return None
        scan = split.scan
        bare = not (scan.escape or scan.slashed or '"' in added or "\\" in added)
        # Mostly it goes on within a string: as it came, unscanned, if it is bare. A third of a step of thoughts.
        thinks = scan.phase == "chosen" and scan.key == config.thoughts_key and not split.through
        if thinks or (scan.phase == "rest" and scan.quoted and split.through and call.opened and not split.assistant):
            found = (scan, added) if bare else json_scan.go_on(scan, added)
            if found is not None:
                after, piece = found
                if after is not scan:
                    split = _split(after, split.assistant, split.held, split.through)
                if not piece:
                    return run, call, split, ()
                message: Message
                if thinks:
                    run, message = emit.reasoning(run, piece, native=False)
                else:
                    run, message = emit.call(run, call.approval, call.id, "", piece)
                return run, call, split, (message,)
        scan, pieces = json_scan.feed(scan, added)
        if len(pieces) == 1 and pieces[0].key is None and split.through and call.opened:  # as mostly outside strings
            run, message = emit.call(run, call.approval, call.id, "", pieces[0].text)
            if scan is not split.scan:
                split = _split(scan, split.assistant, split.held, True)
            return run, call, split, (message,)
        emission = _Emission(state, run, call, split)
        emission.read(config, pieces)
        emission.release(through=scan.over, final=False)
        return emission.run, emission.call, emission.split(scan), tuple(emission.messages)

    def emit_call(
        self, state: State, run: RunCursor, call: Call, name: str, added: str, final: bool
    ) -> tuple[RunCursor, Call, Sequence[Message]]:
        config = _config(state)
        split = call.split
        if split is None:
            # Arguments settle the name, and the name tells what to look for in them.
            if not final and not (call.name and call.arguments):
                return run, call, ()
            split, added = _split_for(config, call), str(call.arguments)
        elif not added and split.scan.over and split.through and call.opened and not split.held:
            return run, call, ()  # all of it was said
        emission = _Emission(state, run, call, split)
        scan, pieces = json_scan.feed(split.scan, added)
        emission.read(config, pieces)
        if final:
            scan, pieces = json_scan.close(scan)
            emission.read(config, pieces)
        emission.release(through=final or scan.over, final=final)
        return emission.run, emission.call.with_more(call.arguments, emission.split(scan)), emission.messages


class _Emission:
    """What one delta makes of a call."""

    def __init__(self, state: State, run: RunCursor, call: Call, split: SplitArguments) -> None:
        self.state = state
        self.run = run
        self.call = call
        self.assistant = split.assistant
        self.held = split.held
        self.through = split.through
        self.messages: list[Message] = []

    def read(self, config: Config, pieces: Sequence[json_scan.Piece]) -> None:
        for key, piece, ended in pieces:
            if key == config.thoughts_key:
                if piece:
                    self.release(through=False, final=False)
                    self.run, message = emit.reasoning(self.run, piece, native=False)
                    self.messages.append(message)
                if ended:
                    self.through = True
            elif self.assistant == (key is not None):
                self.held = self.held.append(piece)

    def release(self, through: bool, final: bool) -> None:
        """Emit what is held, if the thoughts are through, and the call can be named."""
        self.through = self.through or through
        if not self.through:
            return
        if self.assistant:
            if self.held:
                self.run, answer = emit.text(self.run, str(self.held))
                self.messages.append(answer)
        else:
            if not self.call.opened:
                if not (self.call.id or self.call.aliases or final):
                    return
                self.call = completions.open_call(self.state, self.call)
                self._emit(self.call.name, "")
            if self.held:
                self._emit("", str(self.held))
        self.held = EMPTY

    def split(self, scan: json_scan.Scan) -> SplitArguments:
        return SplitArguments(scan, self.assistant, self.held, self.through)

    def _emit(self, name: str, arguments: str) -> None:
        self.run, message = emit.call(self.run, self.call.approval, self.call.id, name, arguments)
        self.messages.append(message)


def _thoughts_in(arguments: str, split: SplitArguments, config: Config) -> str:
    """The thoughts in a call's arguments so far, decoded."""
    _, pieces = json_scan.feed(json_scan.start(split.scan.chosen), arguments)
    return "".join(piece.text for piece in pieces if piece.key == config.thoughts_key)


def _split_for(config: Config, call: Call) -> SplitArguments:
    if call.kind == "custom":
        return SplitArguments(json_scan.start(()), through=True)  # raw text has no members
    assistant = config.use_assistant_message and call.name == config.assistant_message_tool_name
    chosen = (config.thoughts_key, config.assistant_message_tool_kwarg) if assistant else (config.thoughts_key,)
    return SplitArguments(json_scan.start(chosen), assistant, through=not config.put_inner_thoughts_in_kwarg)


def _config(state: State) -> Config:
    assert isinstance(state.config, Config)
    return state.config


_split = constructor_of(SplitArguments)
STYLE = _ThoughtsFirst()
"""What becomes of tool calls."""
