"""The function calls of Responses events, read naively: all that came of one is parsed anew whenever it is asked for.

The fold reads each piece once, and holds and compares as it goes. Here `json` reads what came so far, value by value.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import Factory, define

from ...reducer.ends import Done, Undecodable
from ...reducer.responses.event import Event
from ...reducer.values.json_values import as_list, as_object, as_text
from .kept.read_members import ARGUMENTS
from .oracle import CallContent
from .oracle_arguments import NO_JSON, NOTHING, Heard, heard_in, is_object, is_placeholder, value_of
from .oracle_parts import TooOddError, refuse

_ITEM = "response.output_item"
_ARGUMENTS = {f"response.{name}" for name in ARGUMENTS if "custom" not in name}
_UNKNOWN = "response.tool_call.delta"
"""An event that no fold has a rule for, and that may have arguments."""
_BEGINNINGS = frozenset({"response.created", "response.in_progress"})
_OTHERS = ("output_text", "refusal", "content_part", "reasoning")
"""How the names of events begin that are about items which are no calls."""


def calls(events: Sequence[Any], config: Any) -> tuple[CallContent, ...] | None:
    """What events say of the function calls, by their index; None for a stream with any oddity.

    Odd are: events without an index, or about other items than calls, messages and reasoning; calls without a name, or
    that nothing announced; numbers that do not rise; items that change their index or id, lists that have others;
    failures.
    """
    stream = _Stream()
    try:
        for event in events:
            stream.read(event)
        return tuple(stream.calls[index].content() for index in sorted(stream.calls))
    except TooOddError:
        return None


@define
class _Call:
    """A call.

    Attributes:
        raw: all that came of its arguments, and what only a whole had.
        whole: the provider's, where it contradicts that.
        conflict: it does, or ends early; twice: two whole objects differed.
        lost: something was lost before the arguments were whole, where `{}` may only hold the place of some.
        orphans: another call's arguments contradict each other, and this one has none for sure.
        settled: a whole was an object, so that nothing can be lost any more.
        given: the whole that its item had last; ended: another event than its item had one.
        done: its item is; closed: the wire said that it is over and whole.
        said: the doubts that there were when it was closed; then: what was heard by then.
    """

    raw: str = ""
    whole: str | None = None
    conflict: bool = False
    twice: bool = False
    lost: bool = False
    orphans: bool = False
    settled: bool = False
    given: str = ""
    ended: bool = False
    done: bool = False
    closed: bool = False
    said: frozenset[str] | None = None
    then: tuple[Heard, str | None] | None = None

    def hear(self, piece: str) -> None:
        """A piece. After the end one that came before may be a repetition from anywhere."""
        refuse(self.whole is not None or self.conflict)
        late = self.said is not None
        refuse(late and (piece in self.raw or self.raw.endswith(" ") or heard_in(self.raw).conflict))
        self.raw += piece

    def settle(self, whole: str) -> None:
        """A whole; empty if it was left out."""
        if not whole:
            return
        heard = heard_in(self.raw)
        refuse(heard.conflict or (self.whole is not None and whole not in (self.whole, heard.text)))
        if whole.startswith(heard.text):
            self.raw, self.conflict, self.whole = self.raw + whole[len(heard.text) :], False, None
        elif is_placeholder(heard.text) and whole.lstrip(" \t\n\r").startswith("{"):
            self.raw = whole if value_of(whole) != NOTHING else self.raw
        elif value_of(heard.text) is NO_JSON or value_of(whole) != value_of(heard.text):
            refuse(self.lost)
            self.conflict = True
            self.twice = self.twice or (is_object(value_of(heard.text)) and is_object(value_of(whole)))
            self.whole = None if heard.text.startswith(whole) else whole
        if is_object(value_of(whole)):
            self.lost, self.orphans, self.settled = False, False, True

    def lose(self) -> None:
        """Something that could not be read came."""
        heard = heard_in(self.raw)
        if self.said is None and not self.settled:
            self.lost = self.lost or heard.nothing or not heard.whole

    def contradicts(self) -> bool:
        """Whether more came than can be its arguments, so that another's may be among them."""
        return self.conflict or heard_in(self.raw).conflict

    def waits(self) -> bool:
        """Whether nothing that came is its whole arguments for sure."""
        heard = heard_in(self.raw)
        return self.said is None and not self.settled and (heard.nothing or not heard.whole)

    def close(self) -> None:
        """That it is closed is said, once."""
        if self.said is None:
            heard = heard_in(self.raw)
            self.said, self.then = self.doubts(), (heard, self.whole)

    def doubts(self) -> frozenset[str]:
        """The reasons not to run it."""
        heard, value = heard_in(self.raw), value_of(self.arguments())
        odd = "NOT_JSON" if value is NO_JSON else "" if is_object(value) else "NOT_AN_OBJECT"
        found = {odd, "" if self.closed else "CUT_OFF", "FRAME_LOST" if self.lost else ""}
        found |= {"ORPHAN_ARGUMENTS"} if self.orphans else set()
        changed = self.then is not None and self.then != (heard, self.whole)
        found |= {"CONFLICTING_WHOLE"} if heard.conflict or self.conflict or self.twice or changed else set()
        return (frozenset(found) - {""}) | (self.said or frozenset())

    def arguments(self) -> str:
        """As the result has them."""
        text = heard_in(self.raw).text if self.whole is None else self.whole
        return "{}" if self.closed and (not text or text.strip(" \t\n\r") == "null") else text

    def content(self) -> CallContent:
        """What the laws compare."""
        return CallContent(self.arguments(), self.doubts(), self.said)


