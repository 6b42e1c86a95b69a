"""Rare turns of the folds that no quirk, law or difference of its own leads to."""

from typing import Any

from streamfold.adapters import wire
from streamfold.reducer import Ended, chat, fold, inner_thoughts, responses
from support import chat_shapes as shapes
from support import event_shapes as events
from support.law_checks import MESSAGE_ID, channels, check_agreement


def folded(*raws: dict[str, Any]) -> tuple[Any, Any]:
    config = chat.Config(message_id=MESSAGE_ID)
    state, messages = fold(chat, config, map(wire.decoder("chat"), raws), Ended())
    return messages, chat.result(state)


def arguments(*pieces: str) -> list[dict[str, Any]]:
    begun = shapes.delta(tool_calls=[shapes.call(index=0, id="call_1", name="go", arguments="")])
    return [begun, *(shapes.delta(tool_calls=[shapes.call(index=0, arguments=piece)]) for piece in pieces)]


def test_a_delta_after_snapshots_is_kept_and_nobody_runs_the_call() -> None:
    pieces = ('{"a": 1', '{"a": 1, "b"', ": 2", "}")
    messages, result = folded(*arguments(*pieces), shapes.finished("tool_calls"))
    (call,) = result.tool_calls
    assert call.arguments == '{"a": 1, "b": 2}'
    assert (call.closed, call.complete) == (True, False)
    assert {diagnostic.kind for diagnostic in result.diagnostics} == {"mismatch", "incomplete"}
    assert channels(messages)["calls"][0]["arguments"] == call.arguments


def test_fragments_that_stay_undecided_for_too_long_are_deltas() -> None:
    pieces = ['{"a":[' + "1," * count for count in range(70)]
    messages, result = folded(*arguments(*pieces))
    assert result.tool_calls[0].arguments == "".join(pieces)
    check_agreement(messages, result)


def test_usage_without_counts_takes_no_counts_away() -> None:
    nothing = {"prompt_tokens": None, "completion_tokens": None}
    _, result = folded(
        shapes.delta(content="t"), shapes.usage(prompt_tokens=3, completion_tokens=1), shapes.usage(**nothing)
    )
    assert (result.usage.input_tokens, result.usage.output_tokens) == (3, 1)
    _, result = folded(shapes.delta(content="t"), shapes.usage(**nothing))
    assert (result.usage.source, result.usage.input_tokens) == ("reported", None)


def test_finish_reasons_that_repeat_count_once_and_endless_ones_stop_counting() -> None:
    _, result = folded(*(shapes.finished(reason) for reason in ("stop", "stop", "length", "stop")))
    assert (result.finish_reason, result.finish_reasons) == ("stop", ("stop", "length", "stop"))
    _, result = folded(*(shapes.finished(f"reason {count}") for count in range(100)))
    assert len(result.finish_reasons) == 16


def test_each_tool_that_the_provider_ran_has_its_place() -> None:
    first, second = {"index": 0, "type": "search"}, {"index": 1, "type": "python"}
    done = first | {"output": "found"}
    messages, result = folded(*(shapes.delta(executed_tools=[tool]) for tool in (first, second, done)))
    assert [part.item for part in result.content] == [done, second]
    assert [message.status for message in messages] == ["in_progress", "in_progress", "completed"]


def responded(*raws: dict[str, Any]) -> Any:
    state, _ = fold(responses, responses.Config(message_id=MESSAGE_ID), map(wire.decoder("responses"), raws))
    return responses.result(state)


def test_items_without_ids_at_one_index_are_told_apart_by_being_done() -> None:
    def spoken(text: str) -> list[dict[str, Any]]:
        item = {"type": "message", "role": "assistant", "content": []}
        done = item | {"content": [{"type": "output_text", "text": text, "annotations": []}]}
        return [
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": text},
            {"type": "response.output_item.done", "output_index": 0, "item": done},
        ]

    assert responded(*spoken("one"), *spoken("two")).text == "onetwo"


def test_a_final_item_with_a_new_id_is_known_by_its_place() -> None:
    lanes = [*events.message_lane("one", 0), *events.message_lane("two", 1)]
    last = events.message(1, "two") | {"id": "another"}
    result = responded(*lanes, events.completed(output=[None, last]))
    assert [part.text for part in result.content] == ["one", "two"]


def test_text_between_fragments_that_are_undecided_says_them_first() -> None:
    between = shapes.delta(content="t")
    messages, result = folded(*arguments('{"a":[', '{"a":[1'), between, *arguments("]}]}")[1:])
    assert [message.message_type for message in messages] == ["tool_call_message"] * 3 + [
        "assistant_message",
        "tool_call_message",
    ]
    assert result.tool_calls[0].arguments == '{"a":[{"a":[1]}]}'


def test_what_is_neither_chunk_nor_marker_is_ignored_with_a_note() -> None:
    for machine in (chat, responses):
        state, _ = machine.start(machine.Config(message_id=MESSAGE_ID))
        after, messages = machine.step(state, "what is this")
        assert messages == ()
        assert machine.result(after).diagnostics[0].detail == "a str in place of a chunk"


def test_done_alone_ends_no_response() -> None:
    config = responses.Config(message_id=MESSAGE_ID)
    added = events.item_added(events.function_call(), 0)
    chunks = [wire.decoder("responses")(raw) for raw in (added, "[DONE]", events.created(), added)]
    _, messages = fold(responses, config, chunks)
    assert len(channels(messages)["calls"]) == 1
    assert channels(messages)["calls"][0]["name"] == "get_weather"


def test_thoughts_do_not_wait_for_an_id_and_the_call_does() -> None:
    config = inner_thoughts.Config(message_id=MESSAGE_ID)
    text = '{"thinking": "Hm.", "a": 1}'
    nameless = shapes.delta(tool_calls=[shapes.call(index=0, name="go", arguments=text)])
    state, messages = inner_thoughts.start(config)
    state, messages = inner_thoughts.step(state, wire.decoder("chat")(nameless))
    assert [message.message_type for message in messages] == ["reasoning_message"]
    late = shapes.delta(tool_calls=[shapes.call(index=0, id="call_1", arguments=" ")])
    state, messages = inner_thoughts.step(state, wire.decoder("chat")(late))
    assert [message.tool_call.name or message.tool_call.arguments for message in messages] == ["go", '{"a": 1} ']
