"""Content that comes as a list of parts."""

from typing import Any

import pytest
from streamfold.adapters.wire.tolerant import completion_chunk
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta


def part(text: str, source: str) -> Delta:
    """A delta of reasoning that came as a part of content."""
    return Delta(reasoning_content=text, reasoning_source=source)


@pytest.mark.parametrize(
    ("content", "made", "repairs"),
    [
        (["a", "b"], (Delta(content="a"), Delta(content="b")), ()),
        ([{"type": "text", "text": "a"}], (Delta(content="a"),), ()),
        ({"type": "text", "text": "a"}, (Delta(content="a"),), ()),
        (
            [{"type": "thinking", "thinking": "a"}],
            (part("a", "content[].thinking"),),
            (),
        ),
        (
            [{"type": "thinking", "thinking": ["a", {"type": "text", "text": "b"}, {"type": "reference"}, 7]}],
            (
                part("a", "content[].thinking"),
                part("b", "content[].thinking"),
                Delta(),
                Delta(extras={"content": [{"type": "thinking", "thinking": [7]}]}),
            ),
            ("a piece of thinking is a number, left out",),
        ),
        ([{"type": "thinking"}], (), ()),
        (
            [{"type": "thinking", "text": "a", "thinking": "a"}],
            (part("a", "content[].thinking"),),
            (),
        ),
        (
            [{"type": "thinking", "text": "a"}],
            (part("a", "content[].thinking"),),
            (),
        ),
        (
            [{"type": "thinking", "text": "ab", "thinking": ["a", {"text": "b"}, {"type": "reference"}]}],
            (part("a", "content[].thinking"), part("b", "content[].thinking"), Delta()),
            (),
        ),
        (
            [{"type": "thinking", "thinking": {"text": "a", "signature": "s"}, "signature": "t"}],
            (
                part("a", "content[].thinking"),
                Delta(reasoning_details=[{"type": "reasoning.text", "signature": "s"}]),
                Delta(reasoning_details=[{"type": "reasoning.text", "signature": "t"}]),
            ),
            (),
        ),
        (
            [{"type": "thinking", "thinking": {"text": "a", "signature": ""}, "signature": 7}],
            (
                part("a", "content[].thinking"),
                Delta(extras={"content": [{"type": "thinking", "signature": 7}]}),
            ),
            (),
        ),
        (
            [{"type": "reasoning", "content": "a"}],
            (part("a", "content[].reasoning"),),
            (),
        ),
        ([{"type": "summary_text", "text": "a"}], (part("a", ""),), ()),
        ([{"type": "refusal", "refusal": "a"}], (Delta(refusal="a"),), ()),
        (
            [{"type": "thinking", "thinking": "a"}, {"type": "text", "text": "b"}],
            (part("a", "content[].thinking"), Delta(content="b")),
            (),
        ),
        (
            [{"type": "image_url"}, 5],
            (Delta(extras={"content": [{"type": "image_url"}]}), Delta(extras={"content": [5]})),
            ("a part of content of type 'image_url', left out", "a part of content of type None, left out"),
        ),
        ([{"text": 5}], (Delta(extras={"content": [{"text": 5}]}),), ("a part of content of type None, left out",)),
        ([None], (), ("a part of content of type None, left out",)),
        (
            [{"type": "text", "text": "a", "cited": [1]}, {"type": "thinking", "thinking": "b", "closed": True}],
            (
                Delta(content="a"),
                Delta(extras={"content": [{"type": "text", "cited": [1]}]}),
                part("b", "content[].thinking"),
                Delta(extras={"content": [{"type": "thinking", "closed": True}]}),
            ),
            (),
        ),
        ([], (), ()),
    ],
)
def test_content_in_parts_keeps_their_order(content: Any, made: tuple[Delta, ...], repairs: tuple[Any, ...]) -> None:
    chunk = completion_chunk(
        {"choices": [{"index": 1, "delta": {"content": content, "role": "x"}, "finish_reason": "stop"}]}
    )
    assert isinstance(chunk, Chunk)
    pieces = tuple(Choice(index=1, delta=delta) for delta in made)
    assert chunk.choices == (*pieces, Choice(index=1, delta=Delta(), finish_reason="stop"))
    assert chunk.repairs == repairs


