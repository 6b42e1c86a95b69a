from streamfold.reducer import chat, fold
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from streamfold.reducer.completions.levels import NO_LEVELS, read_levels
from support.law_checks import MESSAGE_ID


def test_each_level_lies_where_the_wire_has_it() -> None:
    choice = Choice(extras={"logprobs": {"content": [1]}}, delta=Delta(extras={"images": [2]}))
    levels, notes = read_levels(NO_LEVELS, Chunk(extras={"provider": "P"}), [choice])
    assert levels.kept.extras.frozen() == {
        "provider": "P",
        "choice": {"logprobs": {"content": (1,)}, "delta": {"images": (2,)}},
    }
    assert [detail for _, detail in notes] == ["provider", "choices[].logprobs", "choices[].delta.images"]
    assert (levels.chunk, levels.choice, levels.delta) == ({"provider": "P"}, None, {"images": (2,)})


def test_the_same_once_more_is_the_same_state() -> None:
    levels, _ = NO_LEVELS.after({"a": 1}, {"b": 1}, {"c": 1})
    assert levels.after({"a": 1}, {"b": 1}, {"c": 1})[0] is levels
    chunk = Chunk(x_groq={"id": "g", "usage": {}}, citations=["u"])
    once, _ = read_levels(levels, chunk, [])
    assert read_levels(once, chunk, [])[0].kept is once.kept
    assert once.kept.extras.frozen()["x_groq"] == {"id": "g"}


def test_what_is_read_of_extra_content_is_not_kept() -> None:
    for google in ({"google": {"thought": True}, "n": 1}, {"google": "text", "n": 1}):
        levels, _ = read_levels(NO_LEVELS, Chunk(), [Choice(delta=Delta(extra_content=google))])
        kept = levels.kept.extras.frozen()["choice"]["delta"]["extra_content"]
        assert kept == {name: member for name, member in google.items() if name == "n" or member == "text"}


def test_a_call_has_its_own_and_a_plain_chunk_goes_on() -> None:
    call = CallDelta(index=0, id="a", function=FunctionDelta(name="f", arguments="{"), extras={"signature": "s"})
    more = CallDelta(index=0, function=FunctionDelta(arguments="}"), extras={"signature": "s"})
    chunks = [Chunk(choices=(Choice(delta=Delta(tool_calls=(one,))),)) for one in (call, more)]
    state, _ = fold(chat, chat.Config(message_id=MESSAGE_ID), chunks)
    result = chat.result(state)
    assert result.tool_calls[0].extras == {"signature": "s"}
    assert [note.detail for note in result.diagnostics if note.kind == "kept"] == [
        "choices[].delta.tool_calls[].signature"
    ]


def test_what_stands_where_something_else_is_read_is_kept() -> None:
    odd = {
        "reasoning_details": "a",
        "annotations": {"b": 1},
        "executed_tools": "c",
        "extra_content": ["d"],
        "thought": "e",
    }
    chunk = Chunk(usage="f", x_groq={"usage": "g"})
    choice = Choice(usage=["h"], delta=Delta(reasoning="i", reasoning_text="j", **odd))
    levels, notes = read_levels(NO_LEVELS, chunk, [choice])
    delta = {**odd, "extra_content": ("d",), "reasoning_text": "j"}
    assert levels.kept.extras.frozen() == {
        "usage": "f",
        "x_groq": {"usage": "g"},
        "choice": {"usage": ("h",), "delta": delta},
    }
    assert len(notes) == 9
    listed = Choice(delta=Delta(reasoning_details=[{"text": "a"}, 7, [], None, "b"], thought=False))
    levels, _ = read_levels(NO_LEVELS, Chunk(x_groq=["odd"]), [listed])
    assert levels.kept.extras.frozen() == {"x_groq": ("odd",), "choice": {"delta": {"reasoning_details": (7, "b")}}}


def test_a_second_usage_of_a_chunk_is_kept_where_it_differs() -> None:
    for usage, kept in (({"n": 1}, {}), ({"n": 2}, {"x_groq": {"usage": {"n": 2}}})):
        levels, _ = read_levels(NO_LEVELS, Chunk(usage={"n": 1}, x_groq={"usage": usage}), [])
        assert levels.kept.extras.frozen() == kept
