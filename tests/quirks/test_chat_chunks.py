"""A chunk, its ids and its choices, as providers of Chat Completions send them: one test or more for each line."""

from typing import Any

import pytest
from streamfold.adapters import wire
from support.chat_shapes import (
    COUNTS,
    DONE,
    Shape,
    call,
    calls,
    choice,
    chunk,
    delta,
    finished,
    folded,
    folded_bytes,
    folded_chunks,
    made,
    noted,
    said,
    sse,
    usage,
)
from support.law_checks import channels

HARMLESS = {"hate": {"filtered": False, "severity": "safe"}}


# Q25: an empty first chunk.


def test_q25_the_first_id_and_model_that_are_not_empty_are_kept() -> None:
    head = chunk(id="", model="", object="", created=0, prompt_filter_results=[{"prompt_index": 0}])
    result, messages = folded(
        head,
        delta(content="He") | {"id": "chatcmpl-1", "model": "a-model-2"},
        delta(content="llo") | {"id": "", "model": ""},
        finished() | {"id": "chatcmpl-1", "model": "another"},
        model="asked-for",
    )
    assert (result.provider_id, result.model, result.text) == ("chatcmpl-1", "a-model-2", "Hello")
    assert said(messages) == [("assistant", "Hello")]
    assert result.extras == {"prompt_filter_results": ({"prompt_index": 0},)}


def test_q25_where_all_are_empty_the_model_asked_for_answers() -> None:
    empty = {"id": "", "model": "", "object": ""}
    result, _ = folded(chunk() | empty, delta(content="Hello") | empty, finished() | empty, model="asked-for")
    assert (result.provider_id, result.model) == (None, "asked-for")


# Q26: no delta.


@pytest.mark.parametrize("no_delta", [{}, {"delta": None}])
def test_q26_a_choice_without_a_delta_is_skipped_and_its_annotations_kept(no_delta: Shape) -> None:
    filtered: Shape = {"index": 0, "finish_reason": None, "content_filter_results": HARMLESS} | no_delta
    result, messages = folded(
        delta(content="Hel"), chunk(filtered, id="", model="", object=""), delta(content="lo"), finished()
    )
    assert said(messages) == [("assistant", "Hello")]
    assert result.extras == {"choice": {"content_filter_results": HARMLESS}}
    assert result.outcome == "completed"
    assert [(note.kind, note.detail) for note in result.diagnostics] == [("kept", "choices[].content_filter_results")]


@pytest.mark.parametrize("no_delta", [{}, {"delta": None}])
def test_q26_a_finish_without_a_delta_counts(no_delta: Shape) -> None:
    result, _ = folded(delta(content="Hello"), chunk({"index": 0, "finish_reason": "stop"} | no_delta))
    assert (result.finish_reason, result.outcome) == ("stop", "completed")


def test_q26_the_annotations_of_several_chunks_are_all_kept() -> None:
    code = {"protected_material_code": {"filtered": False, "detected": True}}
    result, _ = folded(
        delta(content="Hello"),
        chunk({"index": 0, "finish_reason": None, "content_filter_results": HARMLESS}),
        chunk({"index": 0, "finish_reason": None, "content_filter_results": code}),
        chunk(choice(finish_reason="stop") | {"content_filter_results": {}}),
    )
    assert result.extras == {"choice": {"content_filter_results": {**HARMLESS, **code}}}


# Q27: null.


@pytest.mark.parametrize("nothing", [chunk() | {"choices": None}, {"choices": None}, chunk(None), chunk()])
def test_q27_null_choices_are_skipped(nothing: Shape) -> None:
    result, messages = folded(delta(content="Hel"), nothing, delta(content="lo"), nothing, finished(), DONE)
    assert said(messages) == [("assistant", "Hello")]
    assert (result.outcome, result.chunks) == ("completed", 5)


def test_q27_a_null_in_place_of_a_chunk_is_skipped_and_noted() -> None:
    result, messages = folded_chunks(
        map(wire.decoder("chat"), [delta(content="Hel"), None, delta(content="lo"), finished()])
    )
    assert said(messages) == [("assistant", "Hello")]
    assert result.outcome == "completed"
    assert len(noted(result, "undecodable")) == 1
    result, messages = folded_bytes(sse(delta(content="Hel"), "null", delta(content="lo"), finished()))
    assert said(messages) == [("assistant", "Hello")]
    assert len(noted(result, "undecodable")) == 1


def test_q27_usage_counts_where_choices_are_null() -> None:
    result, _ = folded(delta(content="Hello"), finished(), usage(**COUNTS) | {"choices": None})
    assert result.usage.total_tokens == 16


# Q28: the role.