@pytest.mark.parametrize("member", ["delta", "message"])
@pytest.mark.parametrize(("said", "extras"), [("ab", None), ("a", {"reasoning": "a"}), ("", None)])
def test_reasoning_beside_parts_is_kept_where_it_is_another(member: str, said: str, extras: Any) -> None:
    parts = [{"type": "thinking", "thinking": "a"}, {"type": "thinking", "thinking": "b"}]
    chunk = completion_chunk({"choices": [{member: {"content": parts, "reasoning": said}}]})
    assert isinstance(chunk, Chunk)
    assert chunk.choices
    made = getattr(chunk.choices[-1], member)
    assert (made.reasoning, made.extras) == (None, extras)
    if member == "message":
        assert (made.content, made.reasoning_content) == ("", "ab")


def test_a_call_beside_the_delta_or_its_calls_is_lost() -> None:
    call = {"tool_use": {"name": "f"}}
    for choice, beside in (({"delta": {}, **call}, "the delta"), ({"delta": call}, "`tool_calls`")):
        chunk = completion_chunk({"choices": [choice]})
        assert isinstance(chunk, Chunk)
        assert (chunk.lost, chunk.repairs) == (True, (f"a piece of a tool call may stand beside {beside}",))


@pytest.mark.parametrize(
    ("calls", "extras"),
    [([None], None), ([None, 1], {"tool_calls": [1]}), (8, {"tool_calls": 8}), ({"index": 0}, None), ([], None)],
)
def test_what_is_no_call_is_kept_under_their_name(calls: Any, extras: Any) -> None:
    chunk = completion_chunk({"choices": [{"delta": {"tool_calls": calls}}]})
    assert isinstance(chunk, Chunk)
    assert chunk.choices
    assert chunk.choices[0].delta is not None
    assert chunk.choices[0].delta.extras == extras


@pytest.mark.parametrize(
    ("choice", "extras"),
    [
        ({"delta": {"content": "a"}, "text": "a", "": 1}, {"": 1}),
        ({"delta": {"content": "a"}, "text": "b"}, {"text": "b"}),
        ({"text": "a", "": 1}, {"": 1}),
    ],
)
def test_a_text_that_repeats_the_delta_s_is_left_out(choice: Any, extras: Any) -> None:
    chunk = completion_chunk({"choices": [choice]})
    assert isinstance(chunk, Chunk)
    assert chunk.choices
    (made,) = chunk.choices
    assert made.delta == Delta(content="a")
    assert made.extras == extras


TEXTS = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]


@pytest.mark.parametrize(
    ("message", "made"),
    [
        ({"content": TEXTS}, Delta(content="ab")),
        ({"content": TEXTS, "reasoning_content": "r"}, Delta(content="ab", reasoning_content="r")),
        (
            {"content": TEXTS, "thinking_blocks": [{"type": "thinking", "thinking": "r"}]},
            Delta(
                content="ab",
                reasoning_content="r",
                reasoning_source="thinking_blocks",
                extras={"thinking_blocks": [{"type": "thinking", "thinking": "r"}]},
            ),
        ),
        (
            {
                "content": [
                    TEXTS[0],
                    {"type": "thinking", "thinking": "r"},
                    {"type": "refusal", "refusal": ""},
                    TEXTS[1],
                ]
            },
            Delta(
                content="ab",
                reasoning_content="r",
                reasoning_source="content[].thinking",
                content_parts=(("text", "a"), ("reasoning", "r"), ("text", ""), ("text", "b")),
            ),
        ),
    ],
)
def test_a_whole_message_says_its_parts_together(message: Any, made: Delta) -> None:
    chunk = completion_chunk({"choices": [{"message": message}]})
    assert isinstance(chunk, Chunk)
    assert chunk.choices
    (choice,) = chunk.choices
    assert choice.message == made
