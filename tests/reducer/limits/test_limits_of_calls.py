"""Law 13 of tool calls: their arguments are cut, and none is complete of which more came than fits."""

from typing import Any

import pytest
from streamfold import Done, Doubt, chat, inner_thoughts, responses
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from streamfold.reducer.responses.texts import rested
from support.alphabets import called, event, said
from support.law_checks import ARGUMENTS, BEGUN, CALL, MESSAGE_ID, TEXT, doubts_of, error_of, limited


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
@pytest.mark.parametrize("pieces", [['{"k":', '"abcdef"}'], ['{"k":"abcdef"}'], list('{"k":"abcdef"}')])
def test_arguments_are_cut_and_the_call_is_in_doubt(machine: Any, pieces: list[str]) -> None:
    chunks = [called(0, "a", "f", ""), *(called(0, piece=piece) for piece in pieces)]
    result, messages = limited(machine, [*chunks, said(finish_reason="tool_calls")], characters=8)
    (call,) = result.tool_calls
    assert call.arguments == '{"k":"ab'
    assert error_of(result) == "more than 8 characters of a call's arguments (Limits.characters)"
    assert doubts_of(result) == [{Doubt.NOT_JSON, Doubt.CUT_OFF, Doubt.LIMIT}]
    assert "".join(m.tool_call.arguments or "" for m in messages if m.message_type == "tool_call_message") == '{"k":"ab'


def test_a_call_that_was_closed_before_has_no_such_doubt() -> None:
    chunks = [called(0, "a", "f", "{}"), said(finish_reason="tool_calls"), said(Delta(content="too long"))]
    result, _ = limited(chat, chunks, characters=4)
    assert doubts_of(result) == [set()]
    assert error_of(result) == "more than 4 characters of the text (Limits.characters)"


def test_a_whole_call_is_cut() -> None:
    call = CallDelta(index=0, id="a", function=FunctionDelta(name="f", arguments='{"k":"abcdef"}'))
    chunks = [called(0, "a", "f", '{"k"'), Chunk(choices=(Choice(message=Delta(tool_calls=(call,))),))]
    result, _ = limited(chat, chunks, characters=8)
    assert [call.arguments for call in result.tool_calls] == ['{"k":"ab']
    assert doubts_of(result)[0] >= {Doubt.LIMIT}


def test_arguments_that_another_call_would_get_must_fit_together() -> None:
    chunks = [called(0, "a", "f", '{"k":'), called(1, piece='"abc"}'), said(finish_reason="tool_calls")]
    result, _ = limited(chat, chunks, characters=11)
    assert [call.arguments for call in result.tool_calls] == ['{"k":"abc"}']
    result, _ = limited(chat, chunks, characters=10)
    assert [call.arguments for call in result.tool_calls] == ['{"k":', '"abc"}']
    assert all(Doubt.LIMIT in doubts for doubts in doubts_of(result))
    result, _ = limited(chat, [*chunks[:2], Done()], characters=10)
    assert "a call's arguments" in error_of(result)


def test_arguments_of_an_item_are_cut_and_in_doubt() -> None:
    pieces = ['{"k":', '"abcdef', '"}']
    chunks = [BEGUN, *(event("function_call_arguments.delta", delta=piece, **ARGUMENTS) for piece in pieces)]
    result, _ = limited(responses, chunks, characters=8)
    assert [call.arguments for call in result.tool_calls] == ['{"k":"ab']
    assert doubts_of(result) == [{Doubt.NOT_JSON, Doubt.CUT_OFF, Doubt.LIMIT}]
    assert error_of(result) == "more than 8 characters of an item's arguments (Limits.characters)"


@pytest.mark.parametrize("whole", ['{"k":"abcdef"}', '{"other":"abc"}'])
def test_the_whole_arguments_of_an_item_are_cut(whole: str) -> None:
    chunks = [BEGUN, event("function_call_arguments.delta", delta='{"k":', **ARGUMENTS)]
    chunks.append(event("function_call_arguments.done", arguments=whole, **ARGUMENTS))
    result, _ = limited(responses, chunks, characters=8)
    assert [call.arguments for call in result.tool_calls] == [whole[:8]]
    assert doubts_of(result)[0] >= {Doubt.LIMIT}


LATE = {Doubt.CONFLICTING_WHOLE}


@pytest.mark.parametrize(
    "late",
    [
        called(0, piece='{"b":2}'),
        Chunk(
            choices=(
                Choice(
                    message=Delta(
                        tool_calls=(CallDelta(id="c", function=FunctionDelta(name="f", arguments='{"a":1}x')),)
                    )
                ),
            )
        ),
    ],
)
def test_a_closed_call_of_which_more_comes_than_fits_is_in_doubt(late: Chunk) -> None:
    result, _ = limited(chat, [called(0, "c", "f", '{"a":1}'), said(finish_reason="tool_calls"), late], characters=7)
    assert [(call.arguments, call.complete) for call in result.tool_calls] == [('{"a":1}', False)]
    assert doubts_of(result) == [LATE]


@pytest.mark.parametrize("kind", ["function_call", "custom_tool_call"])
@pytest.mark.parametrize("how", ["delta", "done", "list"])
def test_a_closed_item_of_which_more_comes_than_fits_is_in_doubt(kind: str, how: str) -> None:
    member, name = (
        ("arguments", "function_call_arguments") if kind == "function_call" else ("input", "custom_tool_call_input")
    )
    item = {"type": kind, "id": "i", "call_id": "c", "name": "f", member: '{"a":1}'}
    longer = {**item, member: '{"a":1} and more'}
    late = {
        "delta": event(f"{name}.delta", output_index=0, item_id="i", delta=" and more"),
        "done": event(f"{name}.done", output_index=0, item_id="i", **{member: longer[member]}),
        "list": event("completed", response={"status": "completed", "output": [longer]}),
    }[how]
    result, _ = limited(responses, [event("output_item.done", output_index=0, item=item), late], characters=7)
    assert [(call.arguments, call.complete) for call in result.tool_calls] == [('{"a":1}', False)]
    assert doubts_of(result)[0] >= LATE


