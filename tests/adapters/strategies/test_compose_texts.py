"""The deltas of composed texts: in the member that has them, cut inside a surrogate pair, reasoning in its shapes."""

from typing import Any

import pytest
from streamfold.adapters.strategies.compose_texts import cut_text, reasoning_lane, speak
from streamfold.adapters.strategies.drawing import Pen
from streamfold.adapters.strategies.expected import Intent, Step, summed
from streamfold.adapters.strategies.quirks import Quirk
from streamfold.reducer.completions.chunk import Delta
from support.adapters.pens import simplest

SIGNED = {"type": "reasoning.text", "signature": "c2ln"}


def deltas(steps: list[Step]) -> list[list[Delta]]:
    """The deltas of each step's chunk."""
    return [[choice.delta for choice in step.chunk.choices] for step in steps]


def test_a_piece_stands_in_its_channel_s_member_or_where_asked() -> None:
    assert deltas([speak("text", "a"), speak("refusal", "b")]) == [[Delta(content="a")], [Delta(refusal="b")]]
    both = speak("reasoning", "c", "reasoning", "reasoning_text")
    assert deltas([both]) == [[Delta(reasoning="c", reasoning_text="c")]]
    assert both.meant == (Intent(channel="reasoning", adds="c"),)


def test_a_text_is_cut_inside_its_pairs_by_the_quirk() -> None:
    def cut(pen: Pen) -> list[str]:
        return cut_text(pen, "a😀b")

    assert simplest(cut) == ["a😀b"]
    assert simplest(cut, Quirk.HALF_PAIRS) == ["a\ud83d", "\ude00b"]


@pytest.mark.parametrize(
    ("quirk", "number", "expected"),
    [
        (None, 0, [[Delta(reasoning_content="a")], [Delta(reasoning_content="b")]]),
        (Quirk.OTHER_REASONING_NAME, 0, [[Delta(reasoning="a")], [Delta(reasoning="b")]]),
        (Quirk.OTHER_REASONING_NAME, 1, [[Delta(reasoning_text="a")], [Delta(reasoning_text="b")]]),
        (
            Quirk.REASONING_TWICE,
            0,
            [[Delta(reasoning_content="a", reasoning="a")], [Delta(reasoning_content="b", reasoning="b")]],
        ),
        (
            Quirk.REASONING_DETAILS,
            0,
            [
                [Delta(reasoning_details=[{"type": "reasoning.text", "index": 0, "text": "a"}])],
                [Delta(reasoning_details=[{"type": "reasoning.text", "index": 0, "text": "b", "signature": "c2ln"}])],
            ],
        ),
        (
            Quirk.FLAGGED_THOUGHTS,
            0,
            [[Delta(content=piece, extra_content={"google": {"thought": True}})] for piece in "ab"],
        ),
        (
            Quirk.REASONING_PARTS,
            0,
            [[Delta(reasoning_content="a")], [Delta(reasoning_content="b"), Delta(reasoning_details=[SIGNED])]],
        ),
    ],
)
def test_reasoning_comes_in_its_shape_and_is_said_once(quirk: Any, number: int, expected: list[list[Delta]]) -> None:
    steps = simplest(lambda pen: reasoning_lane(pen, ["a", "b"]), *([quirk] if quirk else []), number=number)
    assert deltas(steps) == expected
    (lane,) = summed(steps).lanes.values()
    assert lane.texts == {("reasoning", 0): "ab"}


def test_without_reasoning_no_shape_is_used() -> None:
    assert simplest(lambda pen: (reasoning_lane(pen, []), set(pen.used)), Quirk.FLAGGED_THOUGHTS) == ([], set())
