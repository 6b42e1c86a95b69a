"""Content in parts, refusals and citations, as providers really send them: one test or more for each line."""

from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.reducer import Cancelled, Ended, Failed, chat
from streamfold.reducer.result import ReasoningPart, RefusalPart, TextPart
from support.chat_shapes import (
    Shape,
    call,
    calls,
    chunk,
    custom,
    delta,
    finished,
    folded,
    made,
    noted,
    said,
)
from support.law_checks import MESSAGE_ID, channels

# Characters beyond U+FFFF, cut between the two halves that UTF-16 has of them (case c30).


@pytest.mark.parametrize("name", ["content", "reasoning_content", "reasoning", "refusal"])
def test_halves_of_a_character_in_two_deltas_are_one(name: str) -> None:
    result, messages = folded(delta(**{name: "ok \ud83d"}), delta(**{name: "\ude00!"}), finished())
    (text,) = {result.text, result.reasoning, result.refusal} - {""}
    assert text == "".join(text for _, text in said(messages)) == "ok 😀!"


def test_a_half_waits_for_its_own_channel() -> None:
    values = [delta(content="\ud83d"), delta(reasoning="\ud83e"), delta(refusal="\ud83d"), delta(content="\ude00")]
    result, messages = folded(*values, delta(reasoning="\udd89s"), delta(refusal="no"), finished())
    assert said(messages) == [("assistant", "😀"), ("reasoning", "🦉s"), ("refusal", "\ud83dno")]
    assert (result.text, result.reasoning, result.refusal) == ("😀", "🦉s", "\ud83dno")


@pytest.mark.parametrize("end", [None, Cancelled(), Failed("gone")])
def test_halves_that_stay_alone_are_kept_as_they_came(end: Any) -> None:
    values = [delta(content="a\ud83d", reasoning="b\ud83d", refusal="c\ud83d"), calls(call(0, "i", "f", '"\ud83d'))]
    result, messages = folded(*values, end=end)
    assert channels(messages)["text"] == result.text == "a\ud83d"
    assert channels(messages)["reasoning"] == result.reasoning == "b\ud83d"
    assert channels(messages)["refusal"] == result.refusal == "c\ud83d"
    assert made(result) == [("i", "f", '"\ud83d')]
    assert channels(messages)["calls"] == [{"id": "i", "name": "f", "arguments": '"\ud83d'}]


def test_halves_in_arguments_are_one_in_each_call() -> None:
    begun = [call(0, "i", "f", '{"a":"\ud83d'), call(1, "j", "g", '{"a":"\ud83e')]
    ended = [call(0, arguments='\ude00"}'), call(1, arguments='\udd89"}')]
    result, messages = folded(calls(*begun), calls(*ended), finished("tool_calls"))
    assert made(result) == [("i", "f", '{"a":"😀"}'), ("j", "g", '{"a":"🦉"}')]
    assert [known.complete for known in result.tool_calls] == [True, True]
    assert [one["arguments"] for one in channels(messages)["calls"]] == ['{"a":"😀"}', '{"a":"🦉"}']


def test_a_custom_tool_that_ends_in_half_a_character_is_in_doubt() -> None:
    decode = wire.decoder("chat")
    chunks = [decode(calls(custom(0, "i", "sh", "ls \ud83d"))), decode(finished("tool_calls"))]
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    for one in chunks:
        state, said = chat.step(state, one)
    (closed,) = said
    assert (closed.message_type, closed.complete) == ("tool_call_closed", False)
    assert [known.doubts for known in chat.result(state).tool_calls] == [closed.doubts]
    state, _ = chat.finish(state, Ended())
    (known,) = chat.result(state).tool_calls
    assert (known.arguments, known.doubts) == ("ls \ud83d", closed.doubts)


@pytest.mark.parametrize("tags", [[("<💭>", "</💭>")]])
def test_tags_may_be_cut_amid_a_character(tags: Any) -> None:
    text = "<💭>Hm 😀.</💭>Hi 😀".encode("utf-16-le")
    units = [text[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(text), 2)]
    result, messages = folded(*(delta(content=unit) for unit in units), finished(), think_tags=tags)
    assert said(messages) == [("reasoning", "Hm 😀."), ("assistant", "Hi 😀")]
    assert (result.reasoning, result.text) == ("Hm 😀.", "Hi 😀")


def test_a_whole_has_the_character_whose_half_is_held() -> None:
    begun = delta(content="a\ud83d", reasoning="b\ud83d", refusal="c\ud83d", tool_calls=[call(0, "i", "f", "\ud83d")])
    entire = {"content": "a😀!", "reasoning": "b😀!", "refusal": "c😀!", "tool_calls": [call(0, "i", "f", "😀!")]}
    result, messages = folded(begun, chunk({"index": 0, "message": entire, "finish_reason": "stop"}))
    told = channels(messages)
    assert (told["text"], told["reasoning"], told["refusal"]) == ("a😀!", "b😀!", "c😀!")
    assert made(result) == [("i", "f", "😀!")]
    assert noted(result, "mismatch") == []


