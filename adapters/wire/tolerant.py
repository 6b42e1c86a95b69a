"""Decoded JSON into chunks, tolerantly: what a provider got wrong is mended or left out, and the chunk says so.

Nothing here raises on what a provider sends: what no chunk can be made of becomes an `Undecodable`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import evolve

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from ...reducer.completions.whole import reasoning_in
from ...reducer.ends import Undecodable
from ...reducer.responses.event import Event
from ...reducer.responses.table import RULES
from ...reducer.shared.extras import says_something
from ...reducer.stream_error import NO_CONTENT, is_error
from .content_parts import REASONING, REASONING_ELSEWHERE, joined_extras, parts_of, reasoning_fields, with_call
from .event_members import (
    content_beside,
    event_delta,
    event_of,
    failure_named,
    has_type_of_error,
    mend_item,
    mend_response,
    object_in,
    part_in,
    with_beside,
    with_own_names,
)
from .members import (
    WRAPPED,
    Repairs,
    arguments_in,
    error_in,
    is_response,
    is_text,
    kind_of,
    members_in,
    number_in,
    structure_in,
    text_in,
    unwrapped,
    word_in,
)
from .unread import (
    ELSEWHERE,
    gives,
    has_calls_elsewhere,
    look_elsewhere,
    may_hold_arguments,
    odd_entries,
    unread,
    unread_or_left,
    with_inner,
)

ERRORS = frozenset({"error", "response.error", "response.failed"})
"""The names of frames that report a failure, whatever type their data gives."""
_OF_ERROR = ("type", "code", "status", "status_code", "message", "param")
_PINGS = ("ping", "keepalive", "keep_alive", "keep-alive", "heartbeat")
_MESSAGES = ("message_start", "message_delta", "message_stop")
_COMPLETION_MEMBERS = frozenset(
    {"choices", "usage", "error", "x_groq", "citations", "prompt_filter_results", "model", "object"}
)


def completion_chunk(value: Any, event: str = "") -> Chunk | Undecodable:
    """A Chat Completions chunk of decoded JSON.

    Args:
        value: what came.
        event: the frame's `event:` name; "error" makes the whole value an error where it has none inside.
    """
    if isinstance(value, list) and value and isinstance(value[0], Mapping) and is_error(value[0].get("error")):
        value = value[0]  # as Gemini sends its errors
    if not isinstance(value, Mapping):
        return _unread(value, f"{kind_of(value)}, not a Chat Completions chunk", may_hold_arguments(value))
    if is_event(value):
        return _unread(value, "a Responses event, not a Chat Completions chunk", False)
    if value.get("type") in _MESSAGES and "choices" not in value:  # one of them has a member `usage`
        return _unread(value, "an event of Anthropic's Messages API, not a Chat Completions chunk", False)
    if is_ping(value):
        return Chunk(extras=unread(value, Chunk, "type"))
    kind = value.get("object")
    error = error_in(value)
    if error is None and event == "error":
        error = value or NO_CONTENT
    if error is not None and not _COMPLETION_MEMBERS.intersection(value):
        return Chunk(error=error)
    inner = unwrapped(value) if error is None else None
    if inner is not None:
        chunk = completion_chunk(inner)
        return evolve(chunk, repairs=(*chunk.repairs, WRAPPED)) if isinstance(chunk, Chunk) else chunk
    if "choices" not in value:
        if not _COMPLETION_MEMBERS.intersection(value):
            why = "an object without `choices`, not a Chat Completions chunk"
            return _unread(value, why, may_hold_arguments(value))
        if isinstance(kind, str) and kind and not kind.startswith("chat.completion") and error is None:
            why = f"an object of type {kind!r:.60}, not a Chat Completions chunk"
            return _unread(value, why, may_hold_arguments(value))
    repairs = Repairs()
    if has_calls_elsewhere(value, Chunk):
        repairs.lose("a piece of a tool call may stand beside the choices")
    made = Chunk(
        id=text_in(value, "id", repairs),
        model=text_in(value, "model", repairs),
        choices=tuple(_choices(value.get("choices"), repairs)),
        usage=value.get("usage"),
        x_groq=structure_in(value, "x_groq"),
        citations=structure_in(value, "citations"),
        prompt_filter_results=structure_in(value, "prompt_filter_results"),
        error=error,
    )
    extras = (
        None
        if error is value
        else {**(unread_or_left(value, made, "error", "choices") or {}), **odd_entries(value, "choices")}
    )
    return evolve(made, extras=extras or None, repairs=tuple(repairs), lost=repairs.lost)


def event_chunk(value: Any, event: str = "") -> Event | Undecodable:
    """A Responses event of decoded JSON.

    Args:
        value: what came.
        event: the frame's `event:` name, for servers that leave the type out of the data.
    """
    if not isinstance(value, Mapping):
        return _unread(value, f"{kind_of(value)}, not a Responses event", may_hold_arguments(value))
    repairs = Repairs()
    value = with_own_names(value, repairs)
    kind = value["type"] if isinstance(value.get("type"), str) else ""
    is_known = bool(event) or kind in RULES
    inner = None if is_known or error_in(value) is not None else unwrapped(value)
    if inner is not None:
        made = event_chunk(inner)
        return evolve(made, repairs=(*made.repairs, WRAPPED)) if isinstance(made, Event) else made
    response = value.get("response")
    if is_response(value) and not kind:
        kind, response = event_of(value, event), value
        repairs.append("a whole response in place of an event")
    if not kind:
        failure = None if is_response(value) else failure_named(value, event)
        kind = event if failure is None else "error"
        if failure is not None:
            value = {**value, "error": failure}
    elif kind not in RULES and (event in ERRORS or has_type_of_error(kind, value)):
        # The type is the error's own: `event: error` with `"type": "server_error"`.
        error = value.get("error") or {name: value[name] for name in _OF_ERROR if name in value}
        value, kind = {**value, "error": error}, event if event in ERRORS else "error"
    if not kind:
        other = "a Chat Completions chunk" if "choices" in value else "an object without `type`"
        lost = "choices" not in value and may_hold_arguments(value)
        return _unread(value, f"{other}, not a Responses event", lost)
    alone, odd = response is value, content_beside(value, kind)
    delta = None if "delta" in odd else event_delta(value, kind, repairs)
    value = {name: member for name, member in value.items() if name not in odd} if odd else value
    response, beside = with_beside(response, value, kind, repairs)
    made = Event(
        type=kind,
        sequence_number=number_in(value, "sequence_number", repairs),
        output_index=number_in(value, "output_index", repairs),
        item_id=text_in(value, "item_id", repairs),
        call_id=text_in(value, "call_id", repairs),
        content_index=number_in(value, "content_index", repairs),
        summary_index=number_in(value, "summary_index", repairs),
        command_index=number_in(value, "command_index", repairs),
        annotation_index=number_in(value, "annotation_index", repairs),
        delta=delta,
        text=text_in(value, "text", repairs),
        refusal=text_in(value, "refusal", repairs),
        arguments=arguments_in(value, "arguments", repairs),
        input=arguments_in(value, "input", repairs),
        partial_image_b64=text_in(value, "partial_image_b64", repairs),
        item=mend_item(object_in(value, "item", repairs), repairs),
        part=part_in(value, kind, repairs),
        annotation=value.get("annotation"),
        response=mend_response(object_in({"response": response}, "response", repairs), repairs),
        code=value.get("code"),
        message=text_in(value, "message", repairs),
        error=value.get("error"),
    )
    said = {name: member for name, member in odd.items() if says_something(member)}
    extras = None if alone else {**(unread_or_left(value, made, *beside) or {}), **said} or None
    return evolve(made, extras=extras, repairs=tuple(repairs), lost=repairs.lost)


def _unread(value: Any, why: str, lost: bool) -> Undecodable:
    """What stands in the place of a chunk that cannot be made of a value."""
    return Undecodable(why, lost=lost, json=value)


def is_event(value: Mapping[str, Any]) -> bool:
    """Whether an object is a Responses event, or a response: no Chat Completions chunk's type is like one's."""
    kind = value.get("type")
    if not isinstance(kind, str) or "choices" in value:
        return is_response(value) and "choices" not in value
    return kind.startswith("response.") or (kind == "error" and "sequence_number" in value)


def is_ping(value: Mapping[str, Any]) -> bool:
    """Whether an object only says that the server is alive, on whichever wire."""
    return value.get("type") in _PINGS and "choices" not in value and not value.get("error")


def _choices(value: Any, repairs: Repairs) -> Iterator[Choice]:
    if value is None:
        return
    if not isinstance(value, list):
        repairs.lose(f"choices is {kind_of(value)}, left out")
        return
    for choice in value:
        if isinstance(choice, Mapping):
            yield from _choice(choice, repairs)
        elif choice is not None:
            repairs.lose(f"a choice is {kind_of(choice)}, left out")


def _choice(choice: Mapping[str, Any], repairs: Repairs) -> Iterator[Choice]:
    number = number_in(choice, "index", repairs)
    index = number or 0
    if has_calls_elsewhere(choice, Choice):
        repairs.lose("a piece of a tool call may stand beside the delta")
    delta, thoughts, known = choice.get("delta"), "", list[str]()
    if isinstance(delta, Mapping):
        content = delta.get("content")
        if isinstance(content, (list, Mapping)):
            # Mistral sends a list of parts: each becomes a delta of its own, so that their order is kept.
            parts = parts_of(content, repairs)
            yield from (Choice(index=index, delta=part) for part in parts)
            delta, thoughts = {**delta, "content": None}, "".join(map(_reasoned, parts))
        made: Delta | None = _delta(delta, repairs, thoughts)
        known = ["text"] if choice.get("text") == content else []  # once more, as Together has it
    else:
        made = None
        if delta is not None:
            repairs.lose(f"delta is {kind_of(delta)}, left out")
        elif isinstance(choice.get("text"), str):
            made, known = Delta(content=choice["text"]), ["text"]  # text completions, the API before chat
        elif isinstance(choice.get("message"), Mapping):
            repairs.append("a whole message in place of a delta")
    whole = Choice(
        index=index,
        delta=made,
        finish_reason=word_in(choice, "finish_reason", repairs),
        content_filter_results=structure_in(choice, "content_filter_results"),
        message=_message(choice.get("message"), repairs),
        usage=choice.get("usage"),
        error=_error_of(choice),
    )
    odd = {"index": choice["index"]} if number is None and says_something(choice.get("index")) else {}
    if says_something(choice.get("finish_reason")) and not is_text(choice["finish_reason"]):
        odd["finish_reason"] = choice["finish_reason"]
    yield evolve(whole, extras={**(unread_or_left(choice, whole, "error", *known) or {}), **odd} or None)


def _error_of(choice: Mapping[str, Any]) -> Any:
    """The error that a choice says, beside its delta or its message, or in one of them."""
    levels = (choice, members_in(choice.get("delta")), members_in(choice.get("message")))
    return next((level["error"] for level in levels if is_error(level.get("error"))), None)


def _message(message: Any, repairs: Repairs) -> Delta | None:
    """A whole message, as a delta that says it all."""
    if not isinstance(message, Mapping):
        if message is not None:
            repairs.lose(f"message is {kind_of(message)}, left out")
        return None
    content = message.get("content")
    if not isinstance(content, (list, Mapping)):
        return _delta(message, repairs)
    parts = parts_of(content, repairs)
    reasoning, refusal = "".join(map(_reasoned, parts)), "".join(part.refusal or "" for part in parts)
    whole = _delta({**message, "content": None}, repairs, reasoning)
    extras = joined_extras([whole, *parts]) or {}
    details, signed = whole.reasoning_details, [one for part in parts for one in part.reasoning_details or ()]
    if signed and details and not isinstance(details, list):
        details, extras = None, {**extras, "reasoning_details": details}
    if whole.refusal and refusal != whole.refusal:
        extras = joined_extras([Delta(extras=extras), *(_unread_refusal(part) for part in parts if part.refusal)]) or {}
    return evolve(
        whole,
        content="".join(part.content or "" for part in parts),
        reasoning_content=reasoning or whole.reasoning_content,
        reasoning_source=next((of.reasoning_source for of in parts if of.reasoning_content), whole.reasoning_source),
        reasoning_details=[*(details or ()), *signed] if signed else details,
        refusal=whole.refusal or refusal or None,
        content_parts=tuple(map(_channeled, parts)) if reasoning else None,
        extras=extras or None,
    )


def _unread_refusal(part: Delta) -> Delta:
    return Delta(extras={"content": [{"type": "refusal", "refusal": part.refusal}]})


def _reasoned(part: Delta) -> str:
    return part.reasoning_content or ""


def _channeled(part: Delta) -> tuple[Literal["text", "reasoning"], str]:
    return ("reasoning", part.reasoning_content) if part.reasoning_content else ("text", part.content or "")


def _delta(delta: Mapping[str, Any], repairs: Repairs, thoughts: str = "") -> Delta:
    """A delta, or a message; `thoughts`: its reasoning, where parts of its content have it."""
    delta = with_call(delta, repairs)
    calls, function = delta.get("tool_calls"), delta.get("function_call")
    if has_calls_elsewhere(delta, Delta):
        repairs.lose("a piece of a tool call may stand beside `tool_calls`")
    if isinstance(function, Mapping) and isinstance(calls, list) and _is_first_of(function, calls):
        repairs.append("function_call repeats the tool call beside it")  # llama-cpp-python
        calls, function = _with_repetition(function, calls), None
    made = Delta(
        content=text_in(delta, "content", repairs),
        **({} if thoughts else reasoning_fields(delta, repairs)),
        reasoning_details=structure_in(delta, "reasoning_details"),
        refusal=text_in(delta, "refusal", repairs),
        tool_calls=tuple(_calls(calls, repairs)) if calls else None,
        function_call=_function(function, repairs) if function else None,
        annotations=structure_in(delta, "annotations"),
        executed_tools=structure_in(delta, "executed_tools"),
        extra_content=structure_in(delta, "extra_content"),
        thought=delta.get("thought"),
    )
    said = thoughts or reasoning_in(made)
    known = [name for name in (*REASONING, *REASONING_ELSEWHERE) if said and delta.get(name) == said]
    extras = {
        **(unread_or_left(delta, made, "function_call", "tool_calls", *known) or {}),
        **({} if isinstance(calls, Mapping) else odd_entries(delta, "tool_calls")),
        **{name: delta[name] for name in REASONING if isinstance(delta.get(name), (list, Mapping)) and delta[name]},
    }
    return evolve(made, extras=with_inner(extras or None, delta, made, "function_call"))


def _is_first_of(function: Mapping[str, Any], calls: list[Any]) -> bool:
    """Whether a delta's `function_call` is the function of the first of its tool calls once more."""
    first = members_in(members_in(calls[0]).get("function")) if calls else {}
    same = function.get("arguments") == first.get("arguments") or bool(first.get("name") and gives(first, "arguments"))
    return bool(first) and function.get("name") == first.get("name") and same


