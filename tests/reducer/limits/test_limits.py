"""Law 13, limit by limit and place by place: what fits is kept, exactly, and nothing after it."""

from typing import Any

import pytest
from attrs import evolve
from streamfold import Cancelled, Ended, Failed, Limits, chat, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.limits import limits_of
from streamfold.reducer.responses.event import Event
from support.alphabets import called, event, said
from support.law_checks import CALL, MESSAGE_ID, TEXT, error_of, limited


def deep(levels: int) -> Any:
    """Lists in lists."""
    return [deep(levels - 1)] if levels else "x"


NUMBERS = ["characters", "lanes", "identifier", "annotations", "extras", "remembered"]


def test_a_config_has_limits_by_default_and_takes_an_object() -> None:
    assert chat.Config(message_id=MESSAGE_ID).limits == Limits()
    assert responses.Config(message_id=MESSAGE_ID, limits={"lanes": 3}).limits == Limits(lanes=3)
    assert limits_of(Limits(extras=1)) == Limits(extras=1)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_limit_that_is_no_count_is_named(name: str) -> None:
    for wrong, error in ((0, ValueError), (-1, ValueError), (True, TypeError), (1.5, TypeError), ("1", TypeError)):
        with pytest.raises(error, match=f"limits.{name} must be"):
            Limits(**{name: wrong})
    assert getattr(Limits(**{name: 1}), name) == 1


@pytest.mark.parametrize(
    ("wrong", "error"), [(5, TypeError), ([("lanes", 1)], TypeError), ({"blocks": 1}, ValueError), ({1: 1}, ValueError)]
)
def test_limits_that_are_none_are_named(wrong: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="limits must be"):
        chat.Config(message_id=MESSAGE_ID, limits=wrong)


