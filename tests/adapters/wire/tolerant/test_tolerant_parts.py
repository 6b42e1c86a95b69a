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
