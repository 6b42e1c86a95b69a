"""The fold that both Chat Completions wires share. They differ in what becomes of tool calls, and bring that along.

What a chunk holds has no order of its own. Of its content and its reasoning, the one whose run is open goes first, so
that the run goes on; if neither is, the reasoning does, since models think before they answer. Then comes the rest.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from ..config import CompletionsConfig
from ..diagnostics import Kind
from ..ends import Done, End
from ..limits import LimitPassed, check_identifier
from ..messages import Message
from ..otid import initial_cursor, synthetic_call_id
from ..shared import emit
from ..shared.extras import MORE_MEMBERS, Kept
from ..stream_error import NO_CONTENT, failure_of, is_error, read_error
from ..values.frozen_value import changer_of, constructor_of, evolve
from ..values.json_values import Json, as_list, as_object, as_text, freeze
from . import whole
from .call_style import CallStyle
from .calls_draft import CallsDraft
from .chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from .finish_words import finish_class
from .levels import Levels, read_levels
from .plain import plain_step
from .state import State
from .think_tags import Tags
from .tool_calls.call import Call
from .tool_calls.calls import is_about_a_call

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
    cursor = initial_cursor(config.message_id, config.run_id, config.step_id, config.skip_messages)
    levels = Levels(Kept(most=config.limits.extras))
    state = State(config, cursor, tags=tags, levels=levels)
    draft = CompletionsDraft(state, style)
    if hidden:
        draft.announce_hidden_reasoning()
    return draft.close()


def step(state: State, chunk: Any, style: CallStyle) -> tuple[State, tuple[Message, ...]]:
    """Fold one chunk, or one that mirrors it, or a marker."""
    if state.end is not None:
        return state, ()
    if isinstance(chunk, Chunk) or getattr(chunk, "mirrors", None) is Chunk:
        stepped = plain_step(state, chunk, style)
        if stepped is not None:
            return stepped
        draft = CompletionsDraft(state, style)
        try:
            draft.read_chunk(chunk)
        except LimitPassed as passed:
            return draft.end_at_limit(passed, 1)
        return draft.close(1)
    draft = CompletionsDraft(state, style)
    try:
        return draft.read_marker(chunk)
    except LimitPassed as passed:
        return draft.end_at_limit(passed, 0)


def finish(state: State, end: End, style: CallStyle) -> tuple[State, tuple[Message, ...]]:
    """Emit what is held, then why it is over."""
    return CompletionsDraft(state, style).finish(end)


def open_call(state: State, call: Call) -> Call:
    """A call whose first message goes out: its id and its kind of message are settled now."""
    call_id = call.id or synthetic_call_id(state.config.message_id, call.position)
    return _opened(call, call_id, True, call.name in state.config.requires_approval_tools)


_opened = changer_of(Call, "id", "opened", "approval")


_state = constructor_of(State)


class CompletionsDraft(CallsDraft):
    """A Chat Completions state in the making."""

    __slots__ = ()

    def state(self, chunks: int, end: End | None) -> State:
        """The draft as a state that has folded so many chunks."""
        calls, arguments, split = self.work()
        return _state(
            self.before.config,
            self.run,
            self.text,
            self.reasoning,
            self.refusal,
            calls,
            arguments,
            split,
            self.envelope,
            self.tags,
            self.halves,
            self.echo,
            self.omitted,
            self.levels,
            chunks,
            end,
        )

    def read_marker(self, marker: object) -> tuple[State, tuple[Message, ...]]:
        """As for every wire, and `[DONE]` closes the calls that no finish word has closed."""
        if (
            not isinstance(marker, Done)
            or self.calls.closed == len(self.calls.lanes)
            or self.envelope.error is not None
        ):
            return super().read_marker(marker)
        self.envelope = self.envelope.read_marker(marker)
        self.close_calls("done")
        return self.close()

    def keep_unknown(self, value: Json) -> Iterable[tuple[Kind, str]]:
        """Keep JSON that is no chunk, in the answer's extras."""
        self.levels, notes = self.levels.with_unknown(value)
        return notes

    def read_chunk(self, chunk: Chunk) -> None:
        """Everything that a chunk says."""
        if self.envelope.error is None and not (self.envelope.provider_id and self.envelope.model):
            check_identifier(self.limits, "characters of an id", chunk.id)
            check_identifier(self.limits, "characters of a model's name", chunk.model)
        self.envelope = self.envelope.read_chunk(chunk)
        wanted = self.before.config.choice
        mine = [choice for choice in chunk.choices or () if wanted is None or choice.index == wanted]
        for choice in chunk.choices or ():
            if wanted is None or choice.index == wanted:
                self._read_choice(choice)
            else:
                self.note("ignored", f"choice {choice.index}")
        self.levels, notes = read_levels(self.levels, chunk, mine)
        for kind, detail in notes:
            self.note(kind, detail)
        if chunk.lost:  # what was left out may be of a call that the chunk began, as well as of those before it
            self.envelope = self.envelope.with_loss()
        error, word = failure_in(chunk, mine)
        self._read_errors(error, word)
        # A finish word is believed once all of its chunk is read, and not beside a failure.
        if self.envelope.error is None and any(finish_class(choice.finish_reason) != "absent" for choice in mine):
            self.close_calls("word")

    def _read_errors(self, error: Json, word: str | None) -> None:
        """What a chunk says of a failure, wherever; its text may come after the word that ended the answer."""
        known = self.envelope.error
        if known is None and self.envelope.has_last_word:
            if error is not None or word is not None:
                self.note("ignored", "an error after the end of the answer")
        elif known is not None:
            if error is not None and known.raw in (None, NO_CONTENT):  # the failure was emitted when it was known
                self.envelope = evolve(self.envelope, error=read_error(error))
            elif error is not None and read_error(error) != known:
                self.note("ignored", f"a further error: {read_error(error).message:.200}")
        elif error is not None:
            self.fail(error)
        elif word is not None:
            self.fail_by(failure_of(f"the provider ended its answer with {word!r:.80}", word))

    def _read_choice(self, choice: Choice) -> None:
        delta = choice.delta
        if delta is not None:
            if self.envelope.error is None:
                self._read_delta(delta, finish_class(choice.finish_reason) != "absent")
            elif _has_more_than_calls(delta) or delta.tool_calls:
                self.note("ignored", "a delta after the error")
        if choice.message is not None and self.envelope.error is None:
            self._read_message(choice.message, choice.delta, finish_class(choice.finish_reason) != "absent")
        if choice.finish_reason or choice.usage:
            self.envelope = self.envelope.read_choice(choice)

    def _read_delta(self, delta: Delta, is_last: bool) -> None:
        """Everything that a delta says; `is_last`: it came with the finish word."""
        if _has_more_than_calls(delta):
            self.decide_calls()
        added, passed = self._read_details(delta)
        reasoning = self.new_reasoning(delta, added, is_last)
        self._name_reasoning(delta)
        content, thought = delta.content or "", whole.is_thought(delta)
        if thought and content == reasoning:
            content = ""  # under two names
        self.read_content_and_reasoning(content, reasoning, thought)
        if passed is not None:
            raise passed
        if delta.refusal:
            self.receive("refusal", delta.refusal)
        for call in self._calls_in(delta):
            self.read_call(call)
        if as_list(delta.annotations) or as_list(delta.executed_tools):
            self._read_extras(delta)

    def _name_reasoning(self, delta: Delta) -> None:
        """Keep by which member the reasoning comes, from the first that has any."""
        if self.envelope.reasoning_member is None and (member := whole.reasoning_member(delta)) is not None:
            self.envelope = evolve(self.envelope, reasoning_member=member)

    def _read_details(self, delta: Delta) -> tuple[str, LimitPassed | None]:
        """Take in what fits of the details of reasoning, before their texts, which may not fit either, are emitted.

        Returns:
            What is new of their texts, and the limit that they pass.
        """
        if not delta.reasoning_details:
            return "", None
        beside, known = whole.reasoning_in(delta), self.envelope.reasoning_member
        cumulative = self.before.config.cumulative_reasoning
        if known not in (None, "reasoning_details") and whole.reasoning_member(delta) == "reasoning_details":
            cumulative = True  # no delta of what came by another name, but all of it
        took = self.envelope.reasoning_details.add(delta.reasoning_details, self.limits, beside, cumulative)
        self.envelope = evolve(self.envelope, reasoning_details=took.details)
        if took.dropped:
            self.note("ignored", MORE_MEMBERS, took.dropped)
        return took.text, took.passed

    def _calls_in(self, delta: Delta) -> list[CallDelta]:
        """What a delta, or a whole message, says of tool calls, the one of the old API among them."""
        calls = list(delta.tool_calls or ())
        if delta.function_call is not None and _names_or_gives(delta.function_call):
            call_id = synthetic_call_id(self.before.config.message_id, LEGACY)
            calls.append(CallDelta(index=LEGACY, id=call_id, function=delta.function_call))
        return calls

    def _read_extras(self, delta: Delta) -> None:
        if as_list(delta.annotations) or as_list(delta.executed_tools):
            self.decide_calls()
        for note in map(freeze, as_list(delta.annotations)):
            if self.annotate_with(note):
                self.envelope = evolve(self.envelope, citations=self.envelope.citations.append(note))
        for item in map(freeze, as_list(delta.executed_tools)):
            envelope = self.envelope.with_tool(item, self.limits.extras)
            if envelope is None:
                self.note("ignored", MORE_MEMBERS)
                continue
            if len(envelope.server_tools) > self.limits.lanes:
                raise LimitPassed("lanes", "tools that the provider ran", self.limits.lanes)
            self.envelope = envelope
            status = "completed" if as_object(item).get("output") is not None else "in_progress"
            self.emit(emit.server_tool(self.run, as_text(as_object(item).get("type")), None, status, item=item))

    def _read_message(self, message: Delta, delta: Delta | None, is_last: bool) -> None:
        """A message: the whole answer; or a piece of it, where each chunk has one in the place of its delta."""
        begins = not (self.text or self.reasoning or self.refusal or len(self.calls.lanes))
        known = self.envelope.messages
        empty = delta is None or not (_has_more_than_calls(delta) or delta.tool_calls)
        if known and empty and (known == "pieces" or not self.envelope.closed) and self._goes_on(message):
            if known != "pieces":
                self.envelope = evolve(self.envelope.note("repaired", "a message in pieces"), messages="pieces")
            self.echo = None
            self._read_delta(message, is_last)
            return
        self._read_whole(message, delta)
        if begins and empty:
            self.envelope = evolve(self.envelope, messages="first")
            self.echo = whole.echo_of(self.text, self.reasoning, self.refusal, len(self.calls.lanes), is_last)

    def _goes_on(self, message: Delta) -> bool:
        """Whether a message cannot be the whole of what came: it or a call begins otherwise, or names no call."""
        pieces = whole.pieces_of(message, self.tags, False)
        came = {"reasoning": self.reasoning, "text": self.text, "refusal": self.refusal}
        if any(whole.compare(text, whole.joined(pieces, of)).verdict == "contradicted" for of, text in came.items()):
            return True
        return any(self._is_piece(call) for call in message.tool_calls or ())

    def _is_piece(self, entire: CallDelta) -> bool:
        """Whether a message's call is no whole: it says less than a call that came, or something else."""
        name, arguments = whole.name_and_arguments(entire)
        if not entire.id:
            return not name and entire.index is not None and self.calls.keys.get(entire.index) is not None
        position = self.calls.keys.get(entire.id)
        call = None if position is None else self.calls.lanes.get(position)
        return call is not None and whole.compare(call.arguments, arguments).verdict == "contradicted"

    def _read_whole(self, message: Delta, delta: Delta | None) -> None:
        """A whole message: what is missing is read as if it came as a delta; what contradicts is noted."""
        self.echo = None
        beside = delta is not None and (_has_more_than_calls(delta) or bool(delta.tool_calls))
        if delta is not None and beside and whole.only_repeats(delta, message):
            return
        self.decide_calls()
        self._name_reasoning(message)
        self.reconcile_texts(whole.pieces_of(message, self.tags, self.run.type == "assistant_message"), beside)
        matched = whole.match(self.calls, list(filter(is_about_a_call, self._calls_in(message))))
        if not (beside or self.envelope.messages):
            self.doubt_unlisted(matched)
        for call, entire in matched:
            if call is None:
                self.read_call(self._as_new(entire))
            else:
                self.reconcile_call(call, entire)
        known = self.envelope
        if not len(known.reasoning_details.lanes) and (passed := self._read_details(message)[1]) is not None:
            raise passed
        notes = [note for note in as_list(message.annotations) if freeze(note) not in known.citations]
        notes = notes[known.unkept :]  # those that had no room before are among them
        ran = [item for item in as_list(message.executed_tools) if freeze(item) not in known.server_tools]
        self._read_extras(Delta(annotations=notes, executed_tools=ran))

    def _as_new(self, entire: CallDelta) -> CallDelta:
        """A whole call under an index that means no other."""
        index = entire.index
        if index is None or self.calls.keys.get(index) is not None:
            index = LEGACY - 1 - len(self.calls.lanes)
        return evolve(entire, index=index)

    def flush(self) -> None:
        """Emit everything that is held."""
        self.flush_texts()
        self.flush_calls()


def failure_in(chunk: Chunk, choices: Sequence[Choice]) -> tuple[Json, str | None]:
    """The error in a chunk, or in its choices that are read, and the first finish word that is one's."""
    if not (chunk.error or chunk.x_groq or any(choice.error or choice.finish_reason for choice in choices)):
        return None, None
    found = (*(choice.error for choice in choices), chunk.error, as_object(chunk.x_groq).get("error"))
    words = (choice.finish_reason or "" for choice in choices)
    return next(filter(is_error, found), None), next((word for word in words if finish_class(word) == "error"), None)


def _names_or_gives(function: FunctionDelta) -> bool:
    return bool(function.name or function.arguments)


def _has_more_than_calls(delta: Delta) -> bool:
    """Whether a delta has anything beside tool calls."""
    return bool(
        delta.content
        or delta.reasoning_content
        or delta.reasoning
        or delta.reasoning_text
        or as_list(delta.reasoning_details)
        or delta.refusal
        or (delta.function_call is not None and _names_or_gives(delta.function_call))
        or as_list(delta.annotations)
        or as_list(delta.executed_tools)
        or as_object(delta.extra_content)
    )