def _with_repetition(function: Mapping[str, Any], calls: list[Any]) -> list[Any]:
    """The calls, and the first one's arguments as `function_call` has them, if in other words, or others."""
    given, first = function.get("arguments"), members_in(calls[0])
    if given in (None, "", members_in(first["function"]).get("arguments")):
        return calls
    return [*calls, {"index": first.get("index"), "id": first.get("id"), "function": {"arguments": given}}]


def _calls(calls: Any, repairs: Repairs) -> Iterator[CallDelta]:
    for call in calls if isinstance(calls, list) else [calls]:
        if not isinstance(call, Mapping):
            if call is not None:
                repairs.lose(f"a tool call is {kind_of(call)}, left out")
            continue
        function, custom = call.get("function"), call.get("custom")
        known: tuple[str, ...] = ()
        if function is None and custom is None and not _FLAT.isdisjoint(call):
            given = next((name for name in ("arguments", *ELSEWHERE) if call.get(name) not in (None, "")), "arguments")
            function, known = {"name": call.get("name"), "arguments": call.get(given)}, ("name", given)
            repairs.append("a tool call has its name and arguments without `function`")
            if given == "arguments" and not gives(call, given):
                look_elsewhere("a tool call", call, (), repairs)
        elif not gives(function, "arguments") and not gives(custom, "input"):
            look_elsewhere("a tool call", call, ("arguments",), repairs)
        made = CallDelta(
            index=number_in(call, "index", repairs),
            id=text_in(call, "id", repairs) or text_in(members_in(function), "id", repairs),  # as llama.cpp has it
            type=text_in(call, "type", repairs),
            function=_function(function, repairs) if function is not None else None,
            custom=_custom(custom, repairs) if custom is not None else None,
            extra_content=structure_in(call, "extra_content"),
        )
        extras = unread_or_left(call, made, *known)
        yield evolve(made, extras=with_inner(extras, call, made, "function", "custom"))


_FLAT = frozenset({"name", "arguments", *ELSEWHERE})


def _function(value: Any, repairs: Repairs) -> FunctionDelta:
    members = members_in(value)
    if value and not isinstance(value, Mapping):
        repairs.lose(f"a function is {kind_of(value)}, left out")
    if not gives(members, "arguments"):
        look_elsewhere("a function", members, (), repairs)
    return FunctionDelta(name=text_in(members, "name", repairs), arguments=arguments_in(members, "arguments", repairs))


def _custom(value: Any, repairs: Repairs) -> CustomDelta:
    members = members_in(value)
    if value and not isinstance(value, Mapping):
        repairs.lose(f"a custom tool is {kind_of(value)}, left out")
    if not gives(members, "input"):
        look_elsewhere("a custom tool", members, ("arguments",), repairs)
    return CustomDelta(name=text_in(members, "name", repairs), input=arguments_in(members, "input", repairs))
