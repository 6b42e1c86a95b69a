"""What a Chat Completions state is made of while a delta about a tool call is taken in."""

from collections.abc import Collection, Mapping
from typing import Literal

from ..limits import check_identifier
from ..otid import synthetic_call_id
from ..shared import emit
from ..values.frozen_value import evolve
from ..values.halves import fate_of_half
from ..values.json_status import SPACES, json_status
from ..values.json_values import Json
from ..values.text import EMPTY, Text
from . import whole
from .call_style import CallStyle
from .chunk import CallDelta
from .split_arguments import SplitArguments
from .state import State, rested, with_work
from .texts import TextsDraft
from .tool_calls.arguments import append, in_conflict, released, replaced, says_the_same
from .tool_calls.call import Call
from .tool_calls.calls import Calls, decide, identified, is_about_a_call, more_of, receive
from .tool_calls.orphans import adopt
from .tool_calls.verdict import doubts_of

_LATE = "more of {} came after it was closed"


class CallsDraft(TextsDraft):
    """The tool calls of a Chat Completions state in the making."""

    __slots__ = ("_rested", "calls", "levels", "style")

    def __init__(self, state: State, style: CallStyle) -> None:
        super().__init__(state)
        self.style = style
        self.calls = self._rested = rested(state)
        self.levels = state.levels

    def work(self) -> tuple[Calls, Text, SplitArguments | None]:
        """The calls as a state has them: apart from them, the arguments of the call in work and their split."""
        before, call = self.before, self.calls.lanes.lane
        if call is None or self.calls is self._rested:
            return before.calls, before.arguments, before.split
        return with_work(self.calls, EMPTY, None), call.arguments, call.split

    def read_call(self, delta: CallDelta) -> None:
        """A delta of a call."""
        if not is_about_a_call(delta):
            return
        if not self.omitted and self.style.announces_hidden_reasoning(self.before, self.envelope.model):
            self.announce_hidden_reasoning()
        held, detects = self.calls.undecided, self.before.config.detect_snapshots
        may_repeat = -1 if self.echo is None else len(self.calls.lanes) - self.echo.calls
        received = receive(self.calls, delta, detects, self.envelope.lost, self.limits, may_repeat)
        self.calls, call, name, added, cut = received
        call = self._keep_of_call(call, _more_of(delta))
        if call.closed is not None and (name or call.undecided or added.strip(SPACES) or cut):
            call = self._doubt(call, _LATE)
        if held >= 0 and held != call.position:
            self._decide(held)
        self._emit_call(call, name, added, False)
        if cut:
            self.pass_limit("a call's arguments")

    def reconcile_call(self, call: Call, entire: CallDelta) -> None:
        """A whole call, after pieces of it: what is missing is emitted; what contradicts is noted."""
        name, came = whole.name_and_arguments(entire)
        check_identifier(self.limits, "characters of a tool's name", name)
        check_identifier(self.limits, "characters of a call's id", entire.id)
        arguments = came[: self.limits.characters]
        if call.reading.held:
            call = self._release(call)
        elif call.half:
            call = self._settle_half(call, arguments)
        added = "" if call.name else name
        missing, verdict = whole.compare(call.arguments, arguments)
        call = evolve(call, name=call.name or name)
        self.calls, call = identified(self.calls, call, entire.id or "")
        call = self._keep_of_call(call, _more_of(entire))
        if name and name != call.name:
            call = self._doubt(call, "the whole of {} has another name")
        if verdict and not says_the_same(call, arguments):
            call = self._doubt(call, "the whole arguments of {} differ from what came")
            call, missing = replaced(call, arguments) if verdict == "contradicted" else call, ""
        elif json_status(arguments) == "complete":  # the whole has what was lost
            reading, ownership = call.reading, evolve(call.ownership, by="whole", doubt="")
            call = evolve(call, reading=evolve(reading, lost=self.envelope.lost), ownership=ownership)
        if missing:
            call, missing = append(call, missing, self.envelope.lost)
            if call.closed is not None:
                call = self._doubt(call, _LATE)
        cut = len(arguments) < len(came)
        if cut and call.closed is not None:
            call = self._doubt(call, _LATE)
        self.calls = self.calls.with_call(call)
        self._emit_call(call, added, missing, False)
        if cut:
            self.pass_limit("a call's arguments")

    def doubt_unlisted(self, matched: Collection[tuple[Call | None, CallDelta]]) -> None:
        """Doubt whole calls that the first whole message lacks, but has another of the tool; of many, the first."""
        new = {whole.name_and_arguments(entire)[0] for call, entire in matched if call is None}
        listed = {call.position for call, _ in matched if call is not None}
        for position in range(min(len(self.calls.lanes), whole.MOST_TRIED) if new else 0):
            call = self.calls.lanes.get(position)
            if call.is_own and call.name in new and call.reading.whole >= 0 and position not in listed:
                self._doubt(call, "a whole message has another call in the place of {}")

    def close_calls(self, by: Literal["word", "done"]) -> None:
        """The wire says that the calls which came are over: by a finish word, or by `[DONE]` alone."""
        first, count = self.calls.closed, len(self.calls.lanes)
        if first == count:
            return
        self._release_calls(first, final=False)
        calls, taker, added = adopt(self.calls, self.envelope.lost)
        if taker is not None and len(taker.arguments) > self.limits.characters:
            self.pass_limit("a call's arguments")
        self.calls = calls
        if taker is not None:
            self._emit_call(taker, "", added, False)
        for position in range(first, count):
            call = self.calls.lanes.get(position)
            if call.is_own:
                self._emit_call(call, "", "", True)
                call = self.calls.lanes.get(position)
                doubts = doubts_of(call, self.envelope, by)
                call_id = call.id or synthetic_call_id(self.before.config.message_id, position)
                self.emit(emit.call_closed(self.run, call_id, doubts))
                self.calls = self.calls.with_call(evolve(call, closed=doubts))
        self.calls = evolve(self.calls, closed=count)

    def flush_calls(self) -> None:
        """Emit everything that is held of the calls, the beginning of each among it."""
        self._release_calls(0, final=True)
        for position in range(len(self.calls.lanes)):
            self._emit_call(self.calls.lanes.get(position), "", "", True)

    def decide_calls(self) -> None:
        """Emit what is undecided of a call's arguments, since something else comes."""
        if self.calls.undecided >= 0:
            self._decide(self.calls.undecided)

    def _release_calls(self, first: int, final: bool) -> None:
        """Emit what is held back of the calls from that one on; of raw text only where nothing more can follow."""
        self.decide_calls()
        for position in range(first, len(self.calls.lanes)):
            call = self.calls.lanes.get(position)
            if final or call.kind == "function":
                self._release(call)

    def _decide(self, position: int) -> None:
        self.calls, call, added = decide(self.calls, position, self.envelope.closed, self.envelope.lost)
        self._emit_call(call, "", added, False)

    def _release(self, call: Call) -> Call:
        """The call, nothing of which is held any more; what was is emitted."""
        if not call.half and not call.reading.held:
            return call
        call, added = released(call, self.envelope.lost)
        self.calls = self.calls.with_call(call)
        self._emit_call(call, "", added, False)
        return self.calls.lanes.get(call.position)

    def _settle_half(self, call: Call, entire: str) -> Call:
        """The call, after its whole arguments came, which may have the character whose half is held."""
        fate = fate_of_half(entire, call.arguments, call.half)
        if fate == "alone":
            return self._release(call)
        return evolve(call, half="") if fate == "had" else call

    def _keep_of_call(self, call: Call, more: Mapping[str, Json]) -> Call:
        """The call, with the members that no fold reads."""
        if not more:
            return call
        self.levels, extras, notes = self.levels.with_call(call.extras, more)
        for kind, detail in notes:
            self.note(kind, detail)
        if extras is not call.extras:
            call = evolve(call, extras=extras)
            self.calls = self.calls.with_call(call)
        return call

    def _doubt(self, call: Call, why: str) -> Call:
        """The call, of which the wire says two things."""
        self.note("mismatch", why.format(call.id or call.name))
        call = in_conflict(call)
        self.calls = self.calls.with_call(call)
        return call

    def _emit_call(self, call: Call, name: str, added: str, final: bool) -> None:
        if not call.is_own:
            return
        self.run, emitted, messages = self.style.emit_call(self.before, self.run, call, name, added, final)
        self.messages.extend(messages)
        if emitted is not call:
            self.calls = self.calls.with_call(emitted)


def _more_of(delta: CallDelta) -> Mapping[str, Json]:
    """The members of a call that no fold reads, and its type where that is neither of those that it knows."""
    if not delta.type or delta.type in ("function", "custom"):
        return more_of(delta)
    return {**more_of(delta), "type": delta.type}