@pytest.mark.parametrize(
    "roles", [("assistant",) * 3, (None,) * 3, ("",) * 3, ("assistant", None, ""), ("", "tool", 5)]
)
def test_q28_the_role_says_nothing(roles: tuple[Any, ...]) -> None:
    plain = folded(*(delta(content=piece) for piece in ("a", "b", "c")), finished())
    frames = [delta(role=role, content=piece) for role, piece in zip(roles, "abc", strict=True)]
    assert folded(*frames, finished()) == plain


def test_q28_a_role_alone_is_no_message() -> None:
    result, messages = folded(delta(role="assistant"), delta(role="assistant", content=""), finished())
    assert (messages, result.content, result.outcome) == ((), (), "completed")


# Q29: the id changes.


def test_q29_another_chunk_id_is_no_other_message() -> None:
    result, messages = folded(
        *(delta(content=piece) | {"id": f"chatcmpl-{at}"} for at, piece in enumerate(("One ", "and ", "the same"))),
        finished() | {"id": "stub"},
    )
    assert said(messages) == [("assistant", "One and the same")]
    assert len({(message.id, message.otid) for message in messages}) == 1
    assert result.provider_id == "chatcmpl-0"


def test_q29_another_chunk_id_is_no_other_call() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments='{"q":')) | {"id": "chatcmpl-1"},
        calls(call(index=0, arguments="1}")) | {"id": "chatcmpl-2"},
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":1}')]


# Q30: the choice's index grows.


def numbered_anew(index: int, finish_reason: str | None = None, **members: Any) -> Shape:
    """A chunk as Foundry Local sends it: its choice's index counts up, and `message` repeats the delta."""
    return chunk(choice(index, finish_reason, **members) | {"message": {"role": "assistant", **members}})


def test_q30_without_a_choice_every_choice_is_the_one() -> None:
    pieces = ("Owls ", "see ", "in ", "the dark.")
    frames = [numbered_anew(197 + at, content=piece) for at, piece in enumerate(pieces)]
    result, messages = folded(*frames, numbered_anew(201, "stop", content=""), DONE, choice=None)
    assert said(messages) == [("assistant", "Owls see in the dark.")]
    assert (result.text, result.finish_reason, result.diagnostics) == ("Owls see in the dark.", "stop", ())


def test_q30_without_a_choice_calls_go_on_over_choices() -> None:
    result, _ = folded(
        numbered_anew(3, tool_calls=[call(index=0, id="a", name="find", arguments='{"q":')]),
        numbered_anew(4, tool_calls=[call(index=0, arguments="1}")]),
        numbered_anew(5, "tool_calls"),
        choice=None,
    )
    assert made(result) == [("a", "find", '{"q":1}')]
    assert result.tool_calls[0].complete


def test_q30_it_must_be_asked_for() -> None:
    result, _ = folded(numbered_anew(0, content="Owls "), numbered_anew(1, content="see."), DONE)
    assert result.text == "Owls "
    assert [note.detail for note in noted(result, "ignored")] == ["choice 1"]


# Q31: n > 1.


@pytest.mark.parametrize(("wanted", "text", "reason"), [(0, "AB", "stop"), (1, "ab", "length"), (2, "", None)])
def test_q31_one_choice_of_several_is_folded(wanted: int, text: str, reason: str | None) -> None:
    result, messages = folded(
        chunk(choice(0, content="A"), choice(1, content="a")),
        chunk(choice(1, content="b")),
        chunk(choice(0, content="B")),
        chunk(choice(1, "length")),
        chunk(choice(0, "stop")),
        usage(**COUNTS),
        DONE,
        choice=wanted,
    )
    assert (result.text, channels(messages)["text"], result.finish_reason) == (text, text, reason)
    assert (result.usage.total_tokens, result.outcome) == (16, "completed")


@pytest.mark.parametrize(("wanted", "text"), [(0, '{"q":"owls"}'), (1, '{"q":"rooks"}')])
def test_q31_the_calls_of_other_choices_are_left_out(wanted: int, text: str) -> None:
    result, _ = folded(
        chunk(
            choice(0, tool_calls=[call(index=0, id="a", name="find", arguments='{"q":')]),
            choice(1, tool_calls=[call(index=0, id="b", name="find", arguments='{"q":')]),
        ),
        chunk(
            choice(1, "tool_calls", tool_calls=[call(index=0, arguments='"rooks"}')]),
            choice(0, "tool_calls", tool_calls=[call(index=0, arguments='"owls"}')]),
        ),
        choice=wanted,
    )
    assert made(result) == [("ab"[wanted], "find", text)]


def test_q31_a_choice_whose_end_did_not_come_is_truncated() -> None:
    result, _ = folded(chunk(choice(0, content="A"), choice(1, content="a")), chunk(choice(1, "stop")))
    assert (result.outcome, result.finish_reason) == ("truncated", None)
