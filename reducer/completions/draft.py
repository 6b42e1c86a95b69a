"""The fold that both Chat Completions wires share. They differ in what becomes of tool calls, and bring that along.

A chunk's content goes first, then its reasoning, then the rest: what a chunk holds has no order of its own, and this is
the order that Letta's legacy interface has made its clients expect.
"""

from collections.abc import Sequence

from attrs import evolve

from .. import emit
from ..config import CompletionsConfig
from ..draft import Draft
from ..ends import Done, End, Undecodable
from ..messages import Message
from ..otid import initial_cursor, synthetic_call_id
from ..stream_error import failure_of, is_error, read_error
from ..values.json_values import Json, as_list, as_object, as_text, freeze
from ..values.text import EMPTY, Text
from . import think_tags, whole
from .call_style import CallStyle
from .calls import Call, Calls, decide, is_about_a_call, receive
from .chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from .envelope import CompletionsEnvelope
from .finish_words import finish_class
from .plain import plain_step
from .state import State, rested, with_work
from .think_tags import Tags

_MAX_RUNNING = 64  # tools of the provider's that may run at once: so far back their results are looked for
LEGACY = -1
"""The index, and the position for its made-up id, of the one call of the API before tools (`delta.function_call`)."""


def start(
    config: CompletionsConfig, style: CallStyle, tags: Tags | None = None, hidden: bool = False
) -> tuple[State, tuple[Message, ...]]:
    """The state before the first chunk, and what is emitted before it.

    Args:
        config: of either wire.
        style: what becomes of tool calls.
        tags: where the content begins, if think tags are looked for in it.
        hidden: whether to announce that the model's reasoning is not shown.
    """
    state = State(config, initial_cursor(config.message_id, config.run_id, config.step_id), tags=tags)
    draft = CompletionsDraft(state, style)
    if hidden:
        draft.announce_hidden_reasoning()
    return draft.close()


def step(state: State, chunk: Chunk | Done | Undecodable, style: CallStyle) -> tuple[State, tuple[Message, ...]]:
    """Fold one chunk."""
    if state.end is not None:
        return state, ()
    if not isinstance(chunk, Chunk):
        return CompletionsDraft(state, style).read_marker(chunk)
    stepped = plain_step(state, chunk, style)
    if stepped is not None:
        return stepped
    draft = CompletionsDraft(state, style)
    draft.read_chunk(chunk)
    return draft.close(1)


def finish(state: State, end: End, style: CallStyle) -> tuple[State, tuple[Message, ...]]:
    """Emit what is held, then why it is over."""
    return CompletionsDraft(state, style).finish(end)


def open_call(state: State, call: Call) -> Call:
    """A call whose first message goes out: its id and its kind of message are settled now."""
    call_id = call.id or synthetic_call_id(state.config.message_id, call.position)
    return evolve(call, id=call_id, opened=True, approval=call.name in state.config.requires_approval_tools)