@pytest.mark.parametrize("most", [1, 4, 4096, 4099, 8192])
@pytest.mark.parametrize("channel", ["content", "reasoning", "refusal"])
def test_exactly_as_many_characters_of_a_text_are_kept(channel: str, most: int) -> None:
    text = "abcdefghij" * (most // 5 + 1)
    size = max(1, most // 3)
    chunks = [said(Delta(**{channel: text[at : at + size]})) for at in range(0, len(text) + 1, size)]
    for stream in (chunks, [said(Delta(**{channel: text + "more"}))]):
        result, messages = limited(chat, [*stream, said(Delta(content="later", refusal="later"))], characters=most)
        assert (result.text or result.reasoning or result.refusal) == text[:most]
        name = "text" if channel == "content" else channel
        assert error_of(result) == f"more than {most} characters of the {name} (Limits.characters)"
        assert [message.message_type for message in messages][-1] == "stop_reason"
        assert (messages[-1].stop_reason, messages[-1].detail) == ("error", error_of(result))


def test_a_text_that_is_as_long_as_may_be_is_whole() -> None:
    result, _ = limited(
        chat, [said(Delta(content="ab")), said(Delta(content="cd"), finish_reason="stop")], characters=4
    )
    assert (result.outcome, result.text) == ("completed", "abcd")


def test_what_is_held_at_the_end_counts_as_well() -> None:
    half = said(Delta(content="a\ud83d"))
    result, messages = limited(chat, [half, said(Delta(refusal="b\ud83d"))], characters=1)
    assert (result.text, result.refusal) == ("a", "b")
    assert error_of(result) == "more than 1 characters of the text (Limits.characters)"
    assert [message.message_type for message in messages] == ["assistant_message", "refusal_message", "stop_reason"]


@pytest.mark.parametrize(
    ("after", "end", "outcome", "types"),
    [
        ([], Cancelled(), "cancelled", ["assistant_message", "stop_reason"]),
        ([], Failed("boom"), "failed", ["assistant_message", "stop_reason"]),
        ([said(finish_reason="stop")], Ended(), "completed", ["assistant_message"]),
        ([Chunk(error={"message": "Rate limit reached"})], Ended(), "failed", ["assistant_message", "stop_reason"]),
    ],
)
def test_half_a_character_too_much_changes_no_end(after: list[Any], end: Any, outcome: str, types: list[str]) -> None:
    result, messages = limited(chat, [said(Delta(content="a\ud83d")), *after], end, characters=1, identifier=20)
    assert (result.outcome, result.text, [message.message_type for message in messages]) == (outcome, "a", types)
    assert result.error is None or "Limits" not in result.error.message


@pytest.mark.parametrize("after", [[], [said(Delta(content="xy"))]])
def test_a_whole_message_fits_or_is_cut(after: list[Any]) -> None:
    whole = Chunk(choices=(Choice(message=Delta(content="abcdef")),))
    result, _ = limited(chat, [*after, whole], characters=4)
    assert result.text == "abcd"
    assert "of the text" in error_of(result)


def test_a_detail_of_reasoning_has_no_more_than_fits() -> None:
    chunks = [said(Delta(reasoning_details=[{"type": "reasoning.summary", "summary": "ab"}])) for _ in range(3)]
    result, _ = limited(chat, chunks, characters=4)
    assert [detail["summary"] for detail in result.reasoning_details] == ["abab"]  # type: ignore[call-overload, index]
    assert "Limits.characters" in error_of(result)
    other = evolve(chunks[0], choices=(Choice(delta=Delta(reasoning="r", reasoning_details=[{"text": "abcde"}])),))
    result, _ = limited(chat, [other], characters=4)
    assert error_of(result) == "more than 4 characters of a detail of reasoning (Limits.characters)"


@pytest.mark.parametrize(
    ("kind", "address", "name"),
    [
        ("output_text.delta", TEXT, "text"),
        ("refusal.delta", TEXT, "refusal"),
        ("reasoning_text.delta", {"output_index": 1, "item_id": "rs_1"}, "reasoning"),
        ("reasoning_summary_text.delta", {"output_index": 1, "item_id": "rs_1", "summary_index": 0}, "summary"),
        ("code_interpreter_call_code.delta", {"output_index": 2, "item_id": "ci_2"}, "code"),
        ("custom_tool_call_input.delta", {"output_index": 3, "item_id": "ct_3"}, "arguments"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 9])
def test_a_part_of_an_item_is_cut(kind: str, address: dict[str, Any], name: str, size: int) -> None:
    text = "abcdefghi"
    chunks = [event(kind, delta=text[at : at + size], **address) for at in range(0, 9, size)]
    result, messages = limited(responses, chunks, characters=4)
    emitted = [
        getattr(m, "content", None) or getattr(m, "delta", None) or getattr(m, "refusal", None) for m in messages
    ]
    emitted += [
        getattr(m, "reasoning", None) or getattr(getattr(m, "tool_call", None), "arguments", None) for m in messages
    ]
    assert "".join(filter(None, emitted)) == "abcd"
    assert error_of(result).endswith(f"{name} (Limits.characters)")


def test_numbered_deltas_are_cut() -> None:
    chunks = [event("output_text.delta", delta="ab", sequence_number=at, **TEXT) for at in range(5)]
    result, messages = limited(responses, chunks, characters=7)
    assert (result.text, len(messages)) == ("abababa", 5)


def test_a_shell_s_output_is_cut() -> None:
    address = {"output_index": 2, "item_id": "sh_2", "command_index": 0}
    chunk = event("shell_call_output_content.delta", delta={"stdout": "abcdef"}, **address)
    result, messages = limited(responses, [chunk], characters=4)
    assert "abcd" in repr(result.output[0].parts)
    assert "abcde" not in repr((result.output[0].parts, messages))
    assert error_of(result) == "more than 4 characters of an item's output (Limits.characters)"


@pytest.mark.parametrize("before", [[], [event("output_text.delta", delta="ab", **TEXT)]])
@pytest.mark.parametrize("whole", ["abcdef", "xyzabc"])
def test_the_whole_of_a_part_is_cut(before: list[Any], whole: str) -> None:
    result, _ = limited(responses, [*before, event("output_text.done", text=whole, **TEXT)], characters=4)
    assert result.text == whole[:4]
    assert error_of(result) == "more than 4 characters of an item's text (Limits.characters)"


def test_the_wholes_of_joined_parts_are_cut() -> None:
    parts = [{"type": "output_text", "text": "x"}, {"type": "output_text", "text": "abcdefgh"}]
    chunks = [
        event("output_text.delta", delta="ab", **TEXT),
        event("output_text.done", text="ab", **TEXT),
        event("output_text.delta", delta="cd", **{**TEXT, "content_index": 1}),
        event("output_text.done", text="cd", **{**TEXT, "content_index": 1}),
        event("output_text.delta", delta="ef", **{**TEXT, "content_index": 2}),
        event("output_item.done", output_index=0, item={"type": "message", "id": "msg_0", "content": parts}),
    ]
    result, _ = limited(responses, chunks, characters=4)
    assert "Limits.characters" in error_of(result)
    assert max(len(part.text) for part in result.output[0].parts) == 4  # type: ignore[union-attr]


def test_what_comes_after_a_whole_that_contradicts_is_cut_with_it() -> None:
    chunks = [
        event("output_text.delta", delta="a", **TEXT),
        event("output_text.done", text="xyz", **TEXT),
        event("output_text.delta", delta="bcd", **TEXT),
    ]
    result, _ = limited(responses, chunks, characters=4)
    assert all(len(part.text) <= 4 for part in result.output[0].parts)  # type: ignore[union-attr]


def test_after_the_end_of_a_response_a_long_id_ends_nothing() -> None:
    chunks = [event("completed", response={"status": "completed"}), event("foo", item_id="x" * 99)]
    result, messages = limited(responses, chunks, identifier=20)
    assert (result.outcome, messages) == ("completed", [])


@pytest.mark.parametrize("member", ["id", "model"])
def test_an_answer_s_id_and_model_are_limited(member: str) -> None:
    result, _ = limited(chat, [Chunk(**{member: "x" * 11})], identifier=10)
    assert "Limits.identifier" in error_of(result)
    long = {"id": "r", "status": "completed", "output": [{**CALL, "id": "i" * 11}], member: "r" * 11}
    result, _ = limited(responses, [event("completed", response=long)], identifier=10)
    assert (result.output, "Limits.identifier" in error_of(result)) == ((), True)
    listed = {"id": "r", "status": "completed", "output": [{**CALL, "id": "i" * 11}]}
    result, _ = limited(responses, [event("completed", response=listed)], identifier=10)
    assert (result.output, "Limits.identifier" in error_of(result)) == ((), True)


@pytest.mark.parametrize(
    "opens",
    [
        lambda index: event("output_item.added", output_index=index, item={"type": "message", "id": f"msg_{index}"}),
        lambda index: event("output_text.delta", output_index=index, item_id=f"msg_{index}", delta="a"),
    ],
)
def test_no_more_items_are_opened_than_may_be(opens: Any) -> None:
    result, _ = limited(responses, [opens(index) for index in range(4)], lanes=3)
    assert len(result.output) == 3
    assert error_of(result) == "more than 3 output items (Limits.lanes)"


def test_an_item_has_no_more_parts_than_may_be() -> None:
    address = {"output_index": 1, "item_id": "rs_1"}
    chunks = [event("reasoning_summary_text.delta", delta="a", summary_index=at, **address) for at in range(4)]
    result, _ = limited(responses, chunks, lanes=3)
    assert [part.text for part in result.output[0].parts[0].summary] == ["a"] * 3  # type: ignore[union-attr]
    assert error_of(result) == "more than 3 parts of an item (Limits.lanes)"


def test_no_more_responses_begin_than_may() -> None:
    chunks = [event("created", response={"id": f"resp_{at}"}) for at in range(5)]
    result, _ = limited(responses, chunks, lanes=3)
    assert error_of(result) == "more than 3 responses (Limits.lanes)"


def test_no_more_tools_ran_nor_details_came_than_may() -> None:
    ran = [said(Delta(executed_tools=[{"index": at, "type": "search"}])) for at in range(4)]
    result, _ = limited(chat, ran, lanes=3)
    assert [item.kind for item in result.output] == ["search"] * 3
    assert error_of(result) == "more than 3 tools that the provider ran (Limits.lanes)"
    details = [said(Delta(reasoning_details=[{"type": "t", "index": at}])) for at in range(4)]
    result, _ = limited(chat, details, lanes=3)
    assert error_of(result) == "more than 3 details of reasoning (Limits.lanes)"


def test_a_name_in_pieces_is_no_longer_than_may_be() -> None:
    result, _ = limited(chat, [called(0, "i", "abcdef"), called(0, name="ghijkl")], identifier=10)
    assert [call.name for call in result.tool_calls] == ["abcdef"]
    assert error_of(result) == "more than 10 characters of a tool's name (Limits.identifier)"


@pytest.mark.parametrize(
    "chunk",
    [
        event("output_text.delta", output_index=0, item_id="i" * 6, delta="a"),
        event("function_call_arguments.delta", output_index=0, call_id="i" * 6, delta="a"),
        event("output_item.added", output_index=0, item={**CALL, "id": "i" * 6}),
        event("output_item.added", output_index=0, item={**CALL, "call_id": "i" * 6}),
        event("output_item.added", output_index=0, item={**CALL, "name": "i" * 6}),
        event("created", response={"id": "i" * 6}),
    ],
)
def test_an_event_with_a_name_too_long_is_not_read(chunk: Event) -> None:
    result, messages = limited(responses, [chunk], identifier=5)
    assert not result.output
    assert "Limits.identifier" in error_of(result)
    assert [message.message_type for message in messages] == ["stop_reason"]


def test_citations_beyond_the_limit_are_dropped_and_counted() -> None:
    result, messages = limited(chat, [said(Delta(annotations=[{"url": str(at)} for at in range(5)]))], annotations=3)
    assert len(result.output[0].parts[0].annotations) == 3  # type: ignore[union-attr]
    assert [message.message_type for message in messages] == ["annotation_message"] * 3
    (note,) = result.diagnostics
    assert (note.kind, note.detail, note.count) == ("ignored", "citations beyond the limit (Limits.annotations)", 2)
    notes = [event("output_text.annotation.added", annotation={"url": str(at)}, **TEXT) for at in range(5)]
    result, messages = limited(responses, notes, annotations=3)
    assert [message.message_type for message in messages] == ["annotation_message"] * 3
    assert [note.count for note in result.diagnostics if "Limits.annotations" in note.detail] == [2]


def unkept(result: Any) -> list[int]:
    return [note.count for note in result.diagnostics if "Limits.annotations" in note.detail]


def test_citations_are_limited_over_all_parts_of_an_answer() -> None:
    notes = [
        event("output_text.annotation.added", annotation={"url": str(at)}, **{**TEXT, "content_index": at % 3})
        for at in range(8)
    ]
    result, messages = limited(responses, notes, annotations=4)
    assert [message.message_type for message in messages] == ["annotation_message"] * 4
    assert sum(len(part.annotations) for item in result.output for part in item.parts) == 4  # type: ignore[union-attr]
    assert unkept(result) == [4]


def test_citations_that_a_whole_brings_again_are_counted_once() -> None:
    notes = [{"url": str(at)} for at in range(5)]
    streamed = [event("output_text.annotation.added", annotation=note, **TEXT) for note in notes[:4]]
    part = {"type": "output_text", "text": "", "annotations": notes}
    wholes = [
        event("content_part.done", part=part, **TEXT),
        event("output_item.done", output_index=0, item={"type": "message", "id": "msg_0", "content": [part]}),
    ]
    result, messages = limited(responses, [*streamed, *wholes], annotations=3)
    assert [message.annotation for message in messages] == notes[:3]
    assert unkept(result) == [2]
    whole = Chunk(choices=(Choice(message=Delta(annotations=notes), finish_reason="stop"),))
    result, messages = limited(chat, [said(Delta(annotations=notes[:4])), whole], annotations=3)
    assert [message.annotation for message in messages] == notes[:3]
    assert unkept(result) == [2]


@pytest.mark.parametrize(
    ("machine", "chunk"),
    [(chat, said(extras={"a": "x" * 50})), (responses, event("in_progress", response={"a": "x" * 50}))],
)
def test_members_beyond_the_limit_are_dropped_and_counted(machine: Any, chunk: Any) -> None:
    result, _ = limited(machine, [chunk, chunk], extras=40)
    assert not result.extras
    assert any("members beyond the limits" in note.detail for note in result.diagnostics)
    result, _ = limited(machine, [chunk], extras=100)
    assert result.extras["a"] == "x" * 50


def test_what_fits_of_a_detail_of_reasoning_is_kept() -> None:
    fragments = [{"index": 0, "text": "ab"}, {"index": 0, "text": "cdef"}, {"index": 1, "text": "g"}]
    one_by_one = [said(Delta(reasoning_details=[fragment])) for fragment in fragments]
    for chunks in (one_by_one, [said(Delta(reasoning_details=fragments))]):
        result, _ = limited(chat, chunks, characters=4)
        assert [dict(detail) for detail in result.reasoning_details] == [{"index": 0, "text": "abcd"}]
        assert "Limits.characters" in error_of(result)


def test_members_of_details_beyond_the_limit_are_dropped_and_counted() -> None:
    fragments = [{"index": 0, "text": "a" * 90}, {"index": 0, "x": "b" * 90}, {"index": 0, "x": "c", "deep": deep(80)}]
    result, _ = limited(chat, [said(Delta(reasoning_details=[one])) for one in fragments], extras=80)
    assert [dict(detail) for detail in result.reasoning_details] == [{"index": 0, "text": "a" * 90, "x": "c"}]
    assert [(note.kind, note.detail, note.count) for note in result.diagnostics] == [
        ("ignored", "members beyond the limits of what is kept", 2)
    ]


def test_members_of_a_detail_that_change_take_room_once() -> None:
    fragments = [{"index": 0, "x": chr(at) * 40} for at in range(97, 123)]
    result, _ = limited(chat, [said(Delta(reasoning_details=[one])) for one in fragments], extras=80)
    assert [dict(detail) for detail in result.reasoning_details] == [{"index": 0, "x": "z" * 40}]
    assert not result.diagnostics


def test_tools_beyond_the_limit_are_dropped_and_counted() -> None:
    items = [{"index": at, "type": "search", "x": "y" * size} for at, size in ((0, 50), (1, 500), (2, 20))]
    ran = [said(Delta(executed_tools=[item])) for item in (*items, {**items[0], "output": "o"})]
    result, messages = limited(chat, ran, extras=250)
    assert [message.item for message in messages] == [items[0], items[2], {**items[0], "output": "o"}]
    assert len(result.output) == 2
    assert [(note.detail, note.count) for note in result.diagnostics] == [
        ("members beyond the limits of what is kept", 1)
    ]


def test_fewer_events_are_remembered() -> None:
    deltas = [event("output_text.delta", sequence_number=at, delta=f"{at},", **TEXT) for at in range(600)]
    again = evolve(deltas[1], delta="other")
    for remembered, text in ((1, ""), (600, "other")):
        result, _ = limited(responses, [*deltas, again], Ended(), remembered=remembered)
        assert result.text == "".join(f"{at}," for at in range(600)) + text


def test_the_names_of_members_count_as_well() -> None:
    chunk = said(extras={"n" * 100: 1, "in": {"m" * 100: 1}})
    assert not limited(chat, [chunk], extras=90)[0].extras
    assert limited(chat, [chunk], extras=150)[0].extras == {"n" * 100: 1}
    assert limited(chat, [chunk], extras=300)[0].extras == {"n" * 100: 1, "in": {"m" * 100: 1}}


def test_a_whole_message_has_no_more_details_than_may_be() -> None:
    details = [{"type": "t", "index": at} for at in range(3)]
    whole = Chunk(choices=(Choice(message=Delta(reasoning_details=details), finish_reason="stop"),))
    result, _ = limited(chat, [whole], lanes=2)
    assert [dict(detail) for detail in result.reasoning_details] == details[:2]
    assert error_of(result) == "more than 2 details of reasoning (Limits.lanes)"