def test_what_repeats_counts_once() -> None:
    whole = '{"a": "' + "x" * 60 + '"}'
    snapshots = [called(0, piece=whole[:size]) for size in (*range(10, 69, 6), 69)]
    chunks = [called(0, "c", "f", whole[:8]), *snapshots, said(finish_reason="tool_calls")]
    result, _ = limited(chat, chunks, characters=100)
    assert [(call.arguments, call.complete) for call in result.tool_calls] == [(whole, True)]
    result, _ = limited(chat, chunks, characters=68)
    assert [call.arguments for call in result.tool_calls] == [whole[:68]]
    again = [called(0, "c", "f", '{"a":1}'), called(0, piece='{"a":1}'), said(finish_reason="tool_calls")]
    result, _ = limited(chat, again, characters=10)
    assert [(call.arguments, call.complete) for call in result.tool_calls] == [('{"a":1}', True)]
    deltas = [event("function_call_arguments.delta", delta='{"a":1}', **ARGUMENTS) for _ in range(3)]
    done = event("output_item.done", output_index=1, item={**CALL, "arguments": '{"a":1}'})
    result, _ = limited(
        responses, [BEGUN, *deltas, done, event("completed", response={"status": "completed"})], characters=10
    )
    assert [(call.arguments, call.complete) for call in result.tool_calls] == [('{"a":1}', True)]


def test_what_a_call_holds_comes_before_what_passes_the_limit() -> None:
    chunks = [
        BEGUN,
        event("function_call_arguments.delta", delta="{}", **ARGUMENTS),
        event("output_text.delta", delta="abcdef", **TEXT),
    ]
    _, messages = limited(responses, chunks, characters=3)
    assert [message.message_type for message in messages] == [
        *("tool_call_message", "tool_call_message", "assistant_message", "stop_reason")
    ]


def test_no_more_calls_are_opened_than_may_be() -> None:
    chunks = [called(index, f"id_{index}", "f", "{}") for index in range(4)]
    result, _ = limited(chat, chunks, lanes=3)
    assert [call.id for call in result.tool_calls] == ["id_0", "id_1", "id_2"]
    assert error_of(result) == "more than 3 tool calls (Limits.lanes)"
    assert all(Doubt.LIMIT in doubts for doubts in doubts_of(result))


@pytest.mark.parametrize(
    "chunk",
    [
        called(0, "i" * 11, "f", "{}"),
        called(0, "i", "f" * 11, "{}"),
        Chunk(choices=(Choice(message=Delta(tool_calls=(CallDelta(id="i" * 11, function=FunctionDelta(name="f")),))),)),
        said(Delta(tool_calls=(CallDelta(index=0, custom=CustomDelta(name="c" * 11)),))),
    ],
)
def test_a_name_or_id_that_is_too_long_opens_no_call(chunk: Chunk) -> None:
    result, messages = limited(chat, [chunk], identifier=10)
    assert not result.tool_calls
    assert "Limits.identifier" in error_of(result)
    assert [message.message_type for message in messages] == ["stop_reason"]


@pytest.mark.parametrize("name", ["g" * 11, "f"])
def test_a_whole_call_with_a_name_too_long_is_not_read(name: str) -> None:
    call = CallDelta(index=0, id="i" if name != "f" else "i" * 11, function=FunctionDelta(name=name, arguments="{}"))
    chunks = [called(0, "i", "f", "{"), Chunk(choices=(Choice(message=Delta(tool_calls=(call,))),))]
    result, _ = limited(chat, chunks, identifier=10)
    assert [(call.id, call.name) for call in result.tool_calls] == [("i", "f")]
    assert "Limits.identifier" in error_of(result)


def test_one_call_has_no_more_indices_than_may_be() -> None:
    chunks = [called(index, "a", "f", "") for index in range(40)]
    result, _ = limited(chat, [*chunks, said(finish_reason="stop")], lanes=2)
    assert error_of(result) == "more than 32 indices and ids of tool calls (Limits.lanes)"
    assert len(result.tool_calls) == 1
    assert limited(chat, [*chunks[:14], said(finish_reason="stop")], lanes=2)[0].outcome == "completed"


def test_one_item_has_no_more_ids_than_may_be() -> None:
    delta = "function_call_arguments.delta"
    events = [event(delta, output_index=0, item_id=f"fc_{at}", delta="1") for at in range(40)]
    result, _ = limited(responses, events, lanes=2)
    assert error_of(result) == "more than 32 indices and ids of output items (Limits.lanes)"
    assert len(result.output) == 1
    assert limited(responses, events[:10], lanes=2)[0].outcome == "truncated"


def test_parts_under_ever_new_numbers_take_no_more_room() -> None:
    opened = [
        event("content_part.added", output_index=0, content_index=at, part={"type": "output_text"}) for at in range(12)
    ]
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
    for chunk in [
        *opened,
        *(event("output_text.delta", output_index=0, content_index=at, delta="x") for at in range(12, 2000)),
    ]:
        state, _ = responses.step(state, chunk)
    (item,) = rested(state)
    assert item.parts.index.keys.held <= 16 * len(item.parts)
    assert len(str(item.parts[len(item.parts) - 1].text)) == 1988