class CompletionsDraft(Draft[State, CompletionsEnvelope]):
    """A Chat Completions state in the making."""

    __slots__ = ("calls", "reasoning", "refusal", "style", "tags", "text")

    def __init__(self, state: State, style: CallStyle) -> None:
        super().__init__(state, state.envelope)
        self.style = style
        self.text = state.text
        self.reasoning = state.reasoning
        self.refusal = state.refusal
        self.calls = rested(state)
        self.tags = state.tags

    def state(self, chunks: int, end: End | None) -> State:
        """The draft as a state that has folded so many chunks."""
        call = self.calls.lanes.lane
        return State(
            self.before.config,
            self.run,
            self.text,
            self.reasoning,
            self.refusal,
            with_work(self.calls, EMPTY, None),
            EMPTY if call is None else call.arguments,
            None if call is None else call.split,
            self.envelope,
            self.tags,
            self.omitted,
            chunks,
            end,
        )

    def read_chunk(self, chunk: Chunk) -> None:
        """Everything that a chunk says."""
        self.envelope = self.envelope.read_chunk(chunk)
        wanted = self.before.config.choice
        mine: list[Choice] = []
        for choice in chunk.choices or ():
            if wanted is None or choice.index == wanted:
                mine.append(choice)
                self._read_choice(choice)
            else:
                self.note("ignored", f"choice {choice.index}")
        self._read_errors(chunk, mine)

    def _read_errors(self, chunk: Chunk, choices: Sequence[Choice]) -> None:
        """What a chunk says of a failure, wherever; its text may come after the word that ended the answer."""
        known = self.envelope.error
        if known is not None and known.raw is not None:
            return
        found = (*(choice.error for choice in choices), chunk.error, as_object(chunk.x_groq).get("error"))
        error = next(filter(is_error, found), None)
        words = (choice.finish_reason or "" for choice in choices)
        word = next((word for word in words if finish_class(word) == "error"), None)
        if known is not None:
            if error is not None:  # the failure was emitted when the word came
                self.envelope = evolve(self.envelope, error=read_error(error))
        elif error is not None:
            self.fail(error)
        elif word is not None:
            self.fail_by(failure_of(f"the provider ended its answer with {word!r:.80}", word))

    def _read_choice(self, choice: Choice) -> None:
        delta = choice.delta
        if delta is not None:
            if self.envelope.error is None:
                self._read_delta(delta)
            elif _has_more_than_calls(delta) or delta.tool_calls:
                self.note("ignored", "a delta after the error")
        if choice.message is not None and self.envelope.error is None:
            self._read_whole(choice.message, choice.delta)
        if choice.finish_reason or choice.content_filter_results or choice.usage:
            self.envelope = self.envelope.read_choice(choice)

    def _read_delta(self, delta: Delta) -> None:
        if self.calls.undecided >= 0 and _has_more_than_calls(delta):
            self._decide(self.calls.undecided)
        if delta.extra_content:
            self.envelope = self.envelope.read_extra_content(delta.extra_content)
        if delta.content:
            self._read_content(delta.content, is_thought(delta))
        if delta.reasoning_details:
            self.envelope = evolve(
                self.envelope, reasoning_details=self.envelope.reasoning_details.add(delta.reasoning_details)
            )
        reasoning = whole.reasoning_in(delta)
        if reasoning:
            self._read_reasoning(reasoning)
        if delta.refusal:
            self.refusal = self.refusal.append(delta.refusal)
            self.emit(emit.refusal(self.run, delta.refusal))
        for call in self._calls_in(delta):
            self._read_call(call)
        if delta.annotations or delta.executed_tools:
            self._read_extras(delta)

    def _read_content(self, content: str, thought: bool) -> None:
        pieces: Sequence[think_tags.Piece] = [("text", content)]
        if self.tags is not None:
            self.tags, pieces = think_tags.split(self.tags, content)
        self._read_pieces([("reasoning", piece) for _, piece in pieces] if thought else pieces)

    def _read_pieces(self, pieces: Sequence[think_tags.Piece]) -> None:
        for channel, piece in pieces:
            if channel == "text":
                self.read_text(piece)
            else:
                self._read_reasoning(piece)

    def read_text(self, piece: str) -> None:
        """A piece of the answer's text."""
        self.text = self.text.append(piece)
        self.emit(emit.text(self.run, piece))

    def _read_reasoning(self, piece: str) -> None:
        self.reasoning = self.reasoning.append(piece)
        self.emit(emit.reasoning(self.run, piece))

    def _calls_in(self, delta: Delta) -> list[CallDelta]:
        """What a delta, or a whole message, says of tool calls, the one of the old API among them."""
        calls = list(delta.tool_calls or ())
        if delta.function_call is not None and _names_or_gives(delta.function_call):
            call_id = synthetic_call_id(self.before.config.message_id, LEGACY)
            calls.append(CallDelta(index=LEGACY, id=call_id, function=delta.function_call))
        return calls

    def _read_call(self, delta: CallDelta) -> None:
        if not is_about_a_call(delta):
            return
        if not self.omitted and self.style.announces_hidden_reasoning(self.before, self.envelope.model):
            self.announce_hidden_reasoning()
        held = self.calls.undecided
        self.calls, call, name, added = receive(self.calls, delta, self.before.config.detect_snapshots)
        if held >= 0 and held != call.position:
            self._decide(held)
        self._emit_call(call, name, added, False)

    def _decide(self, position: int) -> None:
        """Emit what was held back of a call's arguments, since something else comes."""
        self.calls, call, added = decide(self.calls, position, self.envelope.closed)
        self._emit_call(call, "", added, False)

    def _emit_call(self, call: Call, name: str, added: str, final: bool) -> None:
        self.run, emitted, messages = self.style.emit_call(self.before, self.run, call, name, added, final)
        self.messages.extend(messages)
        if emitted is not call:
            calls = self.calls
            self.calls = Calls(calls.lanes.put(emitted.position, emitted), calls.keys, calls.index, calls.undecided)

    def _read_extras(self, delta: Delta) -> None:
        for note in map(freeze, as_list(delta.annotations)):
            self.envelope = evolve(self.envelope, citations=(*self.envelope.citations, note))
            self.emit(emit.annotation(self.run, note))
        for item in map(freeze, as_list(delta.executed_tools)):
            self.envelope = evolve(self.envelope, server_tools=_placed(self.envelope.server_tools, item))
            status = "completed" if as_object(item).get("output") is not None else "in_progress"
            self.emit(emit.server_tool(self.run, as_text(as_object(item).get("type")), None, status, item=item))

    def _read_whole(self, message: Delta, delta: Delta | None) -> None:
        """A whole message: what is missing is read as if it came as a delta; what contradicts is noted."""
        beside = delta is not None and (_has_more_than_calls(delta) or bool(delta.tool_calls))
        if delta is not None and beside and whole.only_repeats(delta, message):
            return
        if self.calls.undecided >= 0:
            self._decide(self.calls.undecided)
        reasoning, text = whole.channels_of(message, self.tags)
        self.reasoning = self._reconcile("reasoning", self.reasoning, reasoning, beside)
        self.text = self._reconcile("text", self.text, text, beside)
        self.refusal = self._reconcile("refusal", self.refusal, message.refusal or "", beside)
        for call, entire in whole.match(self.calls, list(filter(is_about_a_call, self._calls_in(message)))):
            if call is None:
                self._read_call(self._as_new(entire))
            else:
                self._reconcile_call(call, entire)
        known = self.envelope
        if message.reasoning_details and not len(known.reasoning_details.lanes):
            self.envelope = evolve(known, reasoning_details=known.reasoning_details.add(message.reasoning_details))
        notes = [note for note in as_list(message.annotations) if freeze(note) not in known.citations]
        ran = [item for item in as_list(message.executed_tools) if freeze(item) not in known.server_tools]
        self._read_extras(Delta(annotations=notes, executed_tools=ran))

    def _reconcile(self, channel: str, came: Text, entire: str, beside: bool) -> Text:
        """A channel's text, after the whole of it came; beside a delta that is no last word."""
        missing, verdict = whole.compare(str(came), entire)
        if self.tags is not None and self.tags.held and entire:
            self.tags = evolve(self.tags, phase="after", held="")  # the whole has it
        if missing:
            if channel == "text":
                self.emit(emit.text(self.run, missing))
            else:
                self.emit((emit.reasoning if channel == "reasoning" else emit.refusal)(self.run, missing))
            return came.append(missing)
        if verdict == "contradicted":
            self.note("mismatch", f"the whole {channel} differs from what came")
            return came if beside else EMPTY.append(entire)
        if verdict and not beside:
            self.note("mismatch", f"the whole {channel} lacks the end of what came")
        return came

    def _reconcile_call(self, call: Call, entire: CallDelta) -> None:
        name, arguments = whole.name_and_arguments(entire)
        added = "" if call.name else name
        missing, verdict = whole.compare(str(call.arguments), arguments)
        call = evolve(call, id=call.id or entire.id or "", name=call.name or name)
        if verdict:
            self.note("mismatch", f"the whole arguments of {call.id or call.name} differ from what came")
            came = call.arguments if verdict == "stale" else EMPTY.append(arguments)
            call = evolve(call, arguments=came, snapshots="contradicted")
        elif missing:
            call = call.with_more(call.arguments.append(missing), call.split)
        calls = self.calls
        self.calls = Calls(calls.lanes.put(call.position, call), calls.keys, None, calls.undecided)  # no index's lane
        self._emit_call(call, added, missing, False)

    def _as_new(self, entire: CallDelta) -> CallDelta:
        """A whole call under an index that means no other."""
        index = entire.index
        if index is None or self.calls.keys.get(index) is not None:
            index = LEGACY - 1 - len(self.calls.lanes)
        return evolve(entire, index=index)

    def flush(self) -> None:
        """Emit everything that is held."""
        if self.tags is not None:
            self.tags, pieces = think_tags.flush(self.tags)
            self._read_pieces(pieces)
        if self.calls.undecided >= 0:
            self._decide(self.calls.undecided)
        for position in range(len(self.calls.lanes)):
            self._emit_call(self.calls.lanes.get(position), "", "", True)


def is_thought(delta: Delta) -> bool:
    """Whether Gemini says of the content that it is reasoning."""
    return as_object(as_object(delta.extra_content).get("google")).get("thought") is True


def _names_or_gives(function: FunctionDelta) -> bool:
    return bool(function.name or function.arguments)


def _has_more_than_calls(delta: Delta) -> bool:
    """Whether a delta has anything beside tool calls."""
    return bool(
        delta.content
        or delta.reasoning_content
        or delta.reasoning
        or delta.reasoning_text
        or delta.reasoning_details
        or delta.refusal
        or (delta.function_call is not None and _names_or_gives(delta.function_call))
        or delta.annotations
        or delta.executed_tools
        or delta.extra_content
    )


def _placed(ran: tuple[Json, ...], item: Json) -> tuple[Json, ...]:
    """`ran` with the item in the place of an earlier, less complete one of the same index and type."""

    def key(of: Json) -> tuple[Json, Json]:
        return as_object(of).get("index"), as_object(of).get("type")

    for at in range(max(0, len(ran) - _MAX_RUNNING), len(ran)):
        known = ran[at]
        if key(known) == key(item) and as_object(known).get("output") is None:
            return (*ran[:at], item, *ran[at + 1 :])
    return (*ran, item)