@define
class _Stream:
    """What came of a stream.

    Attributes:
        calls: by the index of their items; others: the indices of other items.
        ids: of the items, by their index.
        named: the name and the id of each call.
        highest: the last number; over: the response is.
    """

    calls: dict[int, _Call] = Factory(dict)
    others: dict[int, str] = Factory(dict)
    ids: dict[int, str] = Factory(dict)
    named: dict[int, tuple[Any, Any]] = Factory(dict)
    highest: int | None = None
    over: bool = False

    def read(self, event: Any) -> None:
        if isinstance(event, Undecodable):
            for call in self.calls.values() if event.lost else ():
                call.lose()
        elif isinstance(event, Done):
            refuse(not self.over)
        else:
            refuse(self.over or not isinstance(event, Event))
            number = event.sequence_number
            if number is not None:
                refuse(self.highest is not None and number <= self.highest)
                self.highest = number
            self.read_event(event)

    def read_event(self, event: Event) -> None:
        index = event.output_index
        refuse(bool(as_object(event.extras).get("error")))  # by which the run may fail
        about = event.type.removeprefix("response.")
        if event.type in ("response.completed", "response.incomplete"):
            self.end(event)
        elif event.type in (f"{_ITEM}.added", f"{_ITEM}.done"):
            self.read_item(event, as_object(event.item))
        elif event.type.rpartition(".")[0] in _ARGUMENTS and event.type.endswith((".delta", ".done")):
            refuse(index not in self.calls)
            refuse(bool(as_object(event.extras).get("name")))  # which may name it, or contradict its name
            self.identify(index or 0, event.item_id or "")
            call = self.calls[index or 0]
            text, ends = as_text(event.delta) or event.arguments or event.input or "", event.type.endswith("done")
            refuse(ends and call.ended and is_placeholder(heard_in(call.raw).text))  # `{}` was the whole of them
            (call.settle if ends else call.hear)(text)
            call.ended = call.ended or ends
        elif event.type == _UNKNOWN and index in self.calls and event.item_id is event.call_id is event.extras is None:
            call = self.calls[index]
            refuse(call.said is not None)
            if event.delta or event.arguments or event.input:
                call.lose()
        elif event.type in _BEGINNINGS:
            response = as_object(event.response)
            odd = response.get("status") not in (None, "in_progress") or response.get("output") or response.get("error")
            refuse(index in self.calls or bool(odd))
        else:
            refuse(not about.startswith(_OTHERS) or index is None or index in self.calls)
            self.identify(index or 0, event.item_id or "")
            refuse(event.item_id in self.ids_of_calls())

    def read_item(self, event: Event, item: Any) -> None:
        index, done = event.output_index, event.type.endswith("done")
        refuse(index is None)
        self.identify(index or 0, as_text(item.get("id")))
        if item.get("type") in ("message", "reasoning"):
            refuse(index in self.calls or self.others.setdefault(index or 0, item["type"]) != item["type"])
            return
        refuse(index in self.others or item.get("type") != "function_call")
        self.name(index or 0, item)
        refuse(done != (index in self.calls) or (not done and bool(_given(item))))
        call = self.calls.setdefault(index or 0, _Call())
        if done:
            self.end_call(call, item)

    def identify(self, index: int, item_id: str) -> None:
        """An item's id goes with its index."""
        if item_id:
            refuse(self.ids.setdefault(index, item_id) != item_id)
            refuse(list(self.ids.values()).count(item_id) > 1)

    def ids_of_calls(self) -> set[str]:
        return {self.ids[index] for index in self.calls if index in self.ids}

    def name(self, index: int, item: Mapping[str, Any]) -> None:
        """A call's name and id go with its index."""
        named = (item.get("name"), item.get("call_id"))
        refuse(not all(named) or self.named.setdefault(index, named) != named)
        refuse([call_id for _, call_id in self.named.values()].count(named[1]) > 1)

    def end_call(self, call: _Call, item: Mapping[str, Any]) -> None:
        """A call's item is done."""
        call.given = _given(item) or call.given
        call.settle(call.given)
        whole = item.get("status") not in ("incomplete", "failed")
        refuse(whole and item.get("status") not in (None, "completed", "in_progress"))
        refuse(call.done and whole != call.closed)
        call.done, call.closed = True, whole
        call.close()

    def end(self, event: Event) -> None:
        response = as_object(event.response)
        refuse(response.get("status") != event.type.rpartition(".")[2])
        completed = event.type.endswith("completed")
        refuse(completed and bool(response.get("incomplete_details") or response.get("error") or event.error))
        output = as_list(response.get("output"))
        if output:
            self.read_output(list(map(as_object, output)), completed)
        refuse(not completed and not output and any(call.done for call in self.calls.values()))
        odd = any(call.contradicts() for call in self.calls.values())
        for call in self.calls.values():
            call.orphans = odd and not call.contradicts() and call.waits()
            whole = completed and not call.done and (call.raw != "" or call.ended)
            call.closed, call.done = call.closed or whole, call.done or whole
            call.close()
        self.over = True

    def read_output(self, output: Sequence[Mapping[str, Any]], completed: bool) -> None:
        """The list of items at the end, which has all that came, in their order; cut off are those that say so."""
        indices = sorted({*self.calls, *self.others, *self.ids})
        refuse(len(indices) != len(output))
        for index, item in zip(indices, output, strict=True):
            kind = "function_call" if index in self.calls else self.others.get(index)
            refuse(item.get("type") != kind)
            self.identify(index, as_text(item.get("id")))
            if index in self.calls:
                self.name(index, item)
                refuse(not completed and item.get("status") not in ("completed", "incomplete"))
                self.end_call(self.calls[index], item)


def _given(item: Mapping[str, Any]) -> str:
    """The arguments in an item, under whichever of the two names; refused if under both."""
    found = [text for text in map(as_text, (item.get("arguments"), item.get("input"))) if text]
    refuse(len(found) > 1)
    return "".join(found)