def test_a_whole_without_the_character_keeps_the_half() -> None:
    begun = delta(content="a\ud83d", refusal="c\ud83d", tool_calls=[call(0, "i", "f", "\ud83d")])
    entire = {"content": "ab", "tool_calls": [call(0, "i", "f", "x")]}
    result, messages = folded(begun, chunk({"index": 0, "message": entire, "finish_reason": "stop"}))
    told = channels(messages)
    assert (told["text"], told["refusal"], told["calls"][0]["arguments"]) == ("a\ud83d", "c\ud83d", "\ud83d")
    assert (result.text, result.refusal, made(result)) == ("ab", "c\ud83d", [("i", "f", "x")])
    assert len(noted(result, "mismatch")) == 2


# Q43: content in parts.


def thinking(*texts: str) -> Shape:
    """A part of content that is reasoning, as Mistral sends it."""
    return {"type": "thinking", "thinking": [{"type": "text", "text": text} for text in texts]}


def test_q43_a_list_of_parts_is_split_into_reasoning_and_text() -> None:
    result, messages = folded(
        delta(role="assistant", content=""),
        delta(content=[thinking("Owls")]),
        delta(content=[thinking(" or", " rooks?")]),
        delta(content=[{"type": "text", "text": "Ow"}]),
        delta(content="ls."),
        finished(content=""),
    )
    assert said(messages) == [("reasoning", "Owls or rooks?"), ("assistant", "Owls.")]
    assert result.content == (ReasoningPart("Owls or rooks?", member="content[].thinking"), TextPart("Owls."))
    assert result.diagnostics == ()


def test_q43_the_parts_keep_their_order() -> None:
    parts = [thinking("Hm. "), {"type": "text", "text": "One"}, thinking("And? "), {"type": "text", "text": ", two"}]
    result, messages = folded(delta(content=parts), finished())
    assert said(messages) == [
        ("reasoning", "Hm. "),
        ("assistant", "One"),
        ("reasoning", "And? "),
        ("assistant", ", two"),
    ]
    assert (result.text, result.reasoning) == ("One, two", "Hm. And? ")


def test_q43_the_finish_and_calls_beside_a_list_count() -> None:
    entries = [call(id="a", name="find", arguments='{"q":1}')]
    result, _ = folded(finished("tool_calls", content=[thinking("Hm.")], tool_calls=entries))
    assert (result.reasoning, made(result), result.finish_reason) == ("Hm.", [("a", "find", '{"q":1}')], "tool_calls")


@pytest.mark.parametrize("odd", [[], [None], [{"type": "reference", "reference_ids": [1]}], [7], [{"type": "text"}]])
def test_q43_a_part_of_another_kind_is_left_out_and_noted(odd: Any) -> None:
    result, messages = folded(delta(content="Owls"), delta(content=odd), finished())
    assert said(messages) == [("assistant", "Owls")]
    assert bool(noted(result, "repaired")) == bool(odd)


# Q47: refusal.


def test_q47_a_refusal_has_its_own_channel() -> None:
    result, messages = folded(
        delta(role="assistant", content=None, refusal="I won"),
        delta(refusal="'t help "),
        delta(content="", refusal="with that."),
        finished(refusal=""),
    )
    assert said(messages) == [("refusal", "I won't help with that.")]
    assert result.content == (RefusalPart("I won't help with that."),)
    assert (result.refusal, result.text, result.outcome) == ("I won't help with that.", "", "completed")


def test_q47_a_refusal_beside_text_is_no_text() -> None:
    result, messages = folded(delta(content="Well, ", refusal=None), delta(refusal="no."), finished())
    assert (result.text, result.refusal) == ("Well, ", "no.")
    assert said(messages) == [("assistant", "Well, "), ("refusal", "no.")]


# Q48: annotations.


def citation(url: str, **members: Any) -> Shape:
    """A citation, as OpenRouter sends it: without an index."""
    return {
        "type": "url_citation",
        "url_citation": {"url": url, "title": "Owls", "start_index": 0, "end_index": 0},
        **members,
    }


@pytest.mark.parametrize("members", [{}, {"index": 0}])
def test_q48_annotations_are_appended(members: Shape) -> None:
    one, two, three = (citation(f"https://owls.example/{at}", **members) for at in range(3))
    result, messages = folded(
        delta(content="", annotations=[one, two]),
        delta(content="Owls."),
        delta(content="", annotations=[three]),
        finished(),
    )
    assert result.content == (TextPart("Owls.", (one, two, three)),)
    notes = [message.annotation for message in messages if message.message_type == "annotation_message"]
    assert notes == [one, two, three]
    assert [run[0] for run in said(messages)] == ["annotation", "assistant", "annotation"]


@pytest.mark.parametrize("nothing", [None, [], {}, "odd"])
def test_q48_no_annotations_are_none(nothing: Any) -> None:
    result, messages = folded(delta(content="Owls.", annotations=nothing), finished())
    assert (result.content, len(messages)) == ((TextPart("Owls."),), 1)
